"""The protocol suites that lie beside the project, on the shipped server: none may pass fewer cases than it has.

    python -m conformance.protocol_suites [FOLDER]

FOLDER holds `sparql_protocol_suite.py` (179 cases with its fixture, 9 heavy ones), `w3c_protocol_replay.py` (the 34
requests of the W3C protocol manifest) and `fixture.trig`. They belong to nobody's checkout but their own: without the
folder this says so and succeeds.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from conftest import ROOT
from servers import RunningServer, serving

DEFAULT_FOLDER = ROOT.parent / "shared" / "conformance"
# Program and arguments, and how many cases must pass.
SUITES = ((("sparql_protocol_suite.py", "--fixture", "--heavy"), 179 + 9), (("w3c_protocol_replay.py", "--readonly"), 34))
_SCORE = re.compile(r"(\d+) passed, (\d+) failed")


def main() -> int:
    """0 where every suite passes whole, 1 otherwise."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT_FOLDER)
    folder = parser.parse_args().folder.resolve()
    if not (folder / "fixture.trig").is_file():
        print(f"{folder}: the protocol suites are not here; nothing was run")
        return 0
    with serving("--data", folder / "fixture.trig") as server:
        return max(_run(folder, server, arguments, expected) for arguments, expected in SUITES)


def _run(folder: Path, server: RunningServer, arguments: tuple[str, ...], expected: int) -> int:
    name, *options = arguments
    done = subprocess.run([sys.executable, folder / name, server.url + "/sparql", *options], cwd=folder, capture_output=True, text=True, timeout=300)
    score = _SCORE.search(done.stdout)
    if score and (int(score[1]), int(score[2])) == (expected, 0):
        print(f"{' '.join(arguments)}: {score[1]}/{expected}")
        return 0
    print(f"{' '.join(arguments)}: {score[1] if score else 0}/{expected}\n{done.stdout}{done.stderr}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
