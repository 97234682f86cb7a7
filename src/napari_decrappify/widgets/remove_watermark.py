"""The watermark dock: text and logos removed from a layer, found by the model or marked by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy.typing as npt
from magicgui.widgets import CheckBox, ComboBox
from napari.layers import Labels, Shapes

from ..apply.tasks import remove_watermark
from ..jobs import Job
from ..layer_masks import mask_of
from ..layers import LayerData, Source, mask_layer, result_layer
from ..parameters import parameters_of
from ..planes import is_lazy
from ..provenance import record
from ._dock import Dock, layers_of
from ._fields import fields_of
from ._loading import load
from ._model_choice import ModelChoice
from ._run_button import Task

if TYPE_CHECKING:
    import napari.viewer


class RemoveWatermarkDock(Dock):
    """Removes watermarks from an image layer; adds the result and, if wanted, the mask of what was replaced."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.mask = ComboBox(
            name="mask",
            label="Mask",
            value=None,
            choices=lambda _: [("found by the model", None), *layers_of(viewer, Labels, Shapes)],
            tooltip="A labels or shapes layer over the watermark; without one the model finds it.",
        )
        self.add_mask = CheckBox(
            value=True, text="Add the found mask as labels", tooltip="Shows which pixels were replaced."
        )
        self.fields = fields_of(
            remove_watermark,
            ("dilate", "strength", "ensemble", "channel_axis", "normalize", "nonfinite", "device", "precision", "tile"),
        )
        dilate, *advanced = self.fields.values()
        self.model = ModelChoice("watermark", parameters_of(remove_watermark)["model"])
        main = [self.mask, dilate, self.model, self.add_mask]
        super().__init__(viewer, "Remove watermark", main, advanced, [self.model.limits])
        self.mask.changed.connect(self._on_mask)

    def _on_mask(self) -> None:
        """Disable what concerns a mask that the model finds while one is given."""
        self.fields["dilate"].enabled = self.add_mask.enabled = self.mask.value is None

    def task(self) -> Task:
        """Gather the values; the model is loaded in the worker."""
        source, model, add_mask = self.source(), self.model.card().name, bool(self.add_mask.value)
        mask = None if self.mask.value is None else mask_of(self.mask.value, source)
        values = {name: field.value for name, field in self.fields.items()}
        return lambda: cleaned(source, mask, model, add_mask, **values)

    def obstacle(self) -> str:
        """Return why no watermark can be removed now."""
        return super().obstacle() or self.model.obstacle()


def cleaned(
    source: Source, mask: npt.NDArray[Any] | None, model: str, add_mask: bool, **values: Any
) -> Job[list[LayerData]]:
    """Remove the watermarks of a source; describe the result and the mask of what was replaced."""
    pixels, loaded = yield from load(source, model)
    job = remove_watermark.job(pixels, mask, return_mask=True, rgb=source.rgb, model=loaded, **values)
    image, found = yield from job
    done = record("remove_watermark", {"rgb": source.rgb, **values}, model=loaded, mask=mask)
    layers = [result_layer(source, image, name=f"{source.name} cleaned", record=done)]
    if add_mask and mask is None and (is_lazy(found) or found.any()):
        layers.append(mask_layer(source, found, name=f"{source.name} watermark", record=done))
    return layers
