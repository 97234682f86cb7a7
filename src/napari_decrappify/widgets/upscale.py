"""The upscale dock: a layer enlarged by a trained model, in the same place at finer pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..apply.tasks import upscale
from ..jobs import Job, Progress
from ..layers import LayerData, Source, result_layer
from ..parameters import parameters_of
from ..provenance import record
from ._dock import Dock
from ._fields import fields_of
from ._model_choice import ModelChoice
from ._run_button import Task

if TYPE_CHECKING:
    import napari.viewer


class UpscaleDock(Dock):
    """Enlarges an image layer; adds the result with its scale and translation adapted."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.fields = fields_of(
            upscale, ("factor", "strength", "channel_axis", "normalize", "nonfinite", "device", "precision", "tile")
        )
        factor, strength, *advanced = self.fields.values()
        self.model = ModelChoice("upscale", parameters_of(upscale)["model"])
        super().__init__(viewer, "Upscale", [factor, self.model, strength], advanced)

    def task(self) -> Task:
        """Gather the values; the model is loaded in the worker."""
        source, model = self.source(), self.model.card().name
        values = {name: field.value for name, field in self.fields.items()}
        return lambda: upscaled(source, model, **values)

    def obstacle(self) -> str:
        """Return why nothing can be upscaled now."""
        return super().obstacle() or self.model.obstacle()


def upscaled(source: Source, model: str, **values: Any) -> Job[list[LayerData]]:
    """Upscale a source; describe the result."""
    from ..models import load_model

    yield Progress(0, 1, f"Loading {model}")
    loaded = load_model(model)
    image = yield from upscale.job(source.array, rgb=source.rgb, model=model, **values)
    done = record("upscale", {"rgb": source.rgb, **values}, model=loaded)
    factor = values["factor"]
    return [result_layer(source, image, name=f"{source.name} x{factor}", record=done, factor=factor)]
