"""Pictures side by side, each with its caption."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Picture: TypeAlias = npt.NDArray[Any]
Row: TypeAlias = Sequence[tuple[str, Picture]]

GAP = 8
CAPTION = 26
FONT_SIZE = 16
INK, PAPER = (20, 20, 20), (255, 255, 255)


def side_by_side(rows: Sequence[Row]) -> npt.NDArray[np.uint8]:
    """Draw rows of captioned pictures on white.

    Parameters
    ----------
    rows : sequence of sequences of (caption, picture)
        8-bit RGB pictures (Y, X, 3); a caption stands above its picture.

    Returns
    -------
    ndarray
        (Y, X, 3), uint8.
    """
    strips = [_strip(row) for row in rows]
    width = max(strip.shape[1] for strip in strips)
    padded = [np.pad(s, ((0, 0), (0, width - s.shape[1]), (0, 0)), constant_values=255) for s in strips]
    return np.concatenate(padded)


def enlarge(picture: Picture, times: int) -> Picture:
    """Repeat every pixel `times` times along Y and X, so that it can be seen."""
    return picture.repeat(times, axis=0).repeat(times, axis=1)


def _strip(row: Row) -> npt.NDArray[np.uint8]:
    height = max(picture.shape[0] for _, picture in row) + CAPTION + GAP
    width = sum(picture.shape[1] + GAP for _, picture in row) + GAP
    paper = Image.new("RGB", (width, height), PAPER)
    draw, font = ImageDraw.Draw(paper), ImageFont.load_default(FONT_SIZE)
    x = GAP
    for caption, picture in row:
        draw.text((x, CAPTION // 2), caption, fill=INK, font=font, anchor="lm")
        paper.paste(Image.fromarray(picture), (x, CAPTION))
        x += picture.shape[1] + GAP
    return np.asarray(paper)
