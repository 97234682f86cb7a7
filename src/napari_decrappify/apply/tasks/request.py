"""What every task does first: its image opened, its model set up, its intensities measured."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import InvalidImageError, InvalidMaskError, InvalidParameterError
from ...intensity import (
    NonFinite,
    Normalization,
    check_dtype,
    check_finite,
)
from ...models import (
    Model,
    ModelCard,
    default_model,
    load_model,
    textured_partner,
)
from ...planes import (
    Layout,
    as_array,
    is_lazy,
    is_photo,
    layout_of,
    leading_axis,
)
from ...tasks import Task, task_named
from ..engine.precision import Precision
from ..engine.run_context import Levels, RunContext, Texture, levels_for
from ..engine.tiling import Box
from ..masks import check_known, fitted
from ..source import Ranges, Source, ranges_of
from .keywords import ModelChoice

if TYPE_CHECKING:
    from ..engine.engine import Engine
    from ..engine.run_context import Plan


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
    along : int, optional
        The leading axis along which neighbouring planes lend what lies in holes.
    """

    image: Any
    layout: Layout
    mask: Any
    engine: Engine
    ranges: Ranges
    nonfinite: NonFinite
    along: int | None = None

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
            check_finite(self.image, hole=self.mask if self.engine.run_context.spec.fills else None)
        return Source(self.image, self.layout, self.ranges, self.nonfinite)


def request(
    task: Task,
    image: Any,
    mask: Any = None,
    *,
    dilate: int = 0,
    along: int | None = None,
    rgb: bool | None,
    channel_axis: int | None,
    normalize: Normalization,
    nonfinite: NonFinite,
    **run_context: Any,
) -> TaskRequest:
    """Open an image, and a mask grown by `dilate`, for a task; `run_context` is for `set_up`.

    Planes that are all hole are refused, unless they may borrow `along` an axis: who lends finds out what is left.
    """
    fills = task_named(task).fills
    image, layout = as_image(image, rgb, channel_axis)
    along = _along(along, layout)
    if mask is not None or fills:
        mask = _mask_of(mask, layout, dilate, is_lazy(image))
    if fills and along is None and not is_lazy(mask):
        check_known(mask)
    levels = levels_for(image.dtype.itemsize, layout.rgb, normalize)
    engine = set_up(task, **run_context, levels=levels, photo=is_photo(image.dtype.itemsize, layout))
    suited = engine.model.card.intensity if normalize == "auto" else normalize
    ranges = ranges_of(image, layout, suited, mask if fills else None)
    return TaskRequest(image, layout, mask, engine, ranges, nonfinite, along)


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
    photo: bool = True,
) -> Engine:
    """Find the model for a task and set it up; the uncertainty is an ensemble's. For `levels` see `RunContext`.

    Whether the image is a `photo` counts where no model is named.
    """
    from ..engine.device import choose_device
    from ..engine.engine import engine_of

    where = str(choose_device(device))
    name = default_model(task, factor, photo=photo).name if model is None else model
    loaded = load_model(name.path if isinstance(name, Model) else name, where)
    if loaded.card.task != task:
        raise InvalidParameterError(f"a model for {task}", f"{loaded.card.name}, which is for {loaded.card.task}")
    sha256 = model.sha256 if isinstance(model, Model) else loaded.sha256
    eight = ensemble or uncertainty
    mixed = _texture_for(loaded.card, texture, where) if texture else None
    path = str(loaded.path)
    kept = levels if loaded.card.levels and (levels == "all" or loaded.card.scale == 1) else "off"
    return engine_of(
        RunContext(path, sha256, where, task, precision, tile, strength, factor, eight, uncertainty, mixed, kept)
    )


def plan(
    task: Task,
    image: Any,
    factor: int = 1,
    *,
    model: ModelChoice | None = None,
    rgb: bool | None = None,
    device: str = "auto",
    precision: Precision = "auto",
    tile: int | None = None,
) -> Plan:
    """Return what a task would choose for an image: model, device, precision, tile size, halo.

    Parameters
    ----------
    task : str
        One that there is a call for.
    image : array
        Only its shape and dtype are looked at.
    factor, model, rgb, device, precision, tile
        As for the task.
    """
    image, layout = as_image(image, rgb, None)
    photo = is_photo(image.dtype.itemsize, layout)
    engine = set_up(task, model=model, device=device, precision=precision, tile=tile, factor=factor, photo=photo)
    return engine.plan(seen_yx(task, layout.yx))


def seen_yx(task: Task, yx: tuple[int, int]) -> tuple[int, int]:
    """Return the size of a plane as models for a task see it."""
    if not task_named(task).colors:
        return yx
    from ..colors.coloring import reduced_yx

    return reduced_yx(yx)


def _texture_for(card: ModelCard, share: float, device: str) -> Texture:
    partner = textured_partner(card)
    if partner is None:
        wanted = f"texture 0 for {card.name}, which has no partner that adds texture"
        raise InvalidParameterError(wanted, str(share), "Choose another model or factor.")
    return Texture(str(partner.path), load_model(partner.path, device).sha256, float(share))


def _mask_of(mask: Any, layout: Layout, dilate: int, lazily: bool) -> Any:
    mask = fitted(as_array(mask, InvalidMaskError), layout, dilate)
    return mask if lazily else np.asarray(mask)


def _along(axis: int | None, layout: Layout) -> int | None:
    found = leading_axis("along", axis, len(layout.shape), 3 if layout.rgb else 2)
    if found is not None and found == layout.channel_axis:
        advice = "Channels show different things: name the axis of the planes, or none."
        raise InvalidParameterError("along to be another axis than channel_axis", f"{axis} for both", advice)
    return found
