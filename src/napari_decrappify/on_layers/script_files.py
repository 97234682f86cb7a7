"""What a script reads and writes: the files that layers were read from, or a line at its top that waits for a path."""

from __future__ import annotations

from pathlib import Path

from ..files import SUFFIXES
from ..files.image_file import as_written
from ..layers import LayerFile
from .literals import argument, call, literal

IMAGE, RESULT = "IMAGE", "RESULT"
SAVED = "image.tif"
HOLDS_ALL = ".tif"
FROM_FILES = "from napari_decrappify.files import {}"
FROM_LAYERS = "from napari_decrappify.layers import read_layer"


def constants(file: str | LayerFile | None, name: object, ending: str, suffix: str = "") -> list[str]:
    """Return the lines that say which file a script reads, and which it writes.

    Parameters
    ----------
    file : str or LayerFile or None
        What is read; None leaves that to be filled in.
    name : object
        What the layer is called.
    ending : str
        Goes between the name of the file and the suffix of the result's.
    suffix : str
        That suffix, if it isn't what follows from the file's.
    """
    path = file.path if isinstance(file, LayerFile) else file or SAVED
    wanting = f"  # {literal(name)} was not read from a file: save it as one, and put its path here"
    read = f"{IMAGE} = {literal(path)}{wanting if file is None else ''}"
    return [read, f"{RESULT} = {literal(_beside(path, ending, suffix))}"]


def reading(file: str | LayerFile | None, path: str = IMAGE) -> str:
    """Return the call that reads an image, as Python: with napari's reader if a layer was read so.

    Parameters
    ----------
    file : str or LayerFile or None
        As for `constants`.
    path : str
        Python for its path.
    """
    if not isinstance(file, LayerFile):
        return f"read_image({path})"
    said = [argument("name", file.name), argument("shape", file.shape)]
    return call("read_layer", [path, literal(file.reader), *said])


def imports(files: list[str | LayerFile | None], *names: str) -> list[str]:
    """Return the lines that import what `reading` calls for these files, and further names of the room of files."""
    plain = not all(isinstance(file, LayerFile) for file in files)
    of_files = sorted({*names, *(["read_image"] if plain else [])})
    by_readers = any(isinstance(file, LayerFile) for file in files)
    return [*([FROM_FILES.format(", ".join(of_files))] if of_files else []), *([FROM_LAYERS] if by_readers else [])]


def _beside(path: str, ending: str, suffix: str) -> Path:
    """Return where a result goes: beside what was read, or here if that was a URL."""
    there = as_written(Path(path.rsplit("/")[-1] or SAVED) if "://" in path else Path(path))
    written = suffix or (there.suffix if there.suffix.lower() in SUFFIXES else HOLDS_ALL)
    return there.with_name(f"{there.stem}{ending}{written}")
