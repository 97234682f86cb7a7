"""How an image was made, as its file says it: in a PNG's texts, in a TIFF's description."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ..bounds import parse_json
from .image_file import Metadata

NOTE = "decrappify"
"""The keyword of the text that says how an image was made."""
_START = f"{NOTE}: "


def record_of(metadata: Metadata) -> dict[str, Any] | None:
    """Return the record that a file carries, of whatever format it is, or None.

    ``replay(record_of(read_image("result.tif").metadata), source)`` makes the image again. A file of several layers
    that became channels holds their records as ``{"channels": [...]}``.

    Parameters
    ----------
    metadata : Metadata
        Of `read_image`.
    """
    free_text = str((metadata.ome or {}).get("Description", "")) or str((metadata.imagej or {}).get("Info", ""))
    lines = [line for line in free_text.splitlines() if line.startswith(_START)]
    return record_in({NOTE: lines[-1].removeprefix(_START)} if lines else metadata.text)


def record_in(text: Mapping[str, str]) -> dict[str, Any] | None:
    """Return what a file's texts say of how it was made; None where they don't, or another program uses the name."""
    try:
        found = parse_json(text[NOTE])
    except (KeyError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def with_note(free_text: str, note: Mapping[str, Any]) -> str:
    """Return a free text with the note as a line of its own, in place of an earlier one."""
    lines = [line for line in free_text.splitlines() if not line.startswith(_START)]
    return "\n".join([*lines, f"{_START}{json.dumps(note)}"])
