"""The rooms of `fltui/` know each other in one direction only."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "fltui"

# A room may import itself and the rooms named here. Nobody imports the engine.
ARROWS: dict[str, set[str]] = {
    "facts": set(),
    "recipe": {"facts"},
    "environment": {"facts"},
    "probe": {"facts"},
    "record": {"facts"},
    "plan": {"facts", "recipe", "environment", "probe", "record"},
    "engine": {"facts", "record", "probe"},
    "control": {"facts", "recipe", "environment", "probe", "record", "plan"},
    "study": {"facts", "recipe", "environment", "probe", "record", "plan", "control"},
    "workshop": {"facts", "recipe", "environment", "probe", "record", "plan", "control"},
    "tui": {"facts", "recipe", "environment", "probe", "record", "plan", "control", "study", "workshop"},
    "cli": {"facts", "recipe", "environment", "probe", "record", "plan", "control", "study", "workshop"},
}


def imported_modules(path: Path) -> set[str]:
    """The absolute names of fltui modules that `path` imports, at the top or inside functions."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(), str(path))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import hides which room it reaches"
            module = node.module or ""
            found.add(module)
            found.update(f"{module}.{alias.name}" for alias in node.names)
    return {name for name in found if name == "fltui" or name.startswith("fltui.")}


def room_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[1] if len(parts) > 1 and (PACKAGE / parts[1]).is_dir() else None


def sources() -> list[Path]:
    return [
        path for path in sorted(PACKAGE.rglob("*.py")) if "shipped" not in path.relative_to(PACKAGE).parts
    ]


def test_there_are_rooms_to_check() -> None:
    assert {"facts", "control", "cli"} <= {path.relative_to(PACKAGE).parts[0] for path in sources()}


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_the_rooms_before_it(path: Path) -> None:
    parts = path.relative_to(PACKAGE).parts
    if len(parts) == 1:
        return
    room = parts[0]
    assert room in ARROWS, f"{room} is not a room of DESIGN; add it to the table here on purpose"
    reached = {other for module in imported_modules(path) if (other := room_of(module)) and other != room}
    assert reached <= ARROWS[room], f"{path} imports {sorted(reached - ARROWS[room])}"


def test_the_table_itself_has_no_circle() -> None:
    left = dict(ARROWS)
    while left:
        free = [room for room, needs in left.items() if not needs & left.keys()]
        assert free, f"a circle among {sorted(left)}"
        for room in free:
            del left[room]


def test_modules_import_each_other_without_a_circle() -> None:
    """Also inside a room; imports inside functions are left out, they are how a circle is broken."""
    modules = {module_name(path): path for path in sources()}
    needs = {name: top_imports(path) & modules.keys() - {name} for name, path in modules.items()}
    while needs:
        free = [name for name, wanted in needs.items() if not wanted & needs.keys()]
        assert free, f"a circle among {sorted(needs)}"
        for name in free:
            del needs[name]


def module_name(path: Path) -> str:
    parts = ("fltui", *path.relative_to(PACKAGE).with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def top_imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.parse(path.read_text(), str(path)).body:
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            # `from fltui.record import socket_path` needs the module, not only the package.
            found.add(node.module or "")
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
    return found
