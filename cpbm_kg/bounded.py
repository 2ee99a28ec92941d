"""Tasks in children that may take so much time and memory and open nothing: a nursery process loads what is trusted
once and forks one child for each task, which confines itself before it reads what is not.

    parent ──control──▶ nursery ──fork──▶ child ◀──channel──▶ parent
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from cpbm_kg.errors import EngineFailureError, Message, QueryTimeoutError

_PR_SET_PDEATHSIG = 1
_PACKAGE_PARENT = str(Path(__file__).resolve().parent.parent)
_TASK = b"t"
_WHOLE = b"\x00"  # stands before an answer that is complete


class Nursery:
    """The parent's side. The nursery starts with the first task, and again where it is gone."""

    def __init__(self, module: str):
        self._module = module
        self._lock = threading.Lock()
        self._process: subprocess.Popen | None = None
        self._control: socket.socket | None = None

    def run(self, task: bytes, seconds: float) -> bytes:
        """What the module's work makes of `task`.

        Raises QueryTimeoutError after `seconds`, EngineFailureError where the child dies (of memory, mostly).
        """
        deadline = time.monotonic() + seconds
        channel, theirs = socket.socketpair()
        with channel:
            with theirs, self._lock:
                self._hand_over(theirs)
            try:
                answer = self._exchange(channel, task, deadline)
            except TimeoutError:
                raise QueryTimeoutError(
                    Message(f"la vérification a dépassé {seconds:g} s", f"the check took more than {seconds:g} s"),
                    Message("envoyez un texte plus court, ou lancez « cpbm-kg check » chez vous", "send a shorter text, or run \"cpbm-kg check\" at home")) from None
            except OSError:
                answer = b""
        if not answer.startswith(_WHOLE):
            raise EngineFailureError(
                Message("la vérification s’est arrêtée (mémoire, durée ou profondeur)", "the check ended (memory, time or depth)"),
                Message("envoyez un texte plus court ou plus simple", "send a shorter or simpler text"))
        return answer[1:]

    def _exchange(self, channel: socket.socket, task: bytes, deadline: float) -> bytes:
        answer = bytearray()
        channel.settimeout(max(0.001, deadline - time.monotonic()))
        channel.sendall(task)
        channel.shutdown(socket.SHUT_WR)
        while True:
            channel.settimeout(max(0.001, deadline - time.monotonic()))
            part = channel.recv(1 << 16)
            if not part:
                return bytes(answer)
            answer += part

    def _hand_over(self, channel: socket.socket) -> None:
        if self._process is None or self._process.poll() is not None:
            self._start()
        try:
            socket.send_fds(self._control, [_TASK], [channel.fileno()])
        except OSError:  # it has just gone
            self._start()
            socket.send_fds(self._control, [_TASK], [channel.fileno()])

    def _start(self) -> None:
        if self._process is not None:
            self._control.close()
            self._process.kill()
            self._process.wait()
        self._control, theirs = socket.socketpair()
        path = os.pathsep.join(filter(None, (_PACKAGE_PARENT, os.environ.get("PYTHONPATH"))))
        with theirs:
            self._process = subprocess.Popen([sys.executable, "-m", self._module, str(theirs.fileno())], pass_fds=[theirs.fileno()],
                                             env={**os.environ, "PYTHONPATH": path})


def nurse(control: socket.socket, work: Callable[[bytes], bytes], more_bytes: int, seconds: int) -> None:
    """The nursery's side: a child for each channel that `control` hands over, until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, whose end closes `control`
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the children
    while True:
        word, descriptors, _, _ = socket.recv_fds(control, len(_TASK), 1)
        if not word:
            return
        channel = socket.socket(fileno=descriptors[0])
        if os.fork() == 0:
            try:
                control.close()
                confine(more_bytes, seconds)
                _answer(channel, work)
            finally:
                os._exit(0)  # never back into the nursery's own frames
        channel.close()


def _answer(channel: socket.socket, work: Callable[[bytes], bytes]) -> None:
    task = bytearray()
    while part := channel.recv(1 << 16):
        task += part
    answer = work(bytes(task))
    with contextlib.suppress(OSError):  # the parent waits no longer
        channel.sendall(_WHOLE + answer)


def confine(more_bytes: int, seconds: int) -> None:
    """From here on: no more memory than now and `more_bytes`, no more than `seconds` of processor time, no new file, socket
    or process, and an end with the parent's."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    used = int(resource.getrusage(resource.RUSAGE_SELF).ru_utime) + 1
    for limit, value in ((resource.RLIMIT_AS, pages * resource.getpagesize() + more_bytes), (resource.RLIMIT_CPU, used + seconds),
                         (resource.RLIMIT_CORE, 0), (resource.RLIMIT_NPROC, 0), (resource.RLIMIT_NOFILE, 0)):
        resource.setrlimit(limit, (value, value))
