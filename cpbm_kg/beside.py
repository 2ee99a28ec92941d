"""A function that a forked child runs while this process goes on, so that a check uses both cores of a small machine."""

from __future__ import annotations

import os
import pickle
import threading
from collections.abc import Callable
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
