"""The upscale dock: a layer enlarged by a trained model, in the same place at finer pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import LineEdit

from ..errors import DecrappifyError
from ..layers import source_of
from ..models import ModelCard, default_model
from ..on_layers import upscale_layer
from ..on_layers.pixel_size import enlargement, parse_pixel_size
from ..tasks import TASKS
from .base.model_dock import ModelDock

if TYPE_CHECKING:
    import napari.viewer


PIXEL_SIZE = (
    "Side of the result's pixels, or height and width, such as 0.05, 50 nm or 0.1 x 0.05 um; without a unit it is the "
    "layer's own. Empty: what the factor gives."
)


class UpscaleDock(ModelDock):
    """Enlarges an image layer by a factor or to a pixel size; the result lies where the layer does."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.pixel_size = LineEdit(name="pixel_size", label="Pixel size", tooltip=PIXEL_SIZE)
        super().__init__(viewer, "Upscale", upscale_layer, TASKS["upscale"].main)
        self.always.insert(self.always.index(self.fields["factor"]) + 1, self.pixel_size)
        self.fields["factor"].changed.connect(self.reset_choices)
        self.model.changed.connect(self._on_model)
        for field in (self.image, self.pixel_size, self.model):
            field.changed.connect(self._on_size)
        self.model.changed.connect(self._offer_texture)

    def default_model(self) -> ModelCard:
        """Return the card of the model that reaches the factor."""
        return default_model(self.task, self.fields["factor"].value)

    def values(self) -> dict[str, Any]:
        """Return the call's keywords."""
        return super().values() | {"pixel_size": self._wanted()}

    def obstacle(self) -> str:
        """Return why nothing can be enlarged now."""
        return super().obstacle() or self._size_obstacle()

    def reset_choices(self, *_: Any) -> None:
        """Offer what there is now."""
        super().reset_choices()
        self._offer_texture()

    def _on_model(self) -> None:
        """Set the factor that the chosen model is for, if the one that stands there is none of its."""
        factor = self.fields["factor"]
        factor.value = self.model.reached(factor.value)

    def _offer_texture(self, *_: Any) -> None:
        """Let the slider move if the model has a partner that adds texture."""
        texture = self.fields["texture"]
        texture.enabled = self.model.adds_texture()
        if not texture.enabled:
            texture.value = 0.0

    def _wanted(self) -> float | tuple[float, float] | None:
        """Return the pixel size that is asked for, or height and width; None for what the factor gives."""
        text, layer = str(self.pixel_size.value).strip(), self.image.value
        return parse_pixel_size(text, layer.units[-1]) if text and layer is not None else None

    def _size_obstacle(self) -> str:
        try:
            self._enlargement()
        except DecrappifyError as error:
            return str(error)
        return ""

    def _enlargement(self) -> dict[str, Any]:
        """Return the factor that leads to the pixel size, by the chosen model or any."""
        wanted, layer = self._wanted(), self.image.value
        return {} if wanted is None or layer is None else enlargement(source_of(layer), wanted, self.model.value)

    def _on_size(self, *_: Any) -> None:
        """Show the factor that the pixel size needs; without one the user chooses it."""
        factor, found = self.fields["factor"], {} if self._size_obstacle() else self._enlargement()
        factor.value = found.get("factor", factor.value)
        factor.enabled = not str(self.pixel_size.value).strip()
        self._show_unit()
        self.run_button.refresh()

    def _show_unit(self) -> None:
        """Say in the empty field how large the layer's pixels are now."""
        if self.image.value is not None:
            y, x = (f"{abs(side):.4g}" for side in self.image.value.scale[-2:])
            unit = f"{self.image.value.units[-1]:~P}"
            self.pixel_size.native.setPlaceholderText(f"now {y if x == y else f'{y}, {x}'} {unit}")
