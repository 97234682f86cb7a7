"""A task done with one picture of a batch: its call, the record of it, and what is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from ..apply.marks.counts import HeardCounts
from ..files import BatchItem, ImageFile
from ..jobs import Call, Job, overheard
from ..models import Model, default_model, load_model
from ..parameters import parameters_of
from ..planes import is_photo, layout_of
from ..provenance import HintArrays, record
from ..tasks import TaskSpec, call_named
from .masks import Masks
from .results import axes_of, check_extra, check_result, write_mask, write_result, write_uncertainty

EXTRAS = {
    "mask": "also write the mask that was used to NAME.mask.png",
    "uncertainty": "also write how far the eight answers of an ensemble spread to NAME.uncertainty.tif; "
    "implies --ensemble",
}
"""What calls can return beside the image, and what asking for it does."""


@dataclass(frozen=True)
class TaskWork:
    """What a batch does with each picture.

    Parameters
    ----------
    spec : TaskSpec
        The task.
    keywords : mapping
        Of its call; its own defaults stand for the rest, and what each file knows of its axes.
    masks : Masks
        The masks of the pictures.
    hints : (ndarray of uint8, ndarray of bool), optional
        Colours that hold, for the only picture.
    saved : str, optional
        What of `EXTRAS` is to be written beside each image; a call returns one thing at most.
    force : bool
        Whether files that exist are replaced.
    record_beside : bool
        Whether the record is written beside each image, too.
    """

    spec: TaskSpec
    keywords: Mapping[str, Any] = field(default_factory=dict)
    masks: Masks = field(default_factory=Masks)
    hints: HintArrays | None = None
    saved: str | None = None
    force: bool = False
    record_beside: bool = False

    @property
    def call(self) -> Call[..., Any]:
        """The task's call on arrays."""
        call: Call[..., Any] = call_named(self.spec.operation)
        return call

    @property
    def factor(self) -> int | None:
        """How much larger results are, for a task that enlarges."""
        if not self.spec.scales:
            return None
        factor: int = self.keywords.get("factor", parameters_of(self.call)["factor"].default)
        return factor

    @cached_property
    def model(self) -> Model | None:
        """The model that runs; None where a mark is taken off that is known, which needs none.

        Raises
        ------
        ModelNotFoundError, ModelFileError
            If there is none, or it is damaged.
        """
        if "mark" in self.keywords:
            return None
        return load_model(self.keywords.get("model") or default_model(self.spec.name, self.factor).name)

    def job(self, item: BatchItem, image: ImageFile) -> Job[None]:
        """Put a picture through the call, and write what comes of it, whole or not at all.

        Raises
        ------
        DecrappifyError
            For what can't be done with it, or written.
        """
        implied = {"ensemble": True} if self.saved == "uncertainty" else {}
        these, mask = axes_of(image, {**self.keywords, **implied}), self.masks.of(item)
        check_result(item, image, these, self.factor or 1)
        self._check_extra(item, image, these)
        drawn = {name: value for name, value in (("mask", mask), ("hints", self.hints)) if value is not None}
        made, marks = yield from self._made(image, {**drawn, **these})
        result, *further = made if self.saved else (made,)
        kept = {name: value for name, value in these.items() if name != "model"}
        model, chosen = self._model_for(image, these)
        how = record(self.spec.operation, kept, model=model, mask=mask, hints=self.hints, marks=marks, chosen=chosen)
        write_result(item, result, image.metadata, how, force=self.force, beside=self.record_beside)
        for extra in further:
            if self.saved == "mask":
                write_mask(item, extra, self.force)
            else:
                write_uncertainty(item, extra, image.metadata, self.force)

    def _model_for(self, image: ImageFile, keywords: Mapping[str, Any]) -> tuple[Model | None, str | None]:
        """Return the model that the call takes, which may depend on the image where none is named; and why that is."""
        if keywords.get("model") or "mark" in keywords or not self.spec.elsewhere:
            return self.model, None
        axes = {name: keywords.get(name) for name in ("rgb", "channel_axis")}
        photo = is_photo(image.array.dtype.itemsize, layout_of(image.array.shape, **axes))
        return load_model(default_model(self.spec.name, photo=photo).name), self.spec.default_reason(photo=photo)

    def _made(self, image: ImageFile, keywords: Mapping[str, Any]) -> Job[tuple[Any, dict[str, int] | None]]:
        """Return what the call makes of an image, and the counts of its marks."""
        asked = {} if self.saved is None else {f"return_{self.saved}": True}
        heard = HeardCounts()
        made = yield from overheard(self.call.job(image.array, **keywords, **asked), heard)
        return made, heard.marks

    def _check_extra(self, item: BatchItem, image: ImageFile, keywords: Mapping[str, Any]) -> None:
        if self.saved is not None:
            known = {name: keywords.get(name) for name in ("rgb", "channel_axis")}
            layout = layout_of(image.array.shape, **known)
            check_extra(item, self.saved, bool(layout.leading), self.force)
