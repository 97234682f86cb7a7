"""Write what each dock does with each kind of layer, as Markdown: the page docs/docks.md.

tests/gui/test_dock_table.py opens every dock on every kind of layer and holds it to what is declared here.

Usage: python scripts/dock_table.py [FILE]  (default: docs/docks.md)
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NamedTuple

PAGE = Path(__file__).parents[1] / "docs" / "docks.md"


class Kind(NamedTuple):
    """A kind of image layer: the shape and dtype of its array, and whether the last axis is colour."""

    shape: tuple[int, ...]
    dtype: str
    rgb: bool = False
    says: str = ""


DOCKS = ("Crappify", "Upscale", "Restore", "Denoise", "Remove watermark", "Infill", "Colourise", "Old photo")
KINDS = {
    "2-D RGB": Kind((24, 32, 3), "uint8", rgb=True),
    "16-bit grey Z-stack": Kind((3, 24, 32), "uint16", says="values from 300 to 4095, as of a 12-bit camera"),
    "time and channels": Kind((2, 2, 24, 32), "uint16", says="axis 1 is channels; Colourise takes each for grey"),
    "multiscale": Kind((48, 64), "uint8", says="three levels, of which the finest is taken"),
    "dask": Kind((3, 24, 32), "uint8", says="read when it and the result fit into half of the free memory"),
    "odd size": Kind((23, 31), "uint8"),
    "1 pixel": Kind((1, 1), "uint8"),
    "empty mask": Kind((24, 32), "uint8", says="with a labels layer in which nothing is painted"),
    "float with negative values": Kind((24, 32), "float32", says="values from -3 to 5"),
}
ENLARGED = {"Upscale": 2}
COLOURED = ("Colourise",)
UNMARKED = (
    "Expected a mask over the image 'source', got 'marks', which marks none of it. "
    "Paint or draw over the part of the image to repair, or choose no mask."
)
REFUSED = {
    ("Infill", "1 pixel"): (
        "Expected a mask that leaves some pixels to go by, got one that covers all of it. Mask less, or dilate less."
    ),
    ("Infill", "empty mask"): UNMARKED,
    ("Remove watermark", "empty mask"): UNMARKED,
    ("Old photo", "empty mask"): UNMARKED,
}

HEADING = """\
# The docks and the layers that people have

Each cell was run: a dock in a napari window, on an image layer with a pixel size and a position, its button pressed.
`tests/gui/test_dock_table.py` does it again at every test, with small models of random weights. Where a shape stands,
the result

- is a new layer of that shape, of the source's dtype; the source's pixels are as they were
- has the pixels that the call on the array gives, its values around those of the source
- covers just the area of the source in the world, with its units
- shows with the source's contrast limits (a colour image has none)
- carries a record from which `replay` makes the same pixels again; it names the model's sha256

Crappify, Remove watermark and Old photo add the mask as a labels layer over the same area, if it marks anything. Where
a number stands, nothing is added, and the dock says what it stands for.
"""


def page() -> str:
    """Return the page."""
    rows = [f"| {name} | {', '.join(map(str, kind.shape))} | {kind.dtype} |" for name, kind in KINDS.items()]
    cells = {name: [cell(dock, name) for dock in DOCKS] for name in KINDS}
    table = [f"{row} {' | '.join(cells[name])} |" for row, name in zip(rows, KINDS, strict=True)]
    titles = ["layer", "shape", "dtype", *DOCKS]
    header = [f"| {' | '.join(titles)} |", f"|{' --- |' * len(titles)}"]
    kinds = [f"- {name}: {kind.says}" for name, kind in KINDS.items() if kind.says]
    refusals = [f"{number}. {words}" for number, words in enumerate(reasons(), 1)]
    return "\n".join([HEADING, *header, *table, "", *kinds, "", *refusals, ""])


def cell(dock: str, name: str) -> str:
    """Say what a dock makes of a kind of layer."""
    if (dock, name) in REFUSED:
        return f"[{reasons().index(REFUSED[dock, name]) + 1}]"
    return ", ".join(map(str, result_shape(dock, name)))


def result_shape(dock: str, name: str) -> tuple[int, ...]:
    """Return the shape of the array that a dock makes of a kind of layer."""
    kind, factor = KINDS[name], ENLARGED.get(dock, 1)
    last = 3 if kind.rgb else 2
    leading, (y, x), colors = kind.shape[:-last], kind.shape[-last:][:2], kind.shape[-last:][2:]
    return (*leading, y * factor, x * factor, *(colors or ((3,) if dock in COLOURED else ())))


def reasons() -> list[str]:
    """Return what docks say where they add nothing, each once."""
    return list(dict.fromkeys(REFUSED.values()))


if __name__ == "__main__":
    Path(sys.argv[1] if len(sys.argv) > 1 else PAGE).write_text(page(), encoding="utf-8")
