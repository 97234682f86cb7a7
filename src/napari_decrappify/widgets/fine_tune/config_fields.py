"""A recipe's settings as fields, made from the recipe's own declaration: names, bounds, choices and words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

from magicgui.widgets import Container, Label, LineEdit, Widget
from magicgui.widgets.bases import BaseValueWidget
from pydantic.fields import FieldInfo

from ...parameters import Doc, Parameter
from ...training.recipes.config import Config, OneOf
from ...training.recipes.recipe import Recipe
from ..base.fields import field_of

ELSEWHERE = (
    *("name", "task", "seed", "generator", "critic", "card", "kind"),
    *("preset", "crappifier", "patch", "held_out", "at_start", "size"),
)
"""Settings that other fields, the model or the pictures decide."""


@dataclass(frozen=True)
class Setting:
    """A field, the place in the recipe that it is for, and the text that stands there."""

    field: BaseValueWidget[Any]
    path: str
    shown: str

    @property
    def change(self) -> str | None:
        """What `finetune` takes among its overrides; None while the recipe's own value stands."""
        now = _written(self.field)
        return None if now == self.shown else f"{self.path}={now}"


class ConfigFields(Container[Widget]):
    """Fields for all of a recipe that can be set, a heading over each of its parts."""

    def __init__(self) -> None:
        self._settings: list[Setting] = []
        super().__init__(labels=False)
        self.margins = (0, 0, 0, 0)

    @property
    def overrides(self) -> tuple[str, ...]:
        """What differs from the recipe, as `finetune` takes it."""
        return tuple(change for setting in self._settings if (change := setting.change) is not None)

    def set_recipe(self, recipe: Recipe) -> None:
        """Show a recipe's settings, in place of the one before."""
        self.clear()
        self._settings = []
        for title, path, config in parts_of(recipe):
            settings = list(_settings(config, path))
            if settings:
                fields = Container[Widget](widgets=[setting.field for setting in settings], name=path.replace(".", "_"))
                fields.margins = (0, 0, 0, 0)
                self.extend([Label(value=f"<b>{title}</b>"), fields])
                self._settings += settings

    def field(self, path: str) -> BaseValueWidget[Any]:
        """Return the field for a place in the recipe, such as "stages.0.lr"."""
        return next(setting.field for setting in self._settings if setting.path == path)


def parts_of(config: Config, path: str = "", title: str = "") -> Iterator[tuple[str, str, Config]]:
    """Yield (title, path, part) for every part of a configuration, and of its parts; not for the whole."""
    if path:
        yield title, path, config
    for name in type(config).model_fields:
        if name in ELSEWHERE:
            continue
        value = getattr(config, name)
        inner = f"{path}.{name}".lstrip(".")
        if isinstance(value, Config):
            yield from parts_of(value, inner, f"{title}, {name}".lstrip(", ").capitalize())
        for number, one in enumerate(value if isinstance(value, list) else []):
            if isinstance(one, Config):
                yield from parts_of(one, f"{inner}.{number}", f"{title} Stage {number + 1}: {_kind(one)}".strip())


def _kind(config: Config) -> str:
    return str(getattr(config, "kind", "")).replace("-", " ")


def _settings(config: Config, path: str) -> Iterator[Setting]:
    for name, info in type(config).model_fields.items():
        value = getattr(config, name)
        if name in ELSEWHERE or isinstance(value, Config | list | dict) or (value is None and not _counts(info)):
            continue
        field = _field(name, info, value)
        yield Setting(field, f"{path}.{name}", _written(field))


def _counts(info: FieldInfo) -> bool:
    """Tell whether a setting that may be missing is a whole number other than a length, which has two ways."""
    kinds = [kind for kind in get_args(info.annotation) if kind is not NoneType]
    return kinds == [int] and "optimiser steps" not in (info.description or "").lower()


def _field(name: str, info: FieldInfo, value: Any) -> BaseValueWidget[Any]:
    kind, optional = info.annotation, value is None
    if get_origin(kind) in (Union, UnionType):
        kinds = [one for one in get_args(kind) if one is not NoneType]
        kind = kinds[0] if len(kinds) == 1 else None
    text = (info.description or "").strip()
    choices = get_args(kind) if get_origin(kind) is Literal else _registered(info)
    if choices or kind in (bool, int):
        least, most = _bounds(info)
        return field_of(Parameter(name, kind, value, choices, optional, Doc(text, least, most)))
    written = value if isinstance(value, str) else toml(value)
    field = LineEdit(name=name, label=name.replace("_", " ").capitalize(), value=written, tooltip=text)
    field.native.setProperty("toml", not isinstance(value, str))
    return field


def _registered(info: FieldInfo) -> tuple[str, ...] | None:
    """Return the names that a setting can be, if it is a name in a registry."""
    return next((tuple(mark.registry) for mark in info.metadata if isinstance(mark, OneOf)), None)


def _bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    """Return the least and the largest whole number that a declaration allows."""
    least = [getattr(one, "ge", None) for one in info.metadata]
    most = [getattr(one, "le", None) for one in info.metadata]
    return next((n for n in least if n is not None), None), next((n for n in most if n is not None), None)


def _written(field: BaseValueWidget[Any]) -> str:
    """Return a field's value as TOML has it."""
    if isinstance(field, LineEdit) and field.native.property("toml"):
        return str(field.value).strip()
    return toml(field.value)


def toml(value: Any) -> str:
    """Return a value as TOML has it; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return f"[{', '.join(toml(one) for one in value)}]"
    return json.dumps(value) if isinstance(value, str | bool) else repr(value)
