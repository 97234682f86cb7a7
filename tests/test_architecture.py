"""A room imports only from rooms below it, and the page that says so says what the code does."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "napari_decrappify"

ROOMS = (
    ("errors", "type_checks"),
    ("parameters", "tasks", "lazy_registry"),
    ("missing_data",),
    ("bounds", "jobs", "intensity", "planes", "atomic", "quality", "processes"),
    ("files",),
    ("degrade",),
    ("nets",),
    ("models",),
    ("apply",),
    ("training",),
    ("finetuning",),
    ("panels", "provenance"),
    ("demo", "layers", "samples"),
    ("benchmark", "layer_masks"),
    ("on_layers",),
    ("widgets", "cli"),
    ("__main__",),
)
FLOOR = {room: number for number, floor in enumerate(ROOMS) for room in floor}
TORCHLESS = (*(room for floor in ROOMS[: ROOMS.index(("nets",))] for room in floor), "panels")
HEADLESS = tuple(room for room in FLOOR if room not in ("widgets", "on_layers", "layers", "layer_masks"))


def modules_of(room: str) -> list[Path]:
    folder = PACKAGE / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{room}.py"]


def imports_of(module: Path) -> set[str]:
    """Return the absolute names of everything that a module imports, anywhere in it."""
    parts = ("napari_decrappify", *module.relative_to(PACKAGE).with_suffix("").parts)
    package = parts[:-1]
    found = set()
    for node in ast.walk(ast.parse(module.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{stem}.{alias.name}" for alias in node.names}
    return found


def rooms_in(names: set[str]) -> set[str]:
    inside = [name.split(".") for name in names if name.startswith("napari_decrappify.")]
    return {parts[1] for parts in inside if parts[1] in FLOOR}


def test_every_module_is_in_a_room():
    there = {path.stem if path.is_file() else path.name for path in PACKAGE.iterdir() if path.suffix in (".py", "")}
    assert there - {"__init__", "__pycache__"} == set(FLOOR)


@pytest.mark.parametrize("room", FLOOR)
def test_a_room_imports_only_from_rooms_below_it(room):
    for module in modules_of(room):
        beside_or_above = [other for other in rooms_in(imports_of(module)) if FLOOR[other] >= FLOOR[room]]
        assert set(beside_or_above) <= {room}, f"{module.name} imports {beside_or_above}"


def test_no_room_reaches_up_through_the_names_of_the_package():
    """Whatever is imported from the package itself comes from a room that can be seen above: never a public call."""
    for module in PACKAGE.rglob("*.py"):
        names = {name for name in imports_of(module) if name.split(".")[0] == "napari_decrappify"}
        named = {name.partition(".")[2].partition(".")[0] for name in names}
        face = {"__version__"} if module.parent.name == "cli" else set()
        assert (module.parent == PACKAGE and module.stem == "__init__") or named <= {*FLOOR, *face}, module


@pytest.mark.parametrize("room", TORCHLESS)
def test_rooms_below_the_nets_know_nothing_of_torch(room):
    for module in modules_of(room):
        assert not [name for name in imports_of(module) if name.split(".")[0] == "torch"], module.name


@pytest.mark.parametrize("room", HEADLESS)
def test_only_the_rooms_at_the_top_know_napari_and_qt(room):
    for module in modules_of(room):
        shown = {name.split(".")[0] for name in imports_of(module)}
        assert not shown & {"napari", "qtpy", "magicgui", "PyQt6"}, module.name


def test_the_page_names_every_room():
    page = (ROOT / "ARCHITECTURE.md").read_text()
    assert not [room for room in FLOOR if room != "__main__" and room not in page]
