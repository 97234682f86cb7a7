"""The choice of an axis of a stack, by the name that the layer gives it, or by its number."""

from __future__ import annotations

from typing import Any

from napari.layers import Image

from ...parameters import Parameter
from ..base.fields import Choice, label_of

OFF = "off"


class AxisChoice(Choice):
    """A list of the axes before Y and X along which an image layer has several planes, besides "off", which is None.

    Parameters
    ----------
    parameter : Parameter
        Of the call: gives the name, the label and the help text.
    """

    def __init__(self, parameter: Parameter) -> None:
        self._offered: list[tuple[str, int | None]] = [(OFF, None)]
        super().__init__(
            name=parameter.name,
            label=label_of(parameter),
            tooltip=parameter.doc.help,
            value=None,
            choices=lambda _: self._offered,
            enabled=False,
        )

    def follow(self, layer: Image | None, planes: bool) -> None:
        """Offer the axes of a layer, if `planes`, more than one of which is worked on."""
        axes = axes_of(layer) if layer is not None and planes else []
        self._offered = [(OFF, None), *axes]
        self.reset_choices()
        self.enabled = bool(axes)


def axes_of(layer: Image) -> list[tuple[str, int]]:
    """Return name and number of the axes before Y and X along which a layer has several planes."""
    data: Any = layer.data[0] if layer.multiscale else layer.data
    return [(_name(layer, axis), axis) for axis in range(layer.ndim - 2) if data.shape[axis] > 1]


def _name(layer: Image, axis: int) -> str:
    """Return what the layer calls an axis; where it has no name, napari calls it by its number from the end."""
    label = layer.axis_labels[axis]
    return f"axis {axis}" if label == str(axis - layer.ndim) else f"{label} (axis {axis})"
