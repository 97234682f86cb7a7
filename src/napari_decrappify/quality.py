"""How near a picture is to its reference: PSNR, luma as super-resolution papers measure it, and SSIM."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .errors import InvalidImageError, InvalidMaskError, InvalidParameterError

Array: TypeAlias = npt.NDArray[Any]

# ITU-R BT.601, 8-bit studio range: what MATLAB's rgb2ycbcr gives, and with it the published tables.
_LUMA = np.array([65.481, 128.553, 24.966]) / 255.0
_BLACK = 16.0


def luma(rgb: Array) -> npt.NDArray[np.float64]:
    """Return the BT.601 Y channel (16 to 235) of an 8-bit RGB image, not rounded.

    Parameters
    ----------
    rgb : ndarray
        (..., 3) or (..., 4) values from 0 to 255; alpha is ignored.
    """
    if rgb.ndim < 1 or rgb.shape[-1] not in (3, 4):
        raise InvalidImageError("an RGB or RGBA image, (..., 3 or 4)", f"shape {rgb.shape}")
    result: npt.NDArray[np.float64] = rgb[..., :3].astype(np.float64) @ _LUMA + _BLACK
    return result


def psnr(image: Array, reference: Array, *, peak: float = 255.0, mask: Array | None = None, border: int = 0) -> float:
    """Return the peak signal-to-noise ratio in dB; infinite where the two are equal.

    Parameters
    ----------
    image, reference : ndarray
        (Y, X) or (Y, X, C), of one shape.
    peak : float
        The largest value that the pixels can have.
    mask : ndarray of bool, optional
        (Y, X): only these pixels count, in all their channels.
    border : int
        So many pixels at each edge don't count (super-resolution papers leave out `scale` of them).

    Raises
    ------
    InvalidImageError, InvalidMaskError, InvalidParameterError
        For two shapes, an empty mask, or a border that leaves nothing.
    """
    image, reference = _without_border(image, reference, border)
    difference = image.astype(np.float64) - reference.astype(np.float64)
    if mask is not None:
        difference = difference[_inside(mask, image.shape, border)]
    error = float(np.mean(np.square(difference)))
    return float("inf") if error == 0 else float(10 * np.log10(peak * peak / error))


def ssim(image: Array, reference: Array, *, peak: float = 255.0, border: int = 0) -> float:
    """Return the mean structural similarity, with the Gaussian window of Wang et al. (2004): 1 where the two are equal.

    Parameters
    ----------
    image, reference : ndarray
        (Y, X) or (Y, X, C), of one shape, 11 pixels or more on each side after the border is cut.
    peak : float
        The largest value that the pixels can have.
    border : int
        So many pixels at each edge don't count.
    """
    from skimage.metrics import structural_similarity  # half a second to import

    image, reference = _without_border(image, reference, border)
    if min(image.shape[:2]) < 11:
        raise InvalidImageError("images of 11 x 11 pixels or more inside the border", f"shape {image.shape}")
    similarity = structural_similarity(  # type: ignore[no-untyped-call]
        image.astype(np.float64),
        reference.astype(np.float64),
        data_range=peak,
        channel_axis=2 if image.ndim == 3 else None,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    return float(similarity)


def _without_border(image: Array, reference: Array, border: int) -> tuple[Array, Array]:
    if image.shape != reference.shape:
        raise InvalidImageError(f"an image of the reference's shape {reference.shape}", f"shape {image.shape}")
    if border < 0 or 2 * border >= min(image.shape[:2]):
        raise InvalidParameterError(f"border from 0 to less than half of {min(image.shape[:2])} pixels", repr(border))
    inner = slice(border, -border or None)
    return image[inner, inner], reference[inner, inner]


def _inside(mask: Array, shape: tuple[int, ...], border: int) -> Array:
    inner = mask[border : -border or None, border : -border or None]
    if mask.dtype != bool or inner.shape != shape[:2]:
        raise InvalidMaskError("a boolean mask of the image's height and width", f"{mask.dtype} of shape {mask.shape}")
    if not inner.any():
        raise InvalidMaskError("a mask with at least one pixel", "an empty mask")
    return inner
