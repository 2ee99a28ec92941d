"""What runs outside the web process: a zygote that holds the store and forks workers that can be killed.

pyoxigraph has no time-out (oxigraph#1926), overflows its stack on what screening misses, and aborts where memory
ends: so a query runs in a child that shares the store copy-on-write and whose death costs its own request alone
(architecture.md, 3). A worker may take `worker_bytes` beyond what it inherited, opens no file and no socket, and dies
with its zygote.

    web process ──control──▶ zygote ──fork──▶ worker ◀──channel──▶ web process
"""

from __future__ import annotations

import ctypes
import os
import pickle
import resource
import signal
import socket
import struct
import sys
from pathlib import Path

from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.errors import CpbmError

_LENGTH = struct.Struct("!Q")
_PR_SET_PDEATHSIG = 1
FORK = b"f"


def send(channel: socket.socket, message: object) -> None:
    """One message, whole: its length, then itself. Both ends are ours, so it may be pickled."""
    data = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
    channel.sendall(_LENGTH.pack(len(data)))
    channel.sendall(data)


def receive(channel: socket.socket) -> object:
    """The next message; raises EOFError where the other end is gone, TimeoutError by the channel's own time-out."""
    return pickle.loads(_exactly(channel, _LENGTH.unpack(_exactly(channel, _LENGTH.size))[0]))


def _exactly(channel: socket.socket, size: int) -> bytearray:
    data = bytearray(size)
    view = memoryview(data)
    while view:
        count = channel.recv_into(view)
        if not count:
            raise EOFError("the other end of the channel is gone")
        view = view[count:]
    return data


def packed(error: CpbmError) -> tuple[type, dict]:
    """An error as what a channel carries."""
    return type(error), error.__dict__


def unpacked(kind: type[CpbmError], fields: dict) -> CpbmError:
    """The error that `packed` took apart."""
    error = kind.__new__(kind)
    error.__dict__.update(fields)
    return error


def zygote(control: socket.socket, source: Path, answer_bytes: int, worker_bytes: int) -> None:
    """Load `source` (a release's folder or an RDF file), then fork a worker for each channel that `control` hands
    over, until the web process is gone. The first message back is None, or the packed error of a load that failed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the web process, whose end closes `control`
    try:
        engine = (MemoryEngine.of_release if source.is_dir() else MemoryEngine.of_file)(source, answer_bytes)
    except CpbmError as error:
        send(control, packed(error))
        return
    send(control, None)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps the workers
    while True:
        word, descriptors, _, _ = socket.recv_fds(control, len(FORK), 1)
        if not word:
            return
        channel = socket.socket(fileno=descriptors[0])
        pid = os.fork()
        if pid == 0:
            try:
                control.close()
                _confine(worker_bytes)
                _work(channel, engine)
            finally:
                os._exit(0)  # never back into the zygote's own frames
        channel.close()
        send(control, pid)


def _confine(worker_bytes: int) -> None:
    """No more memory than inherited + `worker_bytes`, no new descriptor (so no file and no connection), no core dump,
    and an end with the zygote's."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * resource.getpagesize() + worker_bytes
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))


def _work(channel: socket.socket, engine: MemoryEngine) -> None:
    """Answer one query after the other until the web process closes the channel."""
    while True:
        try:
            query, formats = receive(channel)
        except (EOFError, OSError):
            return
        try:
            answer = engine.answer(query, formats)
        except CpbmError as error:
            send(channel, packed(error))
        else:
            send(channel, answer)


if __name__ == "__main__":
    # `python -m cpbm_kg.engine.worker FD SOURCE ANSWER_BYTES WORKER_BYTES`, started by the pool alone
    zygote(socket.socket(fileno=int(sys.argv[1])), Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
