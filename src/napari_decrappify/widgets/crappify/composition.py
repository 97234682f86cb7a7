"""What happens to an image: a preset, or a composition of one's own, which can be kept in a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from magicgui.widgets import ComboBox, Container, PushButton, Widget
from magicgui.widgets.bases import ValuedContainerWidget
from napari.utils.notifications import show_error
from qtpy.QtWidgets import QFileDialog

from ...degrade import (
    PRESETS,
    Crappifier,
    crappify,
    load_crappifier,
    save_crappifier,
)
from ...degrade.presets import preset_named
from ...errors import DecrappifyError
from ...parameters import parameters_of
from ..base.fields import Text, label_of
from . import outline
from .steps import Steps

OWN = "own composition"
FILES = "Compositions (*.json)"


class Composition(ValuedContainerWidget[str | Crappifier]):
    """Chooses a preset or composes a crappifier.

    `value` is the name of a preset or a `Crappifier`, as `crappify` takes it; `changed` is emitted with it.
    """

    def __init__(self) -> None:
        declared = parameters_of(crappify)["preset"]
        self.preset = ComboBox(
            name="preset",
            label=label_of(declared),
            value=declared.default,
            choices=[*PRESETS, OWN],
            tooltip="A preset, or steps of your own.",
        )
        self.summary = Text(name="summary")
        self.edit = PushButton(text="Edit this preset", name="edit", tooltip="Start a composition of your own from it.")
        self.load_button = PushButton(text="Load…", name="load_button", tooltip="Open a composition from a file.")
        self.save_button = PushButton(text="Save…", name="save_button", tooltip="Keep the composition in a file.")
        self.steps = Steps()
        choice = Container[Widget](widgets=[self.preset])
        buttons = Container[Widget](
            widgets=[self.edit, self.load_button, self.save_button], layout="horizontal", labels=False
        )
        super().__init__(
            widgets=[choice, self.summary, self.steps, buttons],
            labels=False,
            name="composition",
            tooltip="How the image is made worse.",
        )
        for part in (self, choice, buttons):
            part.margins = (0, 0, 0, 0)
        self.preset.changed.connect(self._on_preset)
        self.steps.changed.connect(self._on_steps)
        self.edit.changed.connect(self._on_edit)
        self.load_button.changed.connect(self._on_load)
        self.save_button.changed.connect(self._on_save)
        self._show()

    def get_value(self) -> str | Crappifier:
        """Return the preset's name, or the composition."""
        return self.steps.value if self.preset.value == OWN else str(self.preset.value)

    def set_value(self, value: str | Crappifier) -> None:
        """Choose a preset by its name, or show a composition; raise `InvalidParameterError` for another name."""
        if isinstance(value, Crappifier):
            with self.changed.blocked():
                self.steps.value = value
                self.preset.value = OWN
            self._on_preset()
        elif preset_named(value) and self.preset.value != value:
            self.preset.value = value

    def load(self, path: str | Path) -> None:
        """Show the composition of a file; raise `FileReadError` or `InvalidParameterError` if it holds none."""
        self.value = load_crappifier(path)

    def save(self, path: str | Path) -> None:
        """Write the composition, or the preset, to a file; raise `FileWriteError` if that fails."""
        save_crappifier(path, preset_named(self.value))

    def _on_preset(self) -> None:
        self._show()
        self.changed.emit(self.value)

    def _on_edit(self) -> None:
        self.set_value(preset_named(self.value))

    def _on_steps(self) -> None:
        if self.preset.value == OWN:
            self.changed.emit(self.value)

    def _show(self) -> None:
        own = self.preset.value == OWN
        self.steps.visible, self.summary.visible, self.edit.visible = own, not own, not own
        self.save_button.visible = own
        self.summary.value = "" if own else summary(preset_named(self.value))

    def _on_load(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self.native, "Load a composition", "", FILES)
        if path:
            self._try(self.load, path)

    def _on_save(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self.native, "Save the composition", "composition.json", FILES)
        if path:
            self._try(self.save, path if Path(path).suffix else f"{path}.json")

    @staticmethod
    def _try(do: Callable[[str], None], path: str) -> None:
        try:
            do(path)
        except DecrappifyError as error:
            show_error(str(error))


def summary(crappifier: Crappifier) -> str:
    """Return a crappifier's steps in a line, groups without their members."""
    steps = [row.title for row in outline.rows_of(crappifier) if len(row.path) == 1]
    back = ["back to size"] if crappifier.back else []
    return " → ".join([*steps, *back]) or "Nothing is done."
