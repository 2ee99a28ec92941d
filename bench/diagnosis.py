"""Explanations of empty answers over the planted and the truly empty cases: how many are right, and how long each takes.

Run by `make bench-diagnosis`. Each case is asked of the engine of the service five times; its median counts.
"""

from __future__ import annotations

import statistics
import sys

import yaml

from cpbm_kg.diagnosis import diagnose
from cpbm_kg.engine import Query
from cpbm_kg.engine.pool import PooledEngine
from cpbm_kg.engine.source import Source
from cpbm_kg.release import open_release
from cpbm_kg.settings import ROOT, Settings
from cpbm_kg.web.engines import limits

CASES = ROOT / "tests" / "diagnosis"
ROUNDS = 5


def main() -> int:
    settings = Settings.read()
    engine = PooledEngine.on_own_loop(Source.in_memory(open_release(settings.release).folder), limits(settings))
    right = {"planted": 0, "empty": 0}
    times, probes = [], []
    try:
        for kind in right:
            for path in sorted((CASES / kind).glob("*.rq")):
                text = path.read_text(encoding="utf-8")
                found = [diagnose(engine, Query(text)) for _ in range(ROUNDS)]
                right[kind] += _right(text, found[0])
                times.append(statistics.median(one.milliseconds for one in found))
                probes.append(found[0].probes)
    finally:
        engine.close()
    print(f"planted faults found: {right['planted']} of {len(list((CASES / 'planted').glob('*.rq')))}")
    print(f"truly empty, nothing said: {right['empty']} of {len(list((CASES / 'empty').glob('*.rq')))}")
    print(f"milliseconds: median {statistics.median(times):.0f}, slowest {max(times):.0f}; probes: median {statistics.median(probes):.0f}, most {max(probes)}")
    return 0


def _right(text: str, found) -> bool:
    said = yaml.safe_load("\n".join(line.removeprefix("#+ ") for line in text.splitlines() if line.startswith("#+")))
    if "cause" not in said:
        return not found.causes
    return any(cause.kind == said["cause"] and (cause.term == said["at"] or said["at"] in cause.pattern)
               and said.get("suggestion", cause.suggestion or "nothing") == (cause.suggestion or "nothing") for cause in found.causes)


if __name__ == "__main__":
    sys.exit(main())
