"""What runs outside the web process: a zygote that holds the store and forks workers that can be killed.

pyoxigraph has no time-out (oxigraph#1926), overflows its stack on what screening misses, and aborts where memory
ends: so a query runs in a child that shares the store copy-on-write and whose death costs its own request alone
(architecture.md, 3). A worker may take `worker_bytes` beyond what it inherited, opens no file and no socket (but to the
server, where that is the source), and dies with its zygote.

    web process ──control──▶ zygote ──fork──▶ worker ◀──channel──▶ web process
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import socket
import sys
import time
from pathlib import Path

from cpbm_kg.engine import Engine, messages
from cpbm_kg.engine.source import Source
from cpbm_kg.errors import CpbmError

_PR_SET_PDEATHSIG = 1
_AWAKE_S = 100e-6
_DISK_FILES = 1024  # descriptors of a worker over a store on disk, whose tables are opened when they are asked for


def zygote(control: socket.socket) -> None:
    """Open the source that the first message names, then fork a worker for each channel that `control` hands over,
    until the web process is gone. The first message back is empty, or the error of a source that does not open; the
    others are the workers' process numbers."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the web process, whose end closes `control`
    (described, answer_bytes, worker_bytes), _ = messages.receive(control)
    source = Source(**described)
    try:
        engine = source.open(answer_bytes)
    except CpbmError as error:
        control.sendall(messages.failure(error))
        return
    control.sendall(messages.frame(None))
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the workers
    while True:
        word, descriptors, _, _ = socket.recv_fds(control, len(messages.FORK), 1)
        if not word:
            return
        channel = socket.socket(fileno=descriptors[0])
        pid = os.fork()
        if pid == 0:
            try:
                control.close()
                if not source.is_shared:
                    engine = source.open(answer_bytes)
                _confine(worker_bytes, source.descriptors)
                _work(channel, engine)
            finally:
                os._exit(0)  # never back into the zygote's own frames
        channel.close()
        control.sendall(messages.frame(pid))


def _confine(worker_bytes: int, descriptors: int) -> None:
    """No more memory than inherited + `worker_bytes`, no descriptor from the number `descriptors` on (0: no new file and
    no connection), no core dump, an end with the zygote's, and no claim on the processor before the web process."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + worker_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))  # it computes and never interrupts the loop: a sixth more queries
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors))


def _work(channel: socket.socket, engine: Engine) -> None:
    """Answer one query after the other until the web process closes the channel."""
    lively = False
    while True:
        try:
            if lively:
                _poll(channel)
            head, _ = messages.receive(channel)
        except (EOFError, OSError):
            return
        try:
            query, formats, lively = messages.read_request(head)
            reply = messages.answer(engine.answer(query, formats))
        except CpbmError as error:
            reply = messages.failure(error)
        channel.sendall(reply)


def _poll(channel: socket.socket) -> None:
    """Stay awake for a moment in case the next query comes at once (docs/performance.md: the hop)."""
    until = time.perf_counter() + _AWAKE_S
    while time.perf_counter() < until:
        try:
            channel.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
            return
        except BlockingIOError:
            pass


if __name__ == "__main__":
    # `python -m cpbm_kg.engine.worker FD`, started by the pool alone
    zygote(socket.socket(fileno=int(sys.argv[1])))
