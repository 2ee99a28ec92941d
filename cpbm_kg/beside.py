"""Functions that forked children run while this process goes on, so that a check uses both cores of a small machine."""

from __future__ import annotations

import os
import pickle
import select
import threading
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

T = TypeVar("T")


class Beside(Generic[T]):
    """`result` waits. What the child cannot do (no child may be had, the function raises) is done here after all, so that
    errors are raised where they are asked for. `function` must not rely on what it changes."""

    def __init__(self, function: Callable[[], T]):
        self._function = function
        self._pipe: int | None = None
        if threading.active_count() > 1:
            return  # a fork would copy the locks that other threads hold
        try:
            pipe, theirs = os.pipe()
        except OSError:
            return
        try:
            self._child = os.fork()
        except OSError:
            os.close(pipe)
            os.close(theirs)
            return
        self._pipe = pipe
        if self._child == 0:
            try:
                with os.fdopen(theirs, "wb") as sink:
                    pickle.dump(function(), sink, protocol=pickle.HIGHEST_PROTOCOL)
            finally:
                os._exit(0)  # never back into the parent's own frames
        os.close(theirs)

    def fileno(self) -> int:
        """What becomes readable when the child has something to say, for `select`; -1 without a child."""
        return -1 if self._pipe is None else self._pipe

    def result(self) -> T:
        if self._pipe is None:
            return self._function()
        with os.fdopen(self._pipe, "rb") as source:
            said = source.read()
        try:
            os.waitpid(self._child, 0)
        except ChildProcessError:  # whoever forked us has the kernel reap our children
            pass
        try:
            return pickle.loads(said)
        except (EOFError, pickle.UnpicklingError):
            return self._function()


def each(functions: Iterable[Callable[[], T]]) -> list[T]:
    """What each function returns, in their order, as many at a time as there are cores; as `Beside` otherwise."""
    waiting = list(enumerate(functions))[::-1]
    results: dict[int, T] = {}
    running: dict[int, Beside[T]] = {}
    while waiting or running:
        while waiting and len(running) < _cores():
            number, function = waiting.pop()
            running[number] = Beside(function)
        for number in _ready(running):
            results[number] = running.pop(number).result()
    return [results[number] for number in sorted(results)]


def _ready(running: dict[int, Beside]) -> list[int]:
    """The first that have something to say; those without a child have it when asked."""
    if childless := [number for number, one in running.items() if one.fileno() < 0]:
        return childless
    readable, _, _ = select.select(running.values(), (), ())
    return [number for number, one in running.items() if one in readable]


def _cores() -> int:
    return os.cpu_count() or 1
