"""Whether noise differs from pixel to pixel, as nets must be sure of that learn from noisy pictures alone."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...degrade.pictures import as_unit, smooth
from ...training.data.picture_source import Pictures

SIGMA = 2.0  # pixels: what is smoother counts as picture
WHITE = -0.055  # correlation of neighbours that taking such a smooth picture away leaves in white noise
BLOCK, SIDE, LOOKED_AT = 16, 256, 16  # pixels a side of a block and of a crop, and crops
FLAT = 0.25  # the share of blocks, the flattest, in which what isn't smooth is taken for noise
CORRELATED = 0.15
ALONG = ("columns", "rows")
ADVICE = {
    ("rows",): "Choose the recipe noise2void-rows, which hides whole stretches of them.",
    ("columns",): "Choose the recipe noise2void-columns, which hides whole stretches of them.",
    ALONG: "So it does after JPEG, resampling or deconvolution, and where there is hardly any: use images as the "
    "detector gave them.",
}


def noise_correlation(pictures: Pictures) -> tuple[float, float]:
    """Return how far noise agrees with that of the next pixel, along Y and along X: 0 if not at all, 1 if wholly.

    The picture is taken away by a smooth copy, and only its flattest blocks are looked at; 0 for what has no noise.
    """
    chosen = np.unique(np.linspace(0, len(pictures) - 1, LOOKED_AT).astype(int))
    found = [_correlation(_centre(pictures, int(index))) for index in chosen if pictures.readable(int(index))]
    y, x = (float(np.median(values)) for values in zip(*found, strict=True)) if found else (0.0, 0.0)
    return y, x


def noise_warnings(pictures: Pictures) -> tuple[str, ...]:
    """Say, in whole sentences, that noise goes on from pixel to pixel, if it does."""
    measured = noise_correlation(pictures)
    lines = tuple(name for name, value in zip(ALONG, measured, strict=True) if value > CORRELATED)
    if not lines:
        return ()
    text = f"The noise goes on from pixel to pixel along {' and '.join(lines)} (correlation {max(measured):.2f})"
    return (f"{text}: such noise can be foretold as the picture can, and stays. {ADVICE[lines]}",)


def _centre(pictures: Pictures, index: int) -> npt.NDArray[np.float32]:
    """Return the mean over colours of a picture's middle."""
    height, width = pictures.shape(index)
    high, wide = min(height, SIDE), min(width, SIDE)
    crop = pictures.crop(index, (height - high) // 2, (width - wide) // 2, high, wide)
    grey: npt.NDArray[np.float32] = as_unit(crop).mean(axis=-1)
    return grey


def _correlation(plane: npt.NDArray[np.float32]) -> tuple[float, float]:
    """Return the correlation of what isn't smooth with that of the next pixel along Y and X, in flat blocks."""
    picture = smooth(plane, SIGMA)
    noise, steps = plane - picture, np.hypot(*np.gradient(picture))
    products = (noise * noise, noise[:-1] * noise[1:], noise[:, :-1] * noise[:, 1:])
    flat = _blocks(steps)
    where = flat <= np.quantile(flat, FLAT)
    variance, *neighbours = (float(_blocks(product)[where].mean()) for product in products)
    y, x = (0.0 if variance <= 0 else value / variance - WHITE for value in neighbours)
    return y, x


def _blocks(values: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Return means over blocks; what is left of a block at the far edges doesn't count, but where there is no other."""
    y, x = (-(-n // BLOCK) for n in values.shape)
    whole = np.pad(values, ((0, y * BLOCK - values.shape[0]), (0, x * BLOCK - values.shape[1])), mode="reflect")
    means: npt.NDArray[np.float32] = whole.reshape(y, BLOCK, x, BLOCK).mean((1, 3))
    return means
