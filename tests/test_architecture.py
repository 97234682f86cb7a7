"""A room imports only from rooms below it, and the page that says so says what the code does."""

from __future__ import annotations

import ast
import functools
import re
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
    ("batch", "volumes"),
    ("demo", "layers", "samples"),
    ("benchmark", "layer_masks"),
    ("on_layers",),
    ("widgets", "cli"),
    ("__main__",),
)
FLOOR: dict[str, float] = {room: number for number, floor in enumerate(ROOMS) for room in floor}
FACE = "the package's public names"
OWN_PATH = re.compile(r"napari_decrappify\.[\w.]*")  # an entry point, "module:name", is a declaration: no import
MOST_MODULES = 16
WRITING = re.compile(
    r"\.(save_(model|all|preview|filmstrip)|add_note|add_metrics|write_text)\(|save_checkpoint\(|\.writes\b"
)
WRITERS = ("recorder", "run_folder", "checkpoint", "predictions")  # the first, and how what it writes is laid out
TORCHLESS = (*(room for floor in ROOMS[: ROOMS.index(("nets",))] for room in floor), "panels")
HEADLESS = tuple(room for room in FLOOR if room not in ("widgets", "on_layers", "layers", "layer_masks"))


def modules_of(room: str) -> list[Path]:
    folder = PACKAGE / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [PACKAGE / f"{room}.py"]


@functools.cache
def imports_of(module: Path) -> set[str]:
    """Return the absolute names of everything that a module imports, anywhere in it."""
    parts = ("napari_decrappify", *module.relative_to(PACKAGE).with_suffix("").parts)
    return imports_in(module.read_text(), parts[:-1])


def imports_in(source: str, package: tuple[str, ...]) -> set[str]:
    """Return what is imported by statements, by functions, or by a path of ours that a string names."""
    found = set()
    tree = ast.parse(source)
    groups = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "group"}
    for node in ast.walk(tree):
        if id(node) in groups:  # of entry points: no path of a module, however much it looks like one
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            stem = ".".join([*base, *([node.module] if node.module else [])])
            found |= {f"{stem}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and OWN_PATH.fullmatch(node.value):
            found.add(node.value)
        elif isinstance(node, ast.Call) and called(node) in ("import_module", "__import__", "find_spec"):
            found |= {resolved(word.value, package) for word in words_in(node)}
    return found


def called(node: ast.Call) -> str:
    return getattr(node.func, "attr", getattr(node.func, "id", ""))


def words_in(node: ast.Call) -> list[ast.Constant]:
    """Return the first string of a call, or of what it formats."""
    return [one for one in ast.walk(node) if isinstance(one, ast.Constant) and isinstance(one.value, str)][:1]


def resolved(name: str, package: tuple[str, ...]) -> str:
    level = len(name) - len(name.lstrip("."))
    return ".".join([*package[: len(package) - level + 1], name.lstrip(".")]) if level else name


def rooms_in(names: set[str]) -> set[str]:
    """Return the rooms that names are of; the package itself, and its public names, are of none but the face."""
    ours = [f"{name}.".split(".") for name in names if name.split(".")[0] == "napari_decrappify"]
    return {parts[1] if parts[1] in FLOOR else FACE for parts in ours}


def homes() -> set[str]:
    """Return the rooms that the public names of the package come from."""
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text())
    return {node.module.split(".")[0] for node in stub.body if isinstance(node, ast.ImportFrom)}


def test_every_module_is_in_a_room():
    there = {path.stem if path.is_file() else path.name for path in PACKAGE.iterdir() if path.suffix in (".py", "")}
    assert there - {"__init__", "__pycache__"} == set(FLOOR)


@pytest.mark.parametrize("room", FLOOR)
def test_a_room_imports_only_from_rooms_below_it(room):
    floors = {**FLOOR, FACE: max(FLOOR[home] for home in homes()) + 0.5}
    for module in modules_of(room):
        beside_or_above = {other for other in rooms_in(imports_of(module)) if floors[other] >= floors[room]}
        assert beside_or_above <= {room}, f"{module.name} imports {beside_or_above}"


@pytest.mark.parametrize(
    ("source", "room"),
    [
        ("def f():\n    from ..training.train import train", "training"),
        ("def f():\n    import napari_decrappify.cli.main", "cli"),
        ("def f():\n    import napari_decrappify", FACE),
        ("def f():\n    from napari_decrappify import train", FACE),
        ("def f():\n    from .. import upscale", FACE),
        ("import_module('napari_decrappify')", FACE),
        ("importlib.import_module('..widgets.upscale', __package__)", "widgets"),
        ("importlib.import_module(f'..widgets.{name}', __package__)", "widgets"),
        ("__import__('napari_decrappify.cli')", "cli"),
        ("NEEDED = tuple(f'napari_decrappify.apply.{name}' for name in NAMES)", "apply"),
        ("NEEDED = ('torch', 'napari_decrappify.training.train')", "training"),
    ],
)
def test_imports_are_seen_however_they_are_written(source, room):
    assert room in rooms_in(imports_in(source, ("napari_decrappify", "models")))


def test_a_module_that_a_string_names_is_there():
    """An import statement that goes nowhere is seen by mypy, a string by nobody."""
    for module in PACKAGE.rglob("*.py"):
        for name in imports_of(module):
            parts = name.split(".")
            if OWN_PATH.fullmatch(name) and not name.endswith(".") and f'"{name}"' in module.read_text():
                assert PACKAGE.joinpath(*parts[1:]).is_dir() or PACKAGE.joinpath(*parts[1:]).with_suffix(".py").exists()


def test_a_sentence_about_the_package_is_no_import():
    assert not rooms_in(imports_in('"""What napari_decrappify.cli does."""\nline = "import napari_decrappify"', ()))


def test_no_folder_holds_more_modules_than_one_takes_in_at_a_glance():
    folders = [PACKAGE, *(path.parent for path in PACKAGE.rglob("__init__.py"))]
    counts = {folder: len({*folder.glob("*.py")} - {folder / "__init__.py"}) for folder in folders}
    assert not {str(folder): count for folder, count in counts.items() if count > MOST_MODULES}


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


def test_only_the_recorder_writes_what_a_training_leaves():
    """The others decide what and when; it knows where, and whether this process is the one that writes."""
    for module in modules_of("training"):
        found = {line.strip() for line in module.read_text().splitlines() if WRITING.search(line)}
        elsewhere = {line for line in found if "self._recorder." not in line and not line.startswith("def ")}
        assert module.stem in WRITERS or not elsewhere, module


def test_the_page_names_every_room():
    page = (ROOT / "ARCHITECTURE.md").read_text()
    assert not [room for room in FLOOR if room != "__main__" and room not in page]
