"""ARCHITECTURE.md says what the tree is: its paths exist, no folder is missing, no room is drawn above its users."""

from __future__ import annotations

import importlib.util
import itertools
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "napari_decrappify"
PAGE = (ROOT / "ARCHITECTURE.md").read_text()
PICTURE = PAGE.split("```")[1].splitlines()
PATHS = sorted(set(re.findall(r"`(\w+(?:/[\w.]+)+)/?`|`(\w+\.(?:py|toml|md))`", PAGE)))
ROWS = dict(re.findall(r"^\| `([\w/]+)/` \| (.*) \|$", PAGE, re.MULTILINE))
GLOSSARY = re.findall(r"^\| ([\w ]+) \| ", PAGE.partition("## Glossary")[2], re.MULTILINE)[1:]
WIDTH_OF_NAMES = 58  # characters; to the right of them the picture says what the rooms are for


def is_there(folder: Path, name: str) -> bool:
    return any((folder / one).exists() for one in (name, f"{name}.py"))


@pytest.mark.parametrize("path", [with_folder or alone for with_folder, alone in PATHS])
def test_every_path_on_the_page_exists(path):
    assert is_there(PACKAGE, path) or is_there(ROOT, path)


@pytest.mark.parametrize("folder", ROWS)
def test_every_module_in_a_folders_row_is_in_that_folder(folder):
    named = re.findall(r"`([a-z_]+)`", ROWS[folder])
    assert not [name for name in named if not is_there(PACKAGE / folder, name)]


def test_every_folder_of_modules_is_on_the_page():
    folders = {module.parent.relative_to(PACKAGE).as_posix() for module in PACKAGE.rglob("*.py")} - {"."}
    unnamed = {folder for folder in folders if not re.search(rf"\b{Path(folder).name}\b", PAGE, re.IGNORECASE)}
    assert not unnamed


def test_no_room_is_drawn_above_one_that_needs_it():
    line_of = {room: line for line, text in enumerate(PICTURE) for room in re.findall(r"\w+", text[:WIDTH_OF_NAMES])}
    lines = [[line_of[room] for room in floor if room != "__main__"] for floor in _rooms()]
    assert [below for below, above in itertools.pairwise(filter(None, lines)) if min(below) < max(above)] == []


def test_the_glossary_is_short():
    assert 20 <= len(GLOSSARY) <= 25


def _rooms() -> tuple[tuple[str, ...], ...]:
    """Return the floors that `test_architecture` holds the code to, the lowest first."""
    spec = importlib.util.spec_from_file_location("rooms", Path(__file__).with_name("test_architecture.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.ROOMS
