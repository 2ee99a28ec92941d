"""The files of other projects that our pages use, taken from locked npm packages: `make vendor` runs this.

    python cpbm_kg/web/vendor/collect.py NODE_MODULES

copies each built file of `FILES` to `static/vendor/` under a name that carries its version, writes their sha256 into
`static/vendor/SHA256SUMS`, and every package that they were built from, with its licence, into THIRD_PARTY.md.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
STATIC = HERE.parent / "static" / "vendor"
NOTICE = HERE.parents[2] / "THIRD_PARTY.md"
FILES = {
    "@zazuko/yasgui": ("build/yasgui.min.js", "build/yasgui.min.css"),
    "cytoscape": ("dist/cytoscape.min.js",),
    "leaflet": ("dist/leaflet.js", "dist/leaflet.css", "dist/images/layers.png", "dist/images/layers-2x.png"),
}
_HEAD = """# Code of others in this project

*En français : les fichiers de `cpbm_kg/web/static/vendor/` viennent des paquets ci-dessous, tels que publiés, sans la ligne qui nomme leur carte source ; `make vendor` les reprend.*

The files in `cpbm_kg/web/static/vendor/` are those of the packages below as published on npm, but for the line that names their source map; `make vendor`
fetches them again by the locked versions of `cpbm_kg/web/vendor/package-lock.json`.

| file | package | version | licence | sha256 |
|---|---|---|---|---|
"""
_BUNDLED = "\nWhat these were built from, in turn:\n\n| package | version | licence |\n|---|---|---|\n"


def collect(modules: Path) -> None:
    """Copy, sum and name; `modules` is the folder that npm has filled from the lock."""
    locked = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    shutil.rmtree(STATIC, ignore_errors=True)
    STATIC.mkdir()
    rows, sums = [], []
    for package, files in FILES.items():
        entry = locked[f"node_modules/{package}"]
        for file in files:
            copied = STATIC / _name(package, entry["version"], file)
            copied.parent.mkdir(exist_ok=True)
            # A map of the source would be asked for by a browser's tools, and is not there.
            copied.write_bytes(b"\n".join(line for line in (modules / package / file).read_bytes().split(b"\n") if not line.startswith((b"//# sourceMappingURL", b"/*# sourceMappingURL"))))
            digest = hashlib.sha256(copied.read_bytes()).hexdigest()
            sums.append(f"{digest}  {copied.relative_to(STATIC)}\n")
            rows.append(f"| {copied.relative_to(STATIC)} | {package} | {entry['version']} | {entry['license']} | `{digest}` |\n")
    (STATIC / "SHA256SUMS").write_text("".join(sums), encoding="utf-8")
    bundled = sorted((path.removeprefix("node_modules/"), entry["version"], entry.get("license", "see the package"))
                     for path, entry in locked.items() if path and path.removeprefix("node_modules/") not in FILES)
    NOTICE.write_text(_HEAD + "".join(rows) + _BUNDLED + "".join(f"| {' | '.join(row)} |\n" for row in bundled), encoding="utf-8")


def _name(package: str, version: str, file: str) -> str:
    """leaflet's style sheet looks for its images beside itself."""
    path = Path(file)
    if path.parent.name == "images":
        return f"images/{path.name}"
    stem, _, ending = path.name.partition(".")
    return f"{stem}-{version}.{ending}"


if __name__ == "__main__":
    collect(Path(sys.argv[1]))
