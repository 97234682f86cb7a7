"""What the docks that run a model share: the fields of their call, the choice of the model and what it can't do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..jobs import Job
from ..layers import LayerData
from ..models import ModelCard, default_model
from ..on_layers import LayerCall
from ..on_layers.model_job import MODELS_FOR
from ..parameters import parameters_of
from ._dock import Dock
from ._fields import fields_of
from ._mask_choice import MaskChoice
from ._model_choice import ModelChoice

if TYPE_CHECKING:
    import napari.viewer

FINER = ("ensemble", "return_uncertainty", "channel_axis", "normalize", "nonfinite", "device", "precision", "tile")


class ModelDock(Dock):
    """Base of the docks that run a model: a subclass names its call and the fields that always show.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers are offered and get the results.
    action : str
        What the run button says.
    call : LayerCall
        What runs.
    main : sequence of str
        The call's parameters that always show, "model" among them; those of `FINER` that it has are folded away.
    mask : MaskChoice, optional
        The choice of the layer that becomes the call's mask.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        action: str,
        call: LayerCall[...],
        main: Sequence[str],
        mask: MaskChoice | None = None,
    ) -> None:
        declared = parameters_of(call.task)
        self._call, self._mask = call, mask
        self.task = MODELS_FOR[call.operation]
        finer = [name for name in FINER if name in declared]
        self.fields = fields_of(call.task, [name for name in (*main, *finer) if name != "model"])
        self.model = ModelChoice(self.task, declared["model"], self.default_model)
        shown = [self.model if name == "model" else self.fields[name] for name in main]
        masks = [] if mask is None else [mask]
        super().__init__(viewer, action, [*masks, *shown], [self.fields[name] for name in finer], [self.model.limits])
        for field in (self.image, *masks):
            field.changed.connect(self.run_button.refresh)

    def default_model(self) -> ModelCard:
        """Return the card of the model that runs where none is chosen."""
        return default_model(self.task)

    def values(self) -> dict[str, Any]:
        """Return the call's keywords as they stand in the fields."""
        mask = {} if self._mask is None else {"mask": self._mask.value}
        return {"model": self.model.card().name, **mask, **{name: field.value for name, field in self.fields.items()}}

    def job(self) -> Job[list[LayerData]]:
        """Look at the layers and the fields; the model is loaded, and the pixels are read, in the worker."""
        return self._call.job(self.image.value, region=self.region(), **self.values())

    def obstacle(self) -> str:
        """Return why nothing can run now."""
        of_mask = "" if self._mask is None else self._mask.obstacle(self.image.value)
        return super().obstacle() or of_mask or self.model.obstacle()
