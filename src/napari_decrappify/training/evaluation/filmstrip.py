"""The filmstrip: the same pictures by every kept checkpoint, to choose from by eye."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

CAPTION = 16
GAP = 4


def filmstrip(frames: Sequence[tuple[int, npt.NDArray[np.uint8]]]) -> npt.NDArray[np.uint8]:
    """Draw columns of pictures side by side, each under its step.

    Parameters
    ----------
    frames : sequence of (int, ndarray)
        Steps, and (Y, X, 3) pictures of one size.
    """
    height, width = frames[0][1].shape[:2]
    strip = Image.new("RGB", (len(frames) * (width + GAP) - GAP, height + CAPTION), "white")
    pen = ImageDraw.Draw(strip)
    for number, (step, picture) in enumerate(frames):
        left = number * (width + GAP)
        strip.paste(Image.fromarray(picture), (left, CAPTION))
        pen.text((left + 2, 2), f"step {step}", fill="black")
    return np.asarray(strip)
