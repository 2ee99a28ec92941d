"""The layers of README.md are those of the imports; each foreign library enters by one door."""

import ast
import re
from pathlib import Path

import pytest

from conftest import ROOT

PACKAGE = ROOT / "cpbm_kg"
DOORS = {
    "flask": {"web"},
    "pyshacl": {"validation"},
    "granian": {"web"},
    # The store stands behind the engine; reading, writing and canonicalising in bulk is `canonical` (decisions.md, 13).
    "pyoxigraph": {"engine", "canonical"},
}


def table() -> dict[str, int]:
    """Module name → row, as README.md says."""
    rows = re.findall(r"^\| (\d) \| ((?:`\w+`(?:, )?)+) \|", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert rows, "README.md has no table of layers"
    return {module: int(row) for row, modules in rows for module in re.findall(r"`(\w+)`", modules)}


def modules() -> dict[str, list[Path]]:
    """Module or package name → its files; the package's own `__init__` holds the version alone."""
    found: dict[str, list[Path]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        relative = path.relative_to(PACKAGE)
        if relative.as_posix() != "__init__.py":
            found.setdefault(relative.parts[0].removesuffix(".py"), []).append(path)
    return found


def imports(path: Path) -> set[str]:
    """Dotted names that a file imports, those inside functions included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
            names.update(f"{node.module}.{alias.name}" for alias in node.names)
    return names


def inner(path: Path) -> set[str]:
    """Our modules that a file imports."""
    return {name.split(".")[1] for name in imports(path) if name.startswith("cpbm_kg.")} & set(modules())


def test_the_table_names_every_module_and_no_other():
    assert set(table()) == set(modules())


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_module_imports_only_lower_rows(module):
    rows = table()
    for path in modules()[module]:
        for imported in inner(path) - {module}:
            assert rows[imported] < rows[module], f"{path.relative_to(ROOT)} (row {rows[module]}) imports {imported} (row {rows[imported]})"


@pytest.mark.parametrize("library", sorted(DOORS))
def test_a_foreign_library_has_one_door(library):
    users = {module for module, paths in modules().items() for path in paths if any(name.split(".")[0] == library for name in imports(path))}
    assert users == DOORS[library]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_every_module_says_why_it_exists(path):
    assert ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))), "no module docstring"
