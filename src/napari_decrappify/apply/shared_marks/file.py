"""A solved mark as a file: a PNG of its colours, with its coverage as alpha and the rest in a text of JSON."""

from __future__ import annotations

import base64
import binascii
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ...atomic import atomic_path
from ...bounds import parse_json
from ...errors import FileReadError, FileWriteError, InvalidParameterError
from ...files import read_image
from ...files.png import png16
from ...type_checks import is_of_kind
from ..engine.blending import Pixels
from ..marks.mark import SolvedMark

KEYWORD = "decrappify-mark"
"""Of the text in the PNG."""
FORMAT = 1
MOST_PIXELS = 200_000_000
URL = "data:image/png;base64,"
DEPTH = 65535


def save_mark(path: str | Path, mark: SolvedMark) -> None:
    """Write a solved mark to a PNG file, whole or not at all; image viewers show it as the mark on nothing.

    Parameters
    ----------
    path : str or Path
        Ends in .png. What was there is replaced.
    mark : SolvedMark
        Of one or three channels. Coverage and colours are kept in 16 bits.

    Raises
    ------
    FileWriteError
        For another suffix or number of channels, or a folder that can't be written.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise FileWriteError("a file name that ends in .png for a mark", repr(path.name))
    content = packed(mark)
    with atomic_path(path) as part:
        part.write_bytes(content)


def load_mark(path: str | Path) -> SolvedMark:
    """Read a solved mark from a file that `save_mark` wrote, or a logo from a PNG with transparency.

    Parameters
    ----------
    path : str or Path
        The file; or its content as a URL, "data:image/png;base64,...", as records of results have it.

    Returns
    -------
    SolvedMark
        A logo that wasn't solved has opacity 1, and its alpha is its coverage.

    Raises
    ------
    FileReadError
        If there is no such file, or it is damaged, no PNG, or one without alpha.
    """
    if not str(path).startswith(URL):
        return _read(Path(path), str(path))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "mark.png"
        try:
            place.write_bytes(base64.b64decode(str(path)[len(URL) :], validate=True))
        except binascii.Error as error:
            raise InvalidParameterError("a mark as PNG in base64", str(error)) from error
        return _read(place, "a URL of the mark")


def as_url(mark: SolvedMark) -> str:
    """Return a mark as text that `load_mark` reads."""
    return URL + base64.b64encode(packed(mark)).decode("ascii")


def kept(mark: SolvedMark) -> SolvedMark:
    """Return a mark as its file would give it back, so that what is applied is what is kept."""
    return load_mark(as_url(mark))


def packed(mark: SolvedMark) -> bytes:
    """Return a mark as the content of a PNG file."""
    channels = mark.color.shape[-1]
    if channels not in (1, 3):
        raise FileWriteError("a mark of one or three channels", f"{channels}")
    scale = max(1.0, float(mark.color.max()))
    y, x = mark.coverage.shape
    values = np.empty((y, x, 4), np.uint16)
    values[..., :3] = np.rint(np.clip(mark.color / scale, 0, 1) * DEPTH)
    values[..., 3] = np.rint(np.clip(mark.coverage, 0, 1) * DEPTH)
    said = {
        "format": FORMAT,
        "opacity": mark.opacity,
        "residual": mark.residual if np.isfinite(mark.residual) else None,
        "channels": channels,
        "scale": scale,
        "plain": mark.color.ndim == 1,
    }
    text = KEYWORD.encode() + b"\0\0\0\0\0" + json.dumps(said).encode()
    return png16.encode(values, [(b"iTXt", text)])


def _read(path: Path, name: str) -> SolvedMark:
    picture = read_image(path, max_pixels=MOST_PIXELS)
    array = picture.array
    if picture.metadata.format != "PNG" or array.ndim != 3 or array.shape[-1] != 4:
        expected = f"a PNG with transparency, which is where the mark covers, at {name}"
        raise FileReadError(expected, f"{picture.metadata.format} of shape {array.shape}")
    values = array.astype(np.float32) / np.float32(np.iinfo(array.dtype).max)
    return _with(_said(picture.metadata.text.get(KEYWORD), name), values[..., :3], values[..., 3])


def _said(text: str | None, name: str) -> dict[str, Any]:
    """Return what a file says of its mark, each part of it checked."""
    said: dict[str, Any] = {"opacity": 1.0, "residual": None, "channels": 3, "scale": 1.0, "plain": False}
    if text is None:
        return said
    try:
        found = parse_json(text)
    except ValueError as error:
        raise FileReadError(f"a whole mark at {name}", f"one whose text is damaged ({error})") from error
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise FileReadError(f"a mark of format {FORMAT} at {name}", f"{str(found)[:60]}")
    said |= {key: found[key] for key in said if key in found}
    kinds = {"opacity": float, "residual": float | None, "channels": int, "scale": float, "plain": bool}
    sound = all(is_of_kind(said[key], kind) for key, kind in kinds.items())
    if not sound or not (0 <= said["opacity"] <= 1 and said["channels"] in (1, 3) and 0 < said["scale"] < np.inf):
        raise FileReadError(f"a mark whose opacity is from 0 to 1 at {name}", f"{str(found)[:200]}")
    return said


def _with(said: dict[str, Any], color: Pixels, coverage: Pixels) -> SolvedMark:
    color = color[..., : said["channels"]] * np.float32(said["scale"])
    if said["plain"]:
        color = color[0, 0]
    residual = float("inf") if said["residual"] is None else float(said["residual"])
    return SolvedMark(coverage, np.ascontiguousarray(color), float(said["opacity"]), residual)
