"""A preview taken apart: what went in, what came out, and what it should have been."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from ...errors import FileReadError
from ...training.evaluation.gallery import columns

Pictures: TypeAlias = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Preview:
    """The same held-out pieces three times, one below the other: 8-bit, (Y, X, 3), all of one shape.

    Parameters
    ----------
    input : ndarray
        What the model is given; enlarged by repetition for an upscaler.
    output : ndarray
        What it makes of that.
    target : ndarray
        The clean picture.
    """

    input: Pictures
    output: Pictures
    target: Pictures


def read_preview(path: str | Path) -> Preview:
    """Read a picture of `Run.previews`, or of an `Evaluated` event.

    Raises
    ------
    FileReadError
        If it isn't there, or isn't a preview.
    """
    try:
        with Image.open(path) as image:
            gallery = np.asarray(image.convert("RGB"))
    except (OSError, SyntaxError, ValueError) as error:
        raise FileReadError("the preview of a run", f"{path}: {error}") from error
    parts = columns(gallery)
    if parts is None:
        raise FileReadError("the preview of a run", f"{path}: {gallery.shape[1]} pixels wide")
    return Preview(*parts)
