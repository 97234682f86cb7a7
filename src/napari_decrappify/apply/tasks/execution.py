"""How what is asked for is done: at once, plane by plane, or by dask, chunk by chunk."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ...jobs import Job
from ...models import DamageRule
from ..masks import Mask
from ..source import Source
from .request import TaskRequest


def transformed(call: TaskRequest) -> Job[Any]:
    """Return the image with every pixel put through the net; with its uncertainty, if it is to be told."""
    from ..lazy import lazily_transformed
    from ..transformation import Transformation

    if call.lazy:
        result, uncertainty = lazily_transformed(call)
    else:
        result, uncertainty = yield from Transformation(call.source(), call.engine, call.region).run()
    return result if uncertainty is None else (result, uncertainty)


def colored(call: TaskRequest) -> Job[Any]:
    """Return the image in colour; with its uncertainty, if it is to be told."""
    from ..coloring import Colorization
    from ..lazy_coloring import lazily_colored

    if call.lazy:
        result, uncertainty = lazily_colored(call)
    else:
        result, uncertainty = yield from Colorization(call.source(), call.engine).run()
    return result if uncertainty is None else (result, uncertainty)


def replaced(call: TaskRequest, rule: DamageRule | None = None) -> Job[tuple[Any, Any, Any]]:
    """Return the image with pixels replaced under its mask, or by a rule; the mask that was used; the uncertainty."""
    from ..lazy import lazily_replaced
    from ..replacement import Replacement

    if call.lazy:
        return lazily_replaced(call, rule)
    where = call.mask if rule is None else rule
    return (yield from Replacement(call.source(), call.engine, call.region, where).run())


def unmarked(call: TaskRequest, rule: DamageRule, further: Mapping[str, Any]) -> Job[tuple[Any, Any]]:
    """Return the image without its marks, and the mask of what changed; `further` is for the infill of what is hidden.

    What shines through a mark is kept; what doesn't is filled.
    """
    from ..lazy import lazily_unmarked
    from ..marks.removal import MarkRemoval
    from .infill import infill

    if call.lazy:
        result, changed, holes = lazily_unmarked(call, rule)
        return infill(result, holes, **further), changed
    removed = yield from MarkRemoval(call.source(), call.engine, rule, call.mask).run()
    if not removed.holes.any():
        return removed.image, removed.changed
    result = yield from infill.job(removed.image, _knowable(removed.holes), **further)
    return result, removed.changed


def mixed(call: TaskRequest, result: Any, changed: Any) -> Any:
    """Return the mixture of image and result that the strength asks for, where anything changed; of either kind."""
    strength = call.engine.run_context.strength
    if strength == 1:
        return result
    image, where = call.image, changed[..., None] if call.layout.rgb else changed
    between = (1 - strength) * image + strength * result
    between = np.rint(between) if image.dtype.kind in "ui" else between
    return np.where(where, between.astype(image.dtype), image)


def _knowable(holes: Mask) -> Mask:
    """Return holes without planes that are nothing else: there, the smooth fill is all there can be."""
    whole: Mask = holes.all((-2, -1), keepdims=True)
    return holes & ~whole


def filled(call: TaskRequest, texture: float, seed: int) -> Job[tuple[Any, Any]]:
    """Return the image with the holes of its mask filled, with so much texture; the uncertainty of the smooth fill."""
    from ..lazy import lazily_textured
    from ..texture.texturing import Texturing

    result, used, uncertainty = yield from replaced(call)
    share = texture * call.engine.run_context.strength
    if share:
        texturing = Texturing(share, seed, str(call.engine.device))
        if call.lazy:
            return lazily_textured(call, result, used, texturing), uncertainty
        yield from texturing.run(Source(result, call.layout, call.ranges, call.nonfinite), used, result)
    return result, uncertainty
