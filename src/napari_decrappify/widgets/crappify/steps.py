"""The editor of a crappifier: its steps one below the other, and the settings of the one that is chosen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from magicgui.widgets import CheckBox, ComboBox, Container, Label, PushButton, Widget
from magicgui.widgets.bases import BaseValueWidget, ValuedContainerWidget
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QFrame, QListWidget, QListWidgetItem, QScrollArea

from ...degrade import Crappifier, OneOf, Sometimes
from ...degrade.operation import Part
from ...errors import DecrappifyError
from ...parameters import Parameter, parameters_of
from ..base.fields import Text, field_of
from . import outline

INDENT = "      "
LIST_HEIGHT, TALLEST_SETTINGS, FIELD_HEIGHT, ROOM, NARROWEST = 125, 165, 33, 8, 100  # pixels
WHOLE = "All of the steps below. Add steps, and choose one to see its settings."
NONE = "no"


class Steps(ValuedContainerWidget[Crappifier]):
    """Shows and edits a crappifier; every edit gives a new one, which is `value`, and emits `changed`."""

    def __init__(self) -> None:
        self._crappifier = Crappifier()
        self._path: outline.Path = outline.ROOT
        self.list = QListWidget()
        self.kind = ComboBox(
            name="kind",
            choices=[(outline.title_of(kind), kind) for kind in outline.offered()],
            tooltip="What to add after the chosen step, or into the chosen group.",
        )
        self.add, self.up, self.down, self.remove = (
            PushButton(text=text, name=name, tooltip=tooltip)
            for text, name, tooltip in (
                ("Add", "add", "Add this step."),
                ("▲", "up", "Take the chosen step earlier."),
                ("▼", "down", "Take the chosen step later."),
                ("✕", "remove", "Remove the chosen step."),
            )
        )
        self.about = Text(name="about")
        self.fields: list[BaseValueWidget[Any]] = []
        self.settings = Container[Widget](name="settings", labels=False)
        self._scroll = QScrollArea()
        parts = [self.kind, self.add, self.up, self.down, self.remove]
        row = Container[Widget](widgets=parts, layout="horizontal", labels=False)
        super().__init__(widgets=[row, self.about], labels=False, name="steps")
        self._arrange(row)
        self._connect()
        self._show()

    def get_value(self) -> Crappifier:
        """Return the crappifier as it stands."""
        return self._crappifier

    def set_value(self, value: Crappifier) -> None:
        """Show another crappifier."""
        self._take(value, outline.ROOT)

    def choose(self, path: outline.Path) -> None:
        """Choose the step at a path; the empty one is the whole."""
        self._path = path
        self._show()

    def field(self, name: str) -> Any:
        """Return the field of a setting of the chosen step, by the name of the parameter."""
        return next(field for field in self.fields if field.name == name)

    def _arrange(self, row: Container[Widget]) -> None:
        self.list.setFixedHeight(LIST_HEIGHT)
        self._scroll.setWidget(self.settings.native)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.native.layout().insertWidget(0, self.list)
        self.native.layout().addWidget(self._scroll)
        for part in (self, row, self.settings):
            part.margins = (0, 0, 0, 0)
        for button in (self.up, self.down, self.remove):
            button.max_width = 32

    def _connect(self) -> None:
        self.list.currentRowChanged.connect(self._on_row)
        self.add.changed.connect(self._on_add)
        self.up.changed.connect(self._on_up)
        self.down.changed.connect(self._on_down)
        self.remove.changed.connect(self._on_remove)

    def _on_row(self, number: int) -> None:
        self._path = outline.rows_of(self._crappifier)[number].path
        self._show_settings()

    def _on_add(self) -> None:
        self._take(*outline.added(self._crappifier, self._path, outline.new(self.kind.value)))

    def _on_up(self) -> None:
        self._take(*outline.moved(self._crappifier, self._path, -1))

    def _on_down(self) -> None:
        self._take(*outline.moved(self._crappifier, self._path, 1))

    def _on_remove(self) -> None:
        left = outline.without(self._crappifier, self._path)
        self._take(left, max(row.path for row in outline.rows_of(left) if row.path <= self._path))

    def _take(self, crappifier: Crappifier, path: outline.Path) -> None:
        self._crappifier, self._path = crappifier, path
        self._show()
        self.changed.emit(crappifier)

    def _show(self) -> None:
        self._show_rows()
        self._show_settings()

    def _show_rows(self) -> None:
        blocked = self.list.blockSignals(True)
        self.list.clear()
        for row in outline.rows_of(self._crappifier):
            self.list.addItem(QListWidgetItem(INDENT * len(row.path) + row.title))
            if row.path == self._path:
                self.list.setCurrentRow(self.list.count() - 1)
        self.list.blockSignals(blocked)

    def _show_settings(self) -> None:
        row, whole = outline.row_at(self._crappifier, self._path), self._path == outline.ROOT
        self.about.value = WHOLE if whole else outline.summary_of(row.bare)
        self.fields = self._settings_of(row)
        self.settings.clear()
        self.settings.extend(self._labelled(self.fields))
        self._scroll.setFixedHeight(min(FIELD_HEIGHT * len(self.fields), TALLEST_SETTINGS))
        for button in (self.up, self.down, self.remove):
            button.enabled = not whole

    def _labelled(self, fields: list[BaseValueWidget[Any]]) -> list[Container[Widget]]:
        """Put each field's label before it, all as wide as the widest; magicgui measures them in another font."""
        texts = ["" if isinstance(field, CheckBox) else field.label for field in fields]
        font = self.about.native.fontMetrics()
        width = max((font.horizontalAdvance(text) for text in texts), default=0) + ROOM
        lines = []
        for text, field in zip(texts, fields, strict=True):
            label = Label(value=text, tooltip=field.tooltip)
            label.min_width = label.max_width = width
            field.native.setMinimumWidth(NARROWEST)
            line = Container[Widget](widgets=[label, field], layout="horizontal", labels=False)
            line.margins = (0, 0, 0, 0)
            lines.append(line)
        return lines

    def _settings_of(self, row: outline.Row) -> list[BaseValueWidget[Any]]:
        """Make the fields of a row: how often it is taken, and what its part declares."""
        path, fields = row.path, []
        if row.weight is not None:
            declared = replace(parameters_of(OneOf)["weights"], name="weight", type=float, default=row.weight)
            fields.append(self._editing(declared, lambda w: outline.with_weight(self._crappifier, path, w)))
        elif path != outline.ROOT:
            declared = replace(parameters_of(Sometimes)["probability"], default=row.probability)
            fields.append(self._editing(declared, lambda p: outline.with_often(self._crappifier, path, p)))
        if row.bare is not None:
            fields += [self._part_field(path, row.bare, name) for name in outline.settings_of(row.bare)]
        return fields

    def _part_field(self, path: outline.Path, part: Part, name: str) -> BaseValueWidget[Any]:
        declared = replace(parameters_of(type(part))[name], default=getattr(part, name))
        return self._editing(declared, lambda value: outline.with_setting(self._crappifier, path, name, value))

    def _editing(self, declared: Parameter, edit: Callable[[Any], Crappifier]) -> BaseValueWidget[Any]:
        """Make a field that changes the crappifier; what can't be is said, and nothing changes."""
        field = field_of(declared, NONE)

        def on_changed() -> None:
            try:
                self._crappifier = edit(field.value)
            except DecrappifyError as error:
                self.about.value = str(error)
                return
            self._show_rows()
            self.changed.emit(self._crappifier)

        field.changed.connect(on_changed)
        return field
