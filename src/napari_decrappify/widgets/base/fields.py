"""A dock's fields, derived from the parameters that a public call declares."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from magicgui.widgets import CheckBox, ComboBox, FloatSlider, FloatSpinBox, Label, LineEdit, SpinBox
from magicgui.widgets.bases import BaseValueWidget
from qtpy.QtWidgets import QComboBox, QSizePolicy

from ...degrade.operations.stamp import Png
from ...parameters import Parameter, parameters_of
from ..jobs.warm_up import loaded
from .part_fields import FontsField, PictureField, RangeField

AUTOMATIC = "automatic"
LARGEST = SEED_MAXIMUM = 2**31 - 1  # of a Qt spin box
SHORTEST = 16  # letters of a list's entry that always show


class Text(Label):
    """A text that takes the dock's width, whatever that is, and as many lines as it needs."""

    def __init__(self, **options: Any) -> None:
        super().__init__(value="", **options)
        self.native.setWordWrap(True)
        self.native.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)


class Choice(ComboBox):
    """A list of choices among which None is one like any other: `changed` is emitted for it too."""

    null_value = object()


def fit_width(field: ComboBox) -> None:
    """Let a list be as narrow as its dock, however long its entries are; they show whole where it is open."""
    field.native.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    field.native.setMinimumContentsLength(SHORTEST)


class OptionalWholeNumber(FloatSpinBox):
    """A whole number, or None, which shows as a word one step below the smallest number.

    It is a FloatSpinBox because magicgui's box for whole numbers can't show a word.
    """

    def __init__(self, value: int | None, *, min: int, max: int, none: str = AUTOMATIC, **options: Any) -> None:
        self._none = min - 1
        super().__init__(value=self._none if value is None else value, min=self._none, max=max, step=1, **options)
        self.native.setDecimals(0)
        self.native.setSpecialValueText(none)

    def get_value(self) -> int | None:  # type: ignore[override]
        """Return the number, or None at the word."""
        value = int(super().get_value())
        return None if value == self._none else value

    def set_value(self, value: int | None) -> None:  # type: ignore[override]
        """Set a number, or the word with None."""
        super().set_value(self._none if value is None else value)


def fields_of(call: Callable[..., Any], names: Iterable[str]) -> dict[str, BaseValueWidget[Any]]:
    """Make a field for each of a call's named parameters, with its default, bounds, choices and help text."""
    parameters = parameters_of(call)
    return {name: field_of(parameters[name]) for name in names}


def field_of(parameter: Parameter, none: str = AUTOMATIC) -> BaseValueWidget[Any]:
    """Make the field for one parameter; among choices and in a number's field, `none` is the word for None."""
    common: dict[str, Any] = {"name": parameter.name, "label": label_of(parameter), "tooltip": parameter.doc.help}
    if parameter.name == "device":
        return ComboBox(value=parameter.default, choices=_devices, **common)
    if parameter.choices is not None:
        choices = [(str(choice), choice) for choice in parameter.choices]
        return Choice(
            value=parameter.default, choices=_with_none(choices, none if parameter.optional else ""), **common
        )
    if parameter.type is bool:
        return CheckBox(value=parameter.default, text=common.pop("label"), **common)
    if parameter.type is int:
        return _whole_number(parameter, common, none)
    if parameter.type is float:
        return _number(parameter, common)
    if parameter.is_range:
        return _range(parameter, common)
    if parameter.type == tuple[str, ...]:
        return FontsField(parameter.default, **common)
    if parameter.type is Png:
        return PictureField(parameter.default, **common)
    return LineEdit(value=parameter.default or "", **common)


def label_of(parameter: Parameter) -> str:
    """Return the parameter's label, or its name as words."""
    return parameter.doc.label or parameter.name.replace("_", " ").capitalize()


def _devices(_: object) -> list[str]:
    """Return the devices there are; until torch is loaded, which a dock doesn't wait for, those that always are."""
    if not loaded():
        return ["auto", "cpu"]
    from ...apply.engine.device import device_names

    return device_names()


def _with_none(choices: list[tuple[str, Any]], none: str) -> list[tuple[str, Any]]:
    return [(none, None), *choices] if none else choices


def _whole_number(parameter: Parameter, common: dict[str, Any], none: str) -> BaseValueWidget[Any]:
    low, high = parameter.doc.minimum, parameter.doc.maximum
    bounds: dict[str, Any] = {"min": int(low or 0), "max": LARGEST if high is None else int(high)}
    if parameter.optional:
        return OptionalWholeNumber(parameter.default, none=none, **bounds, **common)
    return SpinBox(value=parameter.default, **bounds, **common)


def _number(parameter: Parameter, common: dict[str, Any]) -> BaseValueWidget[Any]:
    low, high = parameter.doc.minimum, parameter.doc.maximum
    if low is not None and high is not None:
        return FloatSlider(value=parameter.default, min=low, max=high, step=(high - low) / 100, **common)
    return FloatSpinBox(value=parameter.default, min=low or 0.0, max=LARGEST if high is None else high, **common)


def _range(parameter: Parameter, common: dict[str, Any]) -> RangeField:
    low, high = parameter.doc.minimum, parameter.doc.maximum
    bounds: dict[str, Any] = {"min": low or 0, "max": min(LARGEST, LARGEST if high is None else high)}
    whole = parameter.type == tuple[int, int]
    return RangeField(parameter.default, whole=whole, optional=parameter.optional, **bounds, **common)
