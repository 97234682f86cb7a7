"""What every task does first: the image understood, its model set up, its intensities measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import InvalidImageError, InvalidMaskError, InvalidParameterError
from ..intensity import (
    NonFinite,
    Normalization,
    check_dtype,
    check_finite,
)
from ..models import (
    Model,
    ModelCard,
    Task,
    default_model,
    load_model,
    textured_partner,
)
from ..planes import (
    Layout,
    as_array,
    is_lazy,
    layout_of,
)
from .engine.precision import Precision
from .engine.run_context import Levels, RunContext, Texture, levels_for
from .engine.tiling import Box
from .keywords import ModelChoice
from .masks import check_known, fitted
from .source import Ranges, Source, ranges_of

if TYPE_CHECKING:
    from .engine.engine import Engine


@dataclass(frozen=True)
class TaskRequest:
    """An image, ready for its task.

    Attributes
    ----------
    image : ndarray or dask array
        As it was given.
    layout : Layout
        Its axes.
    mask : ndarray or dask array of bool, optional
        ``(..., Y, X)``: where alone anything may change. It is a dask array only if the image is one.
    engine : Engine
        The model, set up.
    ranges : Ranges
        The intensities that become 0 and 1.
    nonfinite : {"raise", "fill"}
        What NaN and infinities lead to.
    """

    image: Any
    layout: Layout
    mask: Any
    engine: Engine
    ranges: Ranges
    nonfinite: NonFinite

    @property
    def lazy(self) -> bool:
        """Whether the image is a dask array."""
        return is_lazy(self.image)

    @property
    def region(self) -> Box:
        """All of a plane."""
        y, x = self.layout.yx
        return Box(0, y, 0, x)

    def source(self) -> Source:
        """Return a NumPy image as its net sees it, its values checked; in a hole to be filled they may be anything."""
        if self.nonfinite == "raise":
            check_finite(self.image, hole=self.mask if self.engine.run_context.task == "infill" else None)
        return Source(self.image, self.layout, self.ranges, self.nonfinite)


def request(
    task: Task,
    image: Any,
    mask: Any = None,
    *,
    dilate: int = 0,
    rgb: bool | None,
    channel_axis: int | None,
    normalize: Normalization,
    nonfinite: NonFinite,
    **run_context: Any,
) -> TaskRequest:
    """Open an image, and a mask grown by `dilate`, for a task; `run_context` is for `set_up`."""
    image, layout = as_image(image, rgb, channel_axis)
    if mask is not None or task == "infill":
        mask = _mask_of(task, mask, layout, dilate, is_lazy(image))
    levels = levels_for(image.dtype.itemsize, layout.rgb, normalize)
    engine = set_up(task, **run_context, levels=levels)
    suited = engine.model.card.intensity if normalize == "auto" else normalize
    ranges = ranges_of(image, layout, suited, mask if task == "infill" else None)
    return TaskRequest(image, layout, mask, engine, ranges, nonfinite)


def as_image(image: Any, rgb: bool | None, channel_axis: int | None) -> tuple[Any, Layout]:
    """Return an image as an array, and its axes."""
    image = as_array(image, InvalidImageError)
    check_dtype(image.dtype)
    return image, layout_of(image.shape, rgb=rgb, channel_axis=channel_axis)


def set_up(
    task: Task,
    *,
    model: ModelChoice | None,
    device: str,
    precision: Precision,
    tile: int | None,
    strength: float = 1.0,
    factor: int = 1,
    ensemble: bool = False,
    uncertainty: bool = False,
    texture: float = 0.0,
    levels: Levels = "off",
) -> Engine:
    """Find the model for a task and set it up; the uncertainty is an ensemble's. For `levels` see `RunContext`."""
    from .engine.device import choose_device
    from .engine.engine import engine_of

    where = str(choose_device(device))
    name = default_model(task, factor).name if model is None else model
    loaded = load_model(name.path if isinstance(name, Model) else name, where)
    if loaded.card.task != task:
        raise InvalidParameterError(f"a model for {task}", f"{loaded.card.name}, which is for {loaded.card.task}")
    sha256 = model.sha256 if isinstance(model, Model) else loaded.sha256
    eight = ensemble or uncertainty
    mixed = _texture_for(loaded.card, texture, where) if texture else None
    path = str(loaded.path)
    kept = levels if loaded.card.levels and (levels == "all" or loaded.card.scale == 1) else "off"
    return engine_of(
        RunContext(path, sha256, where, precision, tile, strength, factor, task, eight, uncertainty, mixed, kept)
    )


def _texture_for(card: ModelCard, share: float, device: str) -> Texture:
    partner = textured_partner(card)
    if partner is None:
        wanted = f"texture 0 for {card.name}, which has no partner that adds texture"
        raise InvalidParameterError(wanted, str(share), "Choose another model or factor.")
    return Texture(str(partner.path), load_model(partner.path, device).sha256, float(share))


def _mask_of(task: Task, mask: Any, layout: Layout, dilate: int, lazily: bool) -> Any:
    mask = fitted(as_array(mask, InvalidMaskError), layout, dilate)
    mask = mask if lazily else np.asarray(mask)
    if task == "infill" and not is_lazy(mask):
        check_known(mask)
    return mask
