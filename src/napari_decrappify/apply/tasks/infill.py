"""Holes in an image filled by a model."""

from __future__ import annotations

from typing import Annotated, Any

from ...jobs import Call, Job, ProgressCallback
from ...parameters import Doc
from .execution import filled
from .keywords import (
    ChannelAxis,
    ChosenModel,
    Device,
    Ensemble,
    InPrecision,
    Normalized,
    OnNonFinite,
    ReturnUncertainty,
    Rgb,
    Strength,
    TileSide,
)
from .request import request


@Call
def infill(
    image: Any,
    mask: Any,
    *,
    dilate: Annotated[int, Doc("Pixels by which the mask is grown.", minimum=0, maximum=64)] = 0,
    model: ChosenModel = None,
    rgb: Rgb = None,
    channel_axis: ChannelAxis = None,
    normalize: Normalized = "auto",
    nonfinite: OnNonFinite = "raise",
    device: Device = "auto",
    precision: InPrecision = "auto",
    tile: TileSide = None,
    strength: Strength = 1.0,
    texture: Annotated[
        float,
        Doc("0 fills smoothly; towards 1 texture is invented, not for measurement.", minimum=0, maximum=1),
    ] = 1.0,
    seed: Annotated[int, Doc("Of the random search for texture: the same one gives the same pixels.", minimum=0)] = 0,
    along: Annotated[
        int | None,
        Doc("Axis of the stack whose neighbouring planes fill what they know; none if left out.", label="Borrow along"),
    ] = None,
    ensemble: Ensemble = False,
    return_uncertainty: ReturnUncertainty = False,
    progress: ProgressCallback | None = None,
) -> Job[Any]:
    """Fill holes in an image: a trained model gives their structure, and the picture around them its texture.

    A fill is a guess, however real it looks: never measure inside. What lies in a hole doesn't matter at all: it isn't
    shown to the model, doesn't count for `normalize`, and may be NaN even where `nonfinite` is "raise".

    Parameters
    ----------
    image : ndarray or dask array
        As for `upscale`.
    mask : ndarray or dask array
        What is to be filled: ``(Y, X)``, or with the image's leading axes; boolean, or labels of which 0 means keep. A
        plane that is all hole is refused, unless planes `along` an axis know it; a dask image and `along`, or a dask
        mask, can't be looked at beforehand, and make such a plane grey.
    dilate : int
        Pixels by which the mask is grown in all directions, so that the blurred rim of what is removed goes too.
    model, rgb, channel_axis, normalize, nonfinite, device, precision, ensemble, return_uncertainty, progress
        As for `upscale`. The uncertainty is that of the smooth fill, before it gets texture; 0 outside the holes.
    tile : int, optional
        As for `upscale`. Only tiles with a hole are run, and they see 256 pixels around. Measured with the bundled
        model and texture 0: for holes of up to 500 pixels tiles differ from one pass by less than 5e-5 of the range;
        where wider ones need several tiles, which are cross-faded, by up to 0.04 (600 pixels) or 0.15 (700 pixels;
        0.007 on average). By default a hole of that size alone is filled in one pass.
    strength : float
        0 gives the smooth fill from which the model starts, 1 its output with its texture, values between mix them.
    texture : float
        0 gives the model's own smooth fill; 1 the fill that has its low frequencies, and the texture of patches of the
        picture around the hole: within four times its longer side, but at least 32 and at most 96 pixels, or half of a
        large hole's longer side; values between mix them. Patches are found from coarse to fine (Wexler et al., 2007,
        "Space-time completion of video") by a random search (Barnes et al., 2009, "PatchMatch") and joined by their
        gradients (Perez et al., 2003, "Poisson image editing"). Nothing is found in the holes themselves, nor where the
        image is transparent or isn't finite. It takes a twentieth of a second for a speck, 1.5 seconds for 200 x 200
        pixels (on a core), and memory for the hole and its window, in parts of 512 pixels a side. A dask array gets
        texture plane by plane, each of which must fit into memory; with texture 0 it is filled chunk by chunk.
    seed : int
        Each hole's random search follows from it, from the hole's place and from the index of its plane: what else
        there is to fill doesn't change it, unless it hides the hole's surroundings. The same seed gives the same pixels
        on the same kind of device.
    along : int, optional
        An axis before Y and X, such as Z or T; negative ones count from the end. What planes beside a hole know of the
        place is taken from them, and the model fills the rest: a speck that is masked in every plane, and where the
        scene moves. A pixel lies between the nearest planes on both sides that know it, at most 4 planes away, or is
        that of the one side that does; gain and offset are fitted to the plane, and what is missed around the hole
        fades into it, so that bleaching and flicker leave no rim. Neighbours are trusted where, over copies of the hole
        beside it, their squared error is less than half of that of a smooth fill, noise apart, and where both sides
        agree in the hole. A plane that is all hole is interpolated. Neither `texture` nor `strength` changes what is
        borrowed, and its uncertainty is 0. A dask array is read in whole planes, at least 4 at once, and 4 on both
        sides of them.

    Returns
    -------
    ndarray or dask array, or a pair of them
        Of the image's kind, shape and dtype, and bit-identical to it outside the grown mask.

    Raises
    ------
    InvalidImageError, InvalidMaskError, InvalidParameterError, ModelNotFoundError, ModelFileError, DeviceError
        For what can't be filled, and why.
    """
    call = request(
        "infill", image, mask, dilate=dilate, model=model, rgb=rgb, channel_axis=channel_axis, normalize=normalize,
        nonfinite=nonfinite, device=device, precision=precision, tile=tile, strength=strength, ensemble=ensemble,
        uncertainty=return_uncertainty, along=along,
    )  # fmt: skip
    result, uncertainty = yield from filled(call, texture, seed)
    return (result, uncertainty) if return_uncertainty else result
