"""What the bench measures without load: the hop to a worker, and the start of the server with its parts."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path

from cpbm_kg import media
from cpbm_kg.engine import Answer, Query
from cpbm_kg.engine.memory import MemoryEngine
from cpbm_kg.engine.pool import WorkerPool
from cpbm_kg.engine.source import Source
from cpbm_kg.release import open_release
from cpbm_kg.settings import ROOT, Settings
from cpbm_kg.web.engines import limits

_PATIENCE_S = 600  # ten million triples take minutes to load
_FORMATS = {form: offered[0] for form, offered in media.OFFERED.items()}


async def hop_us(release: Path, queries: list[str], rounds: int) -> list[tuple[float, float]]:
    """Median microseconds of a query in this process and in a worker of the pool, in turns, one pair a round."""
    settings = Settings.read()
    direct = MemoryEngine.of_release(release, settings.answer_bytes)
    pool = await WorkerPool.open(Source.in_memory(release), limits(settings))

    async def here(query: Query) -> Answer:
        return direct.answer(query, _FORMATS)

    async def there(query: Query) -> Answer:
        return await pool.answer(query, _FORMATS)

    pairs = []
    try:
        for number in range(rounds + 1):
            texts = [Query(f"{query} # {number}") for query in queries]
            pairs.append((await _median_us(here, texts), await _median_us(there, texts)))
    finally:
        await pool.close()
    return pairs[1:]  # the first round warms both


async def _median_us(answer: Callable[[Query], Awaitable[Answer]], queries: list[Query]) -> float:
    taken = []
    for query in queries:
        start = time.perf_counter()
        await answer(query)
        taken.append(time.perf_counter() - start)
    return statistics.median(taken) * 1e6


def first_answer_s(release: Path, port: int, store: str = "memory") -> float:
    """Seconds from the command to the first answered query, the release in `store` (CPBM_STORE)."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "cpbm_kg", "serve", "--release", str(release), "--port", str(port), "--store", store],
                               cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        while process.poll() is None and time.perf_counter() - start < _PATIENCE_S:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/sparql?query=ASK%7B%7D", timeout=10):
                    return time.perf_counter() - start
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.002)
        raise RuntimeError("the server does not start")
    finally:
        process.terminate()
        process.wait()


def start_parts(release: Path) -> dict[str, Callable[[], float]]:
    """The parts of a start, each as a measurement in seconds: they overlap in part, so they do not add up."""
    return {
        "Python alone": lambda: _seconds([sys.executable, "-c", "pass"]),
        "imports of the server": lambda: _seconds([sys.executable, "-c", "import cpbm_kg.__main__, cpbm_kg.serving, cpbm_kg.web.service"]),
        "imports of the zygote": lambda: _seconds([sys.executable, "-c", "import cpbm_kg.engine.worker"]),
        "release held to its manifest": lambda: _timed(lambda: open_release(release)),
        "load into the store": lambda: _timed(lambda: MemoryEngine.of_release(release, 1)),
    }


def _seconds(command: list[str]) -> float:
    return _timed(lambda: subprocess.run(command, cwd=ROOT, check=True, env=os.environ))


def _timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
