"""A task with a model as a job on a layer's pixels: everything from the layer to the described results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt
from napari.layers import Layer

from ..apply.engine.estimate import EstimateRequest
from ..apply.marks.counts import HeardCounts
from ..errors import InvalidMaskError, InvalidParameterError
from ..jobs import Job, Progress, overheard
from ..layer_masks import LayerMask, hints_of
from ..layers import (
    LayerData,
    Source,
    mask_layer,
    result_layer,
    uncertainty_layer,
)
from ..provenance import HintArrays, of_output, record
from ..tasks import TaskSpec, call_named, task_of
from .layer_call import check_keywords, origin, result_name
from .on_disk import layer_on_disk, target_of, volume_of
from .shared_range import Painter, range_around

if TYPE_CHECKING:
    from ..models import Model

AnyMask: TypeAlias = Layer | LayerMask | npt.NDArray[Any]
AnyHints: TypeAlias = Layer | tuple[npt.NDArray[Any], npt.NDArray[Any]]

EXTRAS = {"mask": mask_layer, "uncertainty": uncertainty_layer}
SHARE_OF_FREE = 0.5


def model_job(
    operation: str,
    source: Source,
    name: str | None,
    keywords: dict[str, Any],
    mask: AnyMask | None = None,
    *,
    hints: AnyHints | None = None,
    factor: int = 1,
    done: str | None = None,
) -> Job[list[LayerData]]:
    """Return the job of a task on a source; its keywords are checked, and its mask looked at, before it starts.

    Parameters
    ----------
    operation : str
        Name of the call.
    source : Source
        What it works on.
    name : str, optional
        Of the result layer; the source's, and what was done to what part of it, by default.
    keywords : dict
        Of the call, apart from the image, `rgb` and the mask; and `to_disk`, where the result goes.
    mask : Layer, LayerMask or ndarray, optional
        The second argument of the call.
    hints : Layer or (ndarray, ndarray), optional
        The same of a call that takes colours.
    factor : int
        Pixels of the model's output for each of the source, along Y and X.
    done : str, optional
        What is done, in words, where the model's card can't say it.
    """
    spec = task_of(operation)
    to_disk, keywords = keywords.get("to_disk"), {key: value for key, value in keywords.items() if key != "to_disk"}
    target = None if to_disk is None else target_of(to_disk)
    check_keywords(call_named(operation), keywords)
    rest = {key: value for key, value in keywords.items() if key not in ("model", "progress")}
    if rest.get("return_uncertainty"):
        rest["ensemble"] = True  # implied; a record that says so gives the same pixels without the uncertainty
    paint, drawn = painting(mask, source)
    color, colored = _coloring(hints, source)
    hole = None
    if source.around is not None and spec.fills:
        hole, _ = painting(mask, source.around)
    growth = 3 if spec.colors and not source.rgb else factor**2
    called = name or (result_name(source, done) if done else None)
    return ModelJob(
        spec, source, called, rest, paint, hole, drawn, color, colored, factor, growth, keywords.get("model"), target
    ).steps()


@dataclass(frozen=True)
class ModelJob:
    """A task, what it works on and what it is told, all taken from the layers and checked."""

    spec: TaskSpec
    source: Source
    name: str | None
    keywords: dict[str, Any]
    paint: Painter | None = None
    hole: Painter | None = None  # of what the source is a part of
    drawn: dict[str, Any] | None = None
    color: Callable[[], HintArrays | None] | None = None
    colored: dict[str, Any] | None = None
    factor: int = 1
    growth: int = 1  # bytes of the result for each of the source
    model: Any = None
    target: Path | None = None  # on disk

    def steps(self) -> Job[list[LayerData]]:
        """Load the model, if one is asked, and the pixels, paint mask and hints, run the task, describe the results."""
        if self.target is not None:
            return (yield from self._written((yield from self._started()), self.target))
        model = None if self._modelless else (yield from self._started())
        pixels = yield from self._read()
        mask = None if self.paint is None else self.paint()
        hints = None if self.color is None else self.color()
        given = {name: value for name, value in (("mask", mask), ("hints", hints)) if value is not None}
        keywords = {"rgb": self.source.rgb, **self.keywords, **({} if model is None else self._shared_range(model))}
        if keywords.get("shared"):
            keywords = yield from self._with_mark(pixels, mask, keywords)
        heard = HeardCounts()
        job = call_named(self.spec.operation).job(pixels, model=model, **given, **keywords)
        made = yield from overheard(job, heard)
        return self._described(
            made,
            self._called(model),
            record(
                self.spec.operation,
                keywords,
                model=model,
                mask=mask,
                hints=hints,
                source=origin(self.source.name, self.source.region, self.drawn, hints and self.colored),
                marks=heard.marks,
                chosen=None if self.model else self.spec.default_reason(photo=self.source.photo),
            ),
        )

    @property
    def _modelless(self) -> bool:
        """Whether a mark is taken off that is known, or solved from what planes have in common: no net finds it."""
        return bool(self.keywords.get("shared")) or self.keywords.get("mark") is not None

    def _started(self) -> Job[Model]:
        """Load the model, and say what is about to run."""
        model = yield from self._loaded()
        yield Progress(0, 1, "Starting", self._estimate_request(model))
        return model

    def _written(self, model: Model, target: Path) -> Job[list[LayerData]]:
        """Do the task region by region, from the layer to disk; describe what is there then."""
        from ..volumes import written_to_zarr

        mask = None if self.paint is None else self.paint()
        hints = None if self.color is None else self.color()
        keywords = {"rgb": self.source.rgb, **self.keywords, **self._shared_range(model), "model": model}
        came = origin(self.source.name, self.source.region, self.drawn, hints and self.colored)
        told = keywords if hints is None else {**keywords, "hints": hints}
        volume = volume_of(self.source, keywords.get("channel_axis"))
        yield from written_to_zarr(self.spec.operation, volume, target, mask, told, origin=came)
        return [layer_on_disk(target, self.source, self._called(model), self.factor)]

    def _with_mark(self, pixels: Any, mask: Any, keywords: dict[str, Any]) -> Job[dict[str, Any]]:
        """Return the keywords with the mark that the planes share, so that the record says what it is."""
        from ..apply.tasks import solve_mark

        known = {name: keywords[name] for name in ("rgb", "nonfinite") if name in keywords}
        mark = yield from solve_mark.job(pixels, mask, **known)
        return {**keywords, "shared": False, "mark": mark}

    def _loaded(self) -> Job[Model]:
        from .. import models

        if isinstance(self.model, models.Model):
            return self.model
        chosen = self.model or models.default_model(self.spec.name, self.factor, photo=self.source.photo).name
        yield Progress(0, 1, f"Loading model {chosen}")
        return models.load_model(chosen)

    def _estimate_request(self, model: Model) -> EstimateRequest:
        """Return what is about to run, for who wants to know how long it will take."""
        keywords = {"device": "auto", "precision": "auto", "tile": None, **self.keywords, "model": model}
        source = self.source
        return EstimateRequest(self.spec.name, source.layout, source.array.dtype.itemsize, keywords, self.paint)

    def _read(self) -> Job[Any]:
        from ..apply.engine.device import choose_device, free_memory

        pixels = self.source.array
        room = SHARE_OF_FREE * free_memory(choose_device("cpu"))
        if not isinstance(pixels, np.ndarray) and pixels.nbytes * (1 + self.growth) <= room:
            yield Progress(0, 1, "Reading the layer")
            pixels = np.asarray(pixels)
        return pixels

    def _shared_range(self, model: Model) -> dict[str, Any]:
        """Return the normalisation of a part as that of what it is a part of."""
        normalize = self.keywords.get("normalize", "auto")
        suited = model.card.intensity if normalize == "auto" else normalize
        dilate = self.keywords.get("dilate", 0)
        found = range_around(self.source, suited, self.keywords.get("channel_axis"), self.hole, dilate)
        return {} if found is None else {"normalize": found}

    def _called(self, model: Model | None) -> str:
        """Return the name of the result layer."""
        done = self.spec.result if model is None else model.card.result
        return self.name or result_name(self.source, f"x{self.factor} {done}" if self.spec.scales else done)

    def _described(self, made: Any, name: str, done: dict[str, Any]) -> list[LayerData]:
        wanted = [extra for extra in EXTRAS if self.keywords.get(f"return_{extra}")]
        image, *extras = made if wanted else (made,)
        factor = self.keywords.get("exact") or self.factor
        layers = [result_layer(self.source, image, name=name, record=done, factor=factor)]
        for extra, values in zip(wanted, extras, strict=True):
            of_it = of_output(done, extra)
            layers.append(EXTRAS[extra](self.source, values, name=f"{name} {extra}", record=of_it, factor=factor))
        return layers


def _coloring(
    hints: AnyHints | None, source: Source
) -> tuple[Callable[[], HintArrays | None] | None, dict[str, Any] | None]:
    """Return what makes hints, in the worker, and what the record says of the layer that they are from."""
    if isinstance(hints, Layer):
        return hints_of(hints, source), {"layer": hints.name}
    if hints is None or (isinstance(hints, tuple) and len(hints) == 2):
        return (None if hints is None else lambda: hints), None
    raise InvalidParameterError("a labels or points layer, or (colours, mask), as the hints", type(hints).__name__)


def painting(mask: AnyMask | None, source: Source) -> tuple[Painter | None, dict[str, Any] | None]:
    """Return what paints a mask, in the worker, and what the record says of the layer that it is from."""
    if mask is None or isinstance(mask, np.ndarray):
        return (None if mask is None else lambda: mask), None
    chosen = LayerMask(mask) if isinstance(mask, Layer) else mask
    if not isinstance(chosen, LayerMask):
        raise InvalidMaskError("a layer, a LayerMask or a NumPy array as the mask", type(mask).__name__)
    labels = None if chosen.labels is None else sorted(int(label) for label in chosen.labels)
    radius = None if chosen.radius is None else float(chosen.radius)
    drawn = {
        "labels": labels,
        "threshold": float(chosen.threshold),
        "dilate": int(chosen.dilate),
        "radius": radius,
        "every_plane": bool(chosen.every_plane),
    }
    return chosen.painted_on(source), {"layer": chosen.layer.name, **drawn}
