"""What a build and a check cost, stage by stage: seconds, processor seconds and the highest memory, children included.

    python bench/stages.py PROFILE… RELEASE        builds RELEASE and prints a line of JSON for each stage as it ends

The stages are the pipeline's own functions, timed where `pipeline.build` calls them, so what is measured is what runs.
`costs` starts such a build and a `cpbm-kg check` in processes of their own and watches their memory from outside.
"""

from __future__ import annotations

import functools
import gc
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import peers
from cpbm_kg.settings import ROOT

READ, VALIDATE, WRITE, CHECK = "read and derive", "validate", "write, exports and gzip", "whole check"
_LOOK_S, _LOOK_SHARE = 0.05, 20  # between two looks at the memory, and times what a look took: it must not slow what it sees


@dataclass(frozen=True)
class Cost:
    """Seconds by the clock and of processors, and the highest memory in bytes (proportional shares, all processes)."""

    stage: str
    s: float
    processor_s: float
    memory_bytes: int


def costs(profiles: Iterable[Path], release: Path) -> Iterator[Cost]:
    """The stages of a build of these profiles into `release`, then a whole check of them."""
    yield from _watched([sys.executable, __file__, *profiles, release])
    plans = [word for profile in profiles for word in ("--plan", profile)]
    yield from _watched([sys.executable, "-m", "cpbm_kg", "check", *plans], CHECK)


def _watched(command: list[str | Path], whole: str | None = None) -> Iterator[Cost]:
    """What a process says of its stages, or the process as a `whole`, with the memory seen meanwhile."""
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL if whole else subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8") as process:
        watch = _Watch(process.pid)
        for line in process.stdout or ():
            yield Cost(**json.loads(line), memory_bytes=watch.peak())
        said = process.stderr.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}: {said}")
    if whole:
        yield Cost(whole, time.perf_counter() - start, used.ru_utime + used.ru_stime, watch.peak())


class _Watch:
    """Looks at the memory of a process and its children until it is gone."""

    def __init__(self, pid: int):
        self._pid, self._peak = pid, 0
        threading.Thread(target=self._look, daemon=True).start()

    def peak(self) -> int:
        """The highest since the last call."""
        found, self._peak = self._peak, 0
        return found

    def _look(self) -> None:
        while (begun := time.perf_counter()) and (held := peers.memory_bytes(self._pid)):
            self._peak = max(self._peak, held)
            time.sleep(max(_LOOK_S, _LOOK_SHARE * (time.perf_counter() - begun)))


def build(profiles: tuple[Path, ...], release: Path) -> None:
    """In a process of its own: the build, each stage told as it ends. Several plans are read and completed side by side."""
    from cpbm_kg import pipeline, validation
    from cpbm_kg.__main__ import RARELY
    from cpbm_kg.apart import judging, parts

    gc.set_threshold(*RARELY)
    for module, name, stage in ((pipeline, "derive", READ), (parts, "take", READ), (validation, "validate", VALIDATE), (judging, "judge", VALIDATE),
                                (pipeline, "_frozen", WRITE)):
        setattr(module, name, _told(stage, getattr(module, name)))
    pipeline.build(profiles, release)


def _told(stage: str, function: Callable) -> Callable:
    @functools.wraps(function)
    def timed(*arguments, **named):
        start, used = time.perf_counter(), _processor_s()
        result = function(*arguments, **named)
        print(json.dumps({"stage": stage, "s": time.perf_counter() - start, "processor_s": _processor_s() - used}), flush=True)
        return result

    return timed


def _processor_s() -> float:
    """Of this process and its children that have ended."""
    return sum(os.times()[:4])


if __name__ == "__main__":
    *given, into = map(Path, sys.argv[1:])
    build(tuple(given), into)
