"""JPEG: saved and read again at a low quality."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
from PIL import Image

from ...errors import InvalidImageError
from ...parameters import Doc
from ..operation import (
    Operation,
    Plane,
    Shape,
    Values,
    WholeRange,
    Written,
    draw_int,
)
from ..pictures import as_bytes, like
from .text import DrawNumber

LONGEST_SIDE = 65_500


@dataclass(frozen=True)
class Jpeg(Operation):
    """Save as JPEG and read again; 10 is "absolute rubbish", 70 "not bad at all" (fast.ai's lesson 7).

    JPEG has 8 bits: a plane of more is squeezed to 256 levels over its intensity range, and clipped to it.
    """

    quality: Annotated[WholeRange, Doc("Quality of the JPEG file; the lower, the more blocks and blur.", 1, 100)] = (
        10,
        70,
    )

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the quality, ends included."""
        return {"quality": draw_int(rng, self.quality)}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Encode and decode in memory, with Pillow's defaults (4:2:0 chroma)."""
        if max(plane.shape[:2]) > LONGEST_SIDE:
            raise InvalidImageError(f"a plane of at most {LONGEST_SIDE} pixels a side for JPEG", f"{plane.shape[:2]}")
        file = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(as_bytes(plane))).save(file, "JPEG", quality=values["quality"])
        with Image.open(file, formats=("JPEG",)) as image:
            return like(np.asarray(image), plane), None


@dataclass(frozen=True)
class StampedJpeg(Operation):
    """Write a number on the picture and save it as JPEG at that quality: the heart of lesson 7's crappify.

    White, in the default font, its top left corner in the top left quarter of the picture.
    """

    quality: Annotated[WholeRange, Doc("Quality of the JPEG file, and the number that is written.", 1, 100)] = (10, 70)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw the number and its place."""
        values = DrawNumber(number=self.quality).draw(rng, shape)
        return {"quality": int(values["items"][0]["text"]), **values}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Write the number, then save with it as quality; the number is what was written."""
        numbered, coverage = DrawNumber.apply(plane, values)
        return Jpeg.apply(numbered, values)[0], coverage
