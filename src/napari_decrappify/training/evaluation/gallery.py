"""Pictures of evaluations: inputs, outputs and targets side by side, taken apart again, or one step beside another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

Picture: TypeAlias = npt.NDArray[np.uint8]

CAPTION = 16
GAP = 4


@dataclass(frozen=True)
class EvaluatedPicture:
    """One held-out picture: 8-bit input, output and target, and its figures."""

    input: Picture
    output: Picture
    target: Picture
    metrics: dict[str, float]


def gallery(evaluated: Sequence[EvaluatedPicture]) -> Picture:
    """Draw one row a picture: input | output | target, the input enlarged by repetition where it is smaller."""
    rows = []
    for one in evaluated:
        scale = one.target.shape[0] // one.input.shape[0]
        crappy = one.input.repeat(scale, 0).repeat(scale, 1)
        side = np.full((one.target.shape[0], GAP, 3), 255, np.uint8)
        row = np.concatenate([crappy, side, one.output, side, one.target], 1)
        rows.append(np.pad(row, ((0, GAP), (0, 0), (0, 0)), constant_values=255))
    width = max(row.shape[1] for row in rows)
    return np.concatenate([np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0))) for row in rows])


def columns(drawn: Picture) -> tuple[Picture, Picture, Picture] | None:
    """Return inputs, outputs and targets of a gallery whose pictures are of one width; None for another picture.

    Between the pictures of a column are the gaps of the gallery, and none at its end.
    """
    width, rest = divmod(drawn.shape[1] - 2 * GAP, 3)
    if rest or width < 1:
        return None
    inputs, outputs, targets = (drawn[:-GAP, n * (width + GAP) :][:, :width] for n in range(3))
    return inputs, outputs, targets


def filmstrip(frames: Sequence[tuple[int, npt.NDArray[np.uint8]]]) -> npt.NDArray[np.uint8]:
    """Draw the pictures of several steps side by side, each under its step: the same ones, to choose from by eye.

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
