"""Old photos repaired: scratches, folds, dust and stains, grain, faded tones."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Any

import numpy as np

from ...jobs import Call, Job, ProgressCallback
from ...parameters import Doc
from ...tasks import task_named
from .keywords import ChannelAxis, ChosenModel, Device, InPrecision, Normalized, OnNonFinite, Rgb, TileSide
from .request import TaskRequest, request
from .restore import restore

DENOISER = task_named("old-photo").uses["grain"]


@Call
def repair_photo(
    image: Any,
    mask: Any = None,
    *,
    scratches: Annotated[bool, Doc("Find scratches, folds, dust, hairs and stains, and fill them.")] = True,
    fading: Annotated[bool, Doc("Give faded tones back their black and white, and take casts away.")] = True,
    grain: Annotated[bool, Doc("Take grain and noise away, and fine texture that is as weak.")] = False,
    return_mask: Annotated[
        bool, Doc("Also return the mask of the damage that was replaced.", label="Damage as labels")
    ] = False,
    strength: Annotated[float, Doc("How far tones are corrected: 0 leaves them.", minimum=0, maximum=1)] = 1.0,
    dilate: Annotated[int, Doc("Pixels by which the damage that was found is grown.", minimum=0, maximum=64)] = 0,
    model: ChosenModel = None,
    rgb: Rgb = None,
    channel_axis: ChannelAxis = None,
    normalize: Normalized = "auto",
    nonfinite: OnNonFinite = "raise",
    device: Device = "auto",
    precision: InPrecision = "auto",
    tile: TileSide = None,
    texture: Annotated[
        float,
        Doc("0 fills smoothly; towards 1 texture is invented, not for measurement.", minimum=0, maximum=1),
    ] = 1.0,
    seed: Annotated[int, Doc("Of the random search for texture: the same one gives the same pixels.", minimum=0)] = 0,
    progress: ProgressCallback | None = None,
) -> Job[Any]:
    """Repair the scan of an old photo: its damage, and its faded tones.

    Parameters
    ----------
    image : ndarray or dask array
        As for `upscale`.
    mask : ndarray, optional
        Where the damage is, as for `remove_watermark`: only there is anything filled. Without it the model finds the
        damage: where its probability, the mean over the scales on the model's card, is above the threshold there, near
        something that is surer.
    scratches : bool
        Fill the damage: with what `infill` makes of what lies around, and what the model sees shine through, each as
        far as it can be trusted; what it lightens, as the shadow of a fold, keeps its detail, and wide holes that
        nothing shines through get texture. Nothing else changes then, so with ``fading=False`` and ``grain=False`` the
        result is bit-identical to the image outside the mask.
    fading : bool
        Correct tones by a rising curve for each channel, which clips nothing: .5% of the darkest and brightest pixels
        become nearly black and white, and a cast goes as far as three guesses agree (the mean is grey; the brightest is
        white; the mean edge is grey, van de Weijer et al., 2007). A print whose colours follow from its luma alone, a
        sepia one, say, is monochrome on purpose: its tones are corrected, and its tone is left. What is measured are
        medians of small blocks, without the even borders of a scan. White is the image's own: 255, as many bits as
        the values of unsigned integers take, 1 for floats within [0, 1], else the greatest value. A stack shares its
        tones, a channel along `channel_axis` has its own, and with ``normalize="percentile-per-plane"`` each plane.
    grain : bool
        Run the model `denoise` over all of the image, before its tones are corrected.
    return_mask : bool
        Return ``(image, mask)`` with the damage, (..., Y, X).
    strength : float
        Of `fading`: 0 leaves the tones, 1 corrects all, values between mix them.
    dilate : int
        Pixels by which damage that was found is grown. A mask that was given is used as it is.
    model, rgb, channel_axis, normalize, nonfinite, device, precision, tile, progress
        As for `upscale`; the model is the one that finds damage. Outside the mask NaN stays NaN.
    texture, seed
        As for `infill`.

    Returns
    -------
    ndarray or dask array, or a pair of them
        Of the image's kind, shape and dtype.

    Raises
    ------
    InvalidImageError, InvalidMaskError, InvalidParameterError, ModelNotFoundError, ModelFileError, DeviceError
        For what can't be done, and why.
    """
    from ..photo.mending import mended
    from ..photo.toning import toned

    call = request(
        "old-photo", image, mask, model=model, rgb=rgb, channel_axis=channel_axis, normalize=normalize,
        nonfinite=nonfinite, device=device, precision=precision, tile=tile,
    )  # fmt: skip
    keywords: dict[str, Any] = {
        "rgb": call.layout.rgb, "channel_axis": call.layout.channel_axis, "normalize": normalize,
        "nonfinite": nonfinite, "device": device, "precision": precision, "tile": tile,
    }  # fmt: skip
    result, used = call.image, _nothing(call)
    if scratches:
        rule = replace(call.engine.model.card.damage_rule, dilate=dilate) if mask is None else None
        result, used = yield from mended(call, rule, keywords, texture, seed)
    if grain:
        result = yield from restore.job(result, model=DENOISER, **keywords)
    if fading and strength:
        per_plane = normalize == "percentile-per-plane"
        result = yield from toned(result, call.image, call.layout, strength, per_plane)
    if result is call.image and not call.lazy:
        result = result.copy()
    return (result, used if mask is None else used.copy()) if return_mask else result


def _nothing(call: TaskRequest) -> Any:
    """Return a mask that marks nothing, of the image's kind."""
    shape = (*call.layout.leading, *call.layout.yx)
    if not call.lazy:
        return np.zeros(shape, bool)
    import dask.array

    return dask.array.zeros(shape, dtype=bool, chunks=call.image.chunks[: len(shape)])
