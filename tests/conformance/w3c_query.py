"""W3C SPARQL 1.1 query tests over HTTP: evaluation, syntax, and results in CSV, TSV and JSON, on the shipped server.

    python -m conformance.w3c_query [FOLDER]

FOLDER is `sparql/sparql11` of w3c/rdf-tests. The server is started once for each data set, on a file; a query is sent
as it is, an evaluation with the BASE that its relative IRIs are written for. The cases known to fail stand with their
reasons in `known-failures.tsv`: any other failure is an error, and so is a known one that passes.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import tempfile
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from conformance import results
from conformance.manifests import Case, cases, dataset
from conformance.results import ACCEPT
from conftest import ROOT, Service
from servers import serving

DEFAULT_FOLDER = ROOT.parent / "shared" / "conformance" / "w3c" / "sparql" / "sparql11"
KNOWN = Path(__file__).with_name("known-failures.tsv")
AT_ONCE = 2  # servers
_ORDERED = re.compile(r"ORDER\s+BY[^{}]*$", re.IGNORECASE)


def main() -> int:
    """0 where exactly the known failures fail; 1 otherwise; 2 where the tests are not there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=DEFAULT_FOLDER)
    folder = parser.parse_args().folder.resolve()
    if not (folder / "manifest.ttl").is_file():
        print(f"{folder}: the W3C tests are not here; clone github.com/w3c/rdf-tests (ad541a5) and give its sparql/sparql11", file=sys.stderr)
        return 2
    start = time.monotonic()
    listed = cases(folder)
    by_data: dict[frozenset, list[Case]] = defaultdict(list)
    for case in listed:
        by_data[case.data].append(case)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        failures = {name: why for found in pool.map(_on_one_server, by_data.values()) for name, why in found.items()}
    code = _report(listed, failures, known_failures())
    print(f"{len(by_data)} data sets, {time.monotonic() - start:.0f} s")
    return code


def known_failures() -> dict[str, tuple[str, str]]:
    """Case → (whose fault, reason)."""
    with KNOWN.open(encoding="utf-8", newline="") as file:
        return {row["case"]: (row["whose"], row["reason"]) for row in csv.DictReader(file, delimiter="\t")}


def _on_one_server(group: list[Case]) -> dict[str, str]:
    """Case → what is wrong, for all cases of one data set."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.nq"
        path.write_bytes(dataset(group[0].data))
        with serving("--data", path, environment={"CPBM_WORKERS": "1"}) as server:
            return {case.name: why for case in group if (why := _fault(server, case))}


def _fault(server: Service, case: Case) -> str | None:
    text = case.query.read_bytes()
    if "Syntax" in case.kind:
        status = server.get("/sparql", text, Content_Type="application/sparql-query")[0]
        expected = 400 if case.kind.startswith("Negative") else 200
        return None if status == expected else f"status {status} instead of {expected}"
    status, headers, body = server.get(
        "/sparql", f"BASE <{case.base}> ".encode() + text, Content_Type="application/sparql-query", Accept=ACCEPT[case.result.suffix])
    if status != 200:
        return f"status {status}: {body[:200].decode()}"
    expected = results.read(case.result.read_bytes(), ACCEPT[case.result.suffix].split(",")[0], case.base)
    got = results.read(body, headers.get_content_type())
    return results.difference(expected, got, ordered=bool(_ORDERED.search(text.decode())))


def _report(listed: list[Case], failures: dict[str, str], known: dict[str, tuple[str, str]]) -> int:
    groups: dict[str, list[Case]] = defaultdict(list)
    for case in listed:
        groups[case.name.split("/")[0]].append(case)
    for group, members in groups.items():
        print(f"{group}: {sum(case.name not in failures for case in members)}/{len(members)}")
    for kind in ("evaluation and results", "syntax"):
        members = [case for case in listed if ("Syntax" in case.kind) == (kind == "syntax")]
        print(f"W3C SPARQL 1.1 {kind}: {sum(case.name not in failures for case in members)}/{len(members)}")
    for name in sorted(failures.keys() & known.keys()):
        print(f"known   {name} ({known[name][0]}): {failures[name]}")
    for name in sorted(failures.keys() - known.keys()):
        print(f"FAILED  {name}: {failures[name]}")
    for name in sorted(known.keys() - failures.keys()):
        print(f"MENDED  {name} passes: take it out of {KNOWN.name} and of docs/conformance.md")
    return 0 if failures.keys() == known.keys() else 1


if __name__ == "__main__":
    sys.exit(main())
