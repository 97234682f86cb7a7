"""Colours to choose from: what a model takes for likely at a place of a plane."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import InvalidParameterError
from ..engine.tiling import Box
from ..tasks.keywords import ModelChoice
from ..tasks.request import request
from .coloring import on_luma, reduced, reduction
from .odds import odds_on

LUMA_SHOWN = 0.3, 0.7  # between which every hue can be seen


def suggested_colors(
    image: Any,
    place: tuple[int, int],
    count: int = 5,
    *,
    model: ModelChoice | None = None,
    rgb: bool | None = None,
    device: str = "auto",
) -> npt.NDArray[np.uint8]:
    """Return the likeliest colours of a place, the likeliest first, that can be told apart.

    Parameters
    ----------
    image : ndarray
        One plane: (Y, X), or (Y, X, 3 or 4).
    place : (int, int)
        The pixel's row and column.
    count : int
        How many; 1 or more.
    model, rgb, device
        As for `colorize`.

    Returns
    -------
    ndarray of uint8
        (count, 3), in the luma of the place or, where that is dark or bright, in a medium one.

    Raises
    ------
    InvalidParameterError
        If the place isn't in the plane, or the model doesn't choose among colours.
    """
    call = request(
        "colorize", image, model=model, rgb=rgb, channel_axis=None, normalize="auto", nonfinite="fill", device=device,
        precision="auto", tile=None,
    )  # fmt: skip
    (y, x), factor = call.layout.yx, reduction(call.layout.yx)
    if call.layout.leading or not (0 <= place[0] < y and 0 <= place[1] < x):
        raise InvalidParameterError("a pixel of one plane", f"{place} of shape {call.layout.shape}")
    luma = reduced(call.source(), (), Box(0, y, 0, x), factor)
    odds = odds_on(call.engine.run_context, luma)
    if odds is None:
        raise InvalidParameterError("a model that chooses among colours", call.engine.model.card.name)
    row, column = (at // factor for at in place)
    chroma = odds.likeliest((row, column), count)
    colors = on_luma(np.full(count, luma[row, column].clip(*LUMA_SHOWN), np.float32), chroma)
    in_bytes: npt.NDArray[np.uint8] = np.rint(255 * colors).clip(0, 255).astype(np.uint8)
    return in_bytes
