"""A given picture stamped on: a logo or watermark of one's own, with its transparency."""

from __future__ import annotations

import base64
import binascii
import functools
import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, NewType, Self

import numpy as np
import numpy.typing as npt
from PIL import Image

from ...errors import InvalidImageError, InvalidParameterError
from ...files import read_image
from ...parameters import Doc
from ..operation import (
    Operation,
    Plane,
    Range,
    Shape,
    Values,
    WholeRange,
    Written,
    draw_float,
    draw_int,
)
from .ink import Inked, check_tile

KEPT = 64
Png = NewType("Png", str)
"""A picture as PNG in base64."""


@dataclass(frozen=True)
class StampPicture(Operation):
    """Stamp a given picture on a plane, where it is said or anywhere.

    Parameters
    ----------
    picture : str
        The picture as PNG in base64, as `StampPicture.of` makes it; empty stamps nothing. Its alpha is how much it
        covers.
    count : (low, high)
        How often, where no places are given; each somewhere with its centre inside.
    scale : (low, high)
        Enlargement of the picture.
    opacity, angle : (low, high)
        1 covers as the picture's alpha says; degrees counterclockwise.
    places : tuple of (y, x)
        Top left corners in pixels, of the turned and enlarged picture; negative ones count from the lower and the
        right edge, so that (-20, -50) begins 20 rows above the lower edge.
    """

    picture: Annotated[Png, Doc("The picture that is stamped; where it is transparent, nothing is.")] = Png("")
    count: Annotated[WholeRange, Doc("How often, each somewhere with its centre inside.", 0, 1000)] = (1, 1)
    scale: Annotated[Range, Doc("Enlargement of the picture.", 0.01, 100)] = (1.0, 1.0)
    opacity: Annotated[Range, Doc("How much it covers, times the picture's own alpha.", 0, 1)] = (1.0, 1.0)
    angle: Annotated[Range, Doc("Degrees counterclockwise.", -360, 360)] = (0.0, 0.0)
    places: tuple[tuple[int, int], ...] = ()

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.picture:
            _decoded(self.picture)

    @classmethod
    def of(cls, picture: str | Path | npt.NDArray[Any], **ranges: Any) -> Self:
        """Return the stamp of a picture; `ranges` are the other parameters.

        Parameters
        ----------
        picture : path or ndarray
            A file, or (Y, X), (Y, X, 3) or (Y, X, 4) of uint8. Without alpha it covers all that it lies on.

        Raises
        ------
        InvalidImageError, FileReadError, InvalidParameterError
            For an array that is no such picture, a file that can't be read, a range that can't be.
        """
        pixels = picture if isinstance(picture, np.ndarray) else read_image(picture).array
        colors = pixels.ndim == 2 or (pixels.ndim == 3 and pixels.shape[-1] in (3, 4))
        if pixels.dtype != np.uint8 or not colors or not pixels.size:
            expected = "a picture to stamp: uint8 of shape (Y, X), (Y, X, 3) or (Y, X, 4)"
            raise InvalidImageError(expected, f"{pixels.dtype} of shape {pixels.shape}")
        file = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(pixels)).convert("RGBA").save(file, "PNG")
        return cls(Png(base64.b64encode(file.getvalue()).decode("ascii")), **ranges)

    def draw(self, rng: np.random.Generator, shape: Shape) -> Values:
        """Draw each stamp's look and place."""
        count = 0 if not self.picture else len(self.places) or draw_int(rng, self.count)
        return {"picture": self.picture, "stamps": [self._stamp(rng, shape, number) for number in range(count)]}

    def _stamp(self, rng: np.random.Generator, shape: Shape, number: int) -> Values:
        look = {name: draw_float(rng, getattr(self, name)) for name in ("scale", "opacity", "angle")}
        height, width = stamped(self.picture, look["scale"], look["angle"]).shape[:2]
        if self.places:
            y, x = (at + side if at < 0 else at for at, side in zip(self.places[number], shape[:2], strict=True))
        else:
            y, x = (int(rng.integers(side)) - size // 2 for side, size in zip(shape, (height, width), strict=False))
        return {**look, "y": int(y), "x": int(x)}

    @staticmethod
    def apply(plane: Plane, values: Mapping[str, Any]) -> Written:
        """Stamp the picture."""
        inked = Inked(plane)
        for item in values["stamps"]:
            tile = stamped(values["picture"], item["scale"], item["angle"])
            inked.stamp(tile[..., 3], item["y"], item["x"], tile[..., :3], item["opacity"])
        return inked.plane, inked.coverage


@functools.lru_cache(maxsize=KEPT)
def stamped(picture: str, scale: float, angle: float) -> npt.NDArray[np.uint8]:
    """Return a picture enlarged and turned, (Y, X, 4)."""
    image = _decoded(picture)
    check_tile(round(image.height * scale), round(image.width * scale))
    if scale != 1:
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.BICUBIC)
    if angle:
        image = image.rotate(angle, Image.Resampling.BICUBIC, expand=True)
    return np.asarray(image)


@functools.lru_cache(maxsize=KEPT)
def _decoded(picture: str) -> Image.Image:
    try:
        image = Image.open(io.BytesIO(base64.b64decode(picture, validate=True)), formats=("PNG",))
        check_tile(image.height, image.width)
        return image.convert("RGBA")
    except (binascii.Error, OSError, SyntaxError, ValueError, struct.error, Image.DecompressionBombError) as error:
        if isinstance(error, InvalidParameterError):
            raise
        advice = "Make the stamp with StampPicture.of(picture)."
        raise InvalidParameterError("StampPicture.picture to be a PNG in base64", str(error), advice) from error
