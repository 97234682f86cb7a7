"""Crappify, on layers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from napari.layers import Layer

from ..degrade import Crappifier, crappify
from ..degrade.operation import OPERATIONS, Step
from ..jobs import Job, Progress
from ..layers import (
    LayerData,
    Region,
    Source,
    mask_layer,
    result_layer,
    source_of,
)
from ..provenance import of_output, record
from .layer_call import LayerCall, check_keywords, origin, result_name

OWN = "own composition"
READ_AT_ONCE = 2**30  # bytes


@LayerCall
def crappify_layer(
    layer: Layer,
    preset: str | Path | Crappifier = "lesson7",
    seed: int | None = None,
    *,
    return_mask: bool = False,
    region: Region | None = None,
    name: str | None = None,
    **keywords: Any,
) -> Job[list[LayerData]]:
    """Make an image layer worse on purpose.

    Parameters
    ----------
    layer, region, name
        As for `upscale_layer`. Lazy data of more than 1 GiB stays lazy.
    preset, seed
        As for `crappify`.
    return_mask : bool
        Also return what was written over.
    **keywords
        As for `crappify`; `rgb` is the layer's.

    Returns
    -------
    Image, or (Image, Labels)
        The second with ``return_mask=True``.
    """
    values = {"preset": preset, "seed": seed, **keywords}
    check_keywords(crappify, values)
    shown = preset if isinstance(preset, str) else OWN
    source = source_of(layer, region)
    return _crappified(source, name or result_name(source, shown), values, shown, return_mask)


def _crappified(
    source: Source, name: str, values: dict[str, Any], shown: str, return_mask: bool
) -> Job[list[LayerData]]:
    pixels = source.array
    if not isinstance(pixels, np.ndarray) and pixels.nbytes <= READ_AT_ONCE:
        yield Progress(0, 1, "Reading the layer")
        pixels = np.asarray(pixels)
    made = yield from crappify.job(pixels, rgb=source.rgb, **values)
    kept = {key: value for key, value in values.items() if key not in ("seed", "fonts", "progress")}
    parameters = {**kept, "preset": shown, "rgb": source.rgb}
    if values.get("fonts") is not None:
        parameters["fonts"] = [str(font) for font in values["fonts"]]
    come_from = origin(source.name, source.region)
    done = record("crappify", parameters, seed=made.seed, steps=made.steps, source=come_from)
    factor = reduction(made.steps[0] if source.layout.leading else made.steps, source.layout.yx)
    layers = [result_layer(source, made.image, name=name, record=done, factor=factor)]
    if return_mask:
        of_mask = of_output(done, "mask")
        layers.append(mask_layer(source, made.mask, name=f"{name} mask", record=of_mask, factor=factor))
    return layers


def reduction(steps: Sequence[Step], yx: tuple[int, int]) -> tuple[float, float]:
    """Return the result's pixels for each pixel of the source, in Y and X; what a step cuts off doesn't count."""
    size, factor = np.array(yx), np.ones(2)
    for step in steps:
        values = step["values"]
        if "size" in values and OPERATIONS[step["operation"]].geometric:
            new = np.array(values["size"])
            kept = np.minimum(size, new * values["factor"]) if "factor" in values else size
            size, factor = new, factor * new / kept
    return float(factor[0]), float(factor[1])
