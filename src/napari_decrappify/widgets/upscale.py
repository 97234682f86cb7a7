"""The upscale dock: a layer enlarged by a trained model, in the same place at finer pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..apply.tasks import upscale
from ..jobs import Job
from ..layers import LayerData, Source, result_layer
from ..models import default_model
from ..parameters import parameters_of
from ..provenance import record
from ._dock import Dock
from ._fields import fields_of
from ._loading import load
from ._model_choice import ModelChoice
from ._run_button import Task

if TYPE_CHECKING:
    import napari.viewer


class UpscaleDock(Dock):
    """Enlarges an image layer; adds the result with its scale and translation adapted."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.fields = fields_of(
            upscale,
            ("factor", "strength", "ensemble", "channel_axis", "normalize", "nonfinite", "device", "precision", "tile"),
        )
        factor, strength, *advanced = self.fields.values()
        self.model = ModelChoice(
            "upscale", parameters_of(upscale)["model"], lambda: default_model("upscale", factor.value)
        )
        factor.changed.connect(self.reset_choices)
        super().__init__(viewer, "Upscale", [factor, self.model, strength], advanced, [self.model.limits])

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
    factor = values["factor"]
    pixels, loaded = yield from load(source, model, factor**2)
    image = yield from upscale.job(pixels, rgb=source.rgb, model=loaded, **values)
    done = record("upscale", {"rgb": source.rgb, **values}, model=loaded)
    return [result_layer(source, image, name=f"{source.name} x{factor}", record=done, factor=factor)]
