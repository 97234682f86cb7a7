"""Which crappifier a recipe's data are made by, and which fonts it writes with."""

from __future__ import annotations

from pathlib import Path

from ...degrade import Crappifier, from_record
from ...errors import TrainingError
from ...files import picture_files
from ..data.pairs import find_crappifier
from .data import DataConfig

FONTS = (".ttf", ".otf")


def chosen_crappifier(data: DataConfig, fonts: str | Path | None = None) -> Crappifier:
    """Return what makes the inputs: the composition that the recipe brings, or its preset."""
    files = font_files(fonts)
    if data.crappifier is None:
        return find_crappifier(data.preset, files)
    composed = from_record(data.crappifier)
    return composed.with_fonts(files) if files else composed


def chosen_scenery(data: DataConfig, fonts: str | Path | None = None) -> Crappifier | None:
    """Return what is put into the scene before, if anything is."""
    return None if data.scenery is None else find_crappifier(data.scenery, font_files(fonts))


def font_files(folder: str | Path | None) -> list[str]:
    """Return the .ttf and .otf files below a folder, sorted; none without a folder."""
    if folder is None:
        return []
    found = [str(path) for path in picture_files(folder, FONTS)] if Path(folder).is_dir() else []
    if not found:
        raise TrainingError("a folder with .ttf or .otf files", f"{folder} with none")
    return found
