"""Our validation beside plain pySHACL: same graph, same shapes, same run, and the same results or exit 1.

    python bench/validation.py [--runs N] [--plans N]

Prints the median seconds of each and the ratio of the medians (pairs, interleaved), for the real plan and N - 1 copies of it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import profiles
from cpbm_kg import pipeline
from cpbm_kg.validation import JUDGED_LAYERS, core, results


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--plans", type=int, default=1)
    options = parser.parse_args()
    core.LONGEST_S = 24 * 3600  # plain pySHACL may take as long as it likes here
    with tempfile.TemporaryDirectory() as room:
        dataset, _ = pipeline.derive(profiles.write(profiles.PROFILE, Path(room), options.plans))
    judged, shapes = dataset.union(JUDGED_LAYERS), dataset.layers["shapes"]
    seconds: dict[str, list[float]] = {"ours": [], "pyshacl": []}
    found: dict[str, set] = {}
    for _ in range(options.runs):
        for name, validate in (("ours", results), ("pyshacl", core.results)):
            start = time.perf_counter()
            found[name] = validate(judged, shapes)
            seconds[name].append(time.perf_counter() - start)
    ours, theirs = (statistics.median(seconds[name]) for name in ("ours", "pyshacl"))
    print(f"{len(judged)} triples, {len(found['ours'])} results: ours {ours:.2f} s, plain pySHACL {theirs:.2f} s, ratio {theirs / ours:.1f}")
    if found["ours"] != found["pyshacl"]:
        print(f"the results differ: only ours {found['ours'] - found['pyshacl']}, only pySHACL {found['pyshacl'] - found['ours']}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
