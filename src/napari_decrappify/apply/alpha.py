"""The alpha channel of an enlarged image."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional as F  # noqa: N812

from .tiling import Box

REACH = 4


def enlarged_alpha(alpha: npt.NDArray[Any], box: Box, scale: int) -> npt.NDArray[Any]:
    """Return a piece of a (Y, X) alpha channel enlarged by bicubic interpolation, in its own dtype.

    What interpolation overshoots is cut to the values of the pixels around, so that opaque stays opaque and nothing
    but the neighbourhood matters.
    """
    if scale == 1:
        return alpha[box.slices]
    y, x = alpha.shape
    read = box.grown(REACH, (y, x))
    values = np.ascontiguousarray(alpha[read.slices].astype(np.float64))
    fine = _bicubic(torch.from_numpy(values)[None, None], scale)[0, 0].numpy()
    fine = fine[box.seen_from(read).scaled(scale).slices]
    return (np.rint(fine) if alpha.dtype.kind in "ui" else fine).astype(alpha.dtype)


def _bicubic(values: torch.Tensor, scale: int) -> torch.Tensor:
    fine = F.interpolate(values, scale_factor=scale, mode="bicubic", align_corners=False)
    least, most = (sign * F.max_pool2d(sign * values, 3, 1, 1) for sign in (-1, 1))
    low, high = (F.interpolate(bound, scale_factor=scale, mode="nearest") for bound in (least, most))
    return fine.clamp(low, high)
