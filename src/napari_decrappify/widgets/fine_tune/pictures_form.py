"""What a model learns from: clean layers or a folder, how their crappy side is made, and examples of both."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.types import FileDialogMode
from magicgui.widgets import ComboBox, Container, FileEdit, FloatSlider, PushButton, Widget
from napari.layers import Image
from napari.utils.notifications import show_info
from psygnal import Signal

from ...degrade import PRESETS, Crappifier
from ...errors import InvalidImageError
from ...finetuning import finetune, plain_recipe
from ...layers import file_of, source_of
from ...models import Task
from ...on_layers.learning import TrainingData, training_data
from ...parameters import parameters_of
from ..base.fields import AUTOMATIC, label_of
from ..crappify.composition import Composition
from ..crappify.dock import CrappifyDock
from .layer_pairs import LayerPairs
from .pair_examples import PairExamples
from .watch_choice import WatchChoice

if TYPE_CHECKING:
    import napari.viewer

LAYERS, FOLDER = "layers", "a folder"
KNOWN, OWN, GIVEN = "as the model knows it", "as chosen below", "it is there: pairs"
PATCHES = (32, 48, 64, 96, 128, 160, 192, 256)
NO_LAYER = "Check one or more clean images to learn from."
NO_PARTNER = "Choose the crappy side of each clean image, or let it be made."
NO_FOLDER = "Choose a folder of clean pictures."
NO_DOCK = "Open the Crappify dock first, and compose there what happens to images."
NO_CRAPPY_FOLDER = "Choose the folder of their crappy sides, which have the same names."


class PicturesForm(Container[Widget]):
    """Fields for the data side of `finetune`; `edited` is emitted at every change.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers are offered.
    task : str
        What is to be learned.
    examples : callable
        See `PairExamples`.
    """

    edited = Signal()

    def __init__(self, viewer: napari.viewer.Viewer, task: Task, examples: Callable[[], Any]) -> None:
        self._viewer, self._alone = viewer, False
        declared = parameters_of(finetune)
        self.source = ComboBox(
            name="source", label="Learn from", choices=[LAYERS, FOLDER], tooltip="Image layers, or pictures on disk."
        )
        self.layers = LayerPairs(viewer)
        self.folder = _folder("folder", "Folder", "Clean pictures; folders inside of it count too.")
        self.side = ComboBox(
            name="side",
            label="Crappy side",
            choices=[KNOWN, OWN, GIVEN],
            tooltip="How the clean images are made worse; or their worse versions, if you have them.",
        )
        self.crappy_folder = _folder("crappy_folder", "Its folder", "The same pictures, worse, under the same names.")
        self.composition = Composition()
        self.take = PushButton(
            text="Take the Crappify dock's", name="take", tooltip="What the open Crappify dock does to images."
        )
        holdout, patch = declared["holdout"], declared["patch"]
        self.holdout = FloatSlider(
            name="holdout",
            label="Held out",
            value=holdout.default,
            min=holdout.doc.minimum or 0.0,
            max=holdout.doc.maximum or 1.0,
            step=0.05,
            tooltip=holdout.doc.help,
        )
        self.patch = ComboBox(
            name="patch",
            label=label_of(patch),
            choices=[(AUTOMATIC, None), *((str(side), side) for side in PATCHES)],
            tooltip=patch.doc.help,
        )
        self.examples = PairExamples(examples)
        first = Container[Widget](widgets=[self.source, self.folder])
        second = Container[Widget](widgets=[self.side, self.crappy_folder])
        self.watch = WatchChoice(viewer)
        last = Container[Widget](widgets=[self.holdout, self.patch, self.watch])
        parts = [first, self.layers, second, self.composition, self.take, self.examples, last]
        super().__init__(widgets=parts, labels=False)
        for part in (first, second, last):
            part.margins = (0, 0, 0, 0)
        self._connect()
        self.set_task(task)

    def set_task(self, task: Task) -> None:
        """Offer what suits another task: the composition becomes what its models usually learn from."""
        preset = plain_recipe(task, "quick").data.preset
        if preset in PRESETS:
            self.composition.value = preset
        self._show()

    def values(self) -> dict[str, Any]:
        """Return the keywords of `finetune`: images, crappy, names, crappifier, holdout, patch.

        Raises
        ------
        InvalidImageError
            If there is nothing to learn from, or an image without its crappy side.
        """
        return {
            **self._images(),
            "crappifier": self.crappifier,
            "holdout": self.holdout.value,
            "patch": self.patch.value,
        }

    def watched(self) -> dict[str, Any]:
        """Return the keyword of `finetune` for what is watched now; raise if that is no part of the clean layers."""
        layers = self.layers.clean if self.source.value == LAYERS else []
        return {"watched": self.watch.places(layers)}

    def script_values(self) -> dict[str, Any]:
        """Return the same, with layers in place of their pixels, as `training_script` takes it."""
        values = self.values()
        if self.source.value == LAYERS:
            crappy = [layer for layer in self.layers.crappy if layer is not None] if self._given else []
            layers = {"layers": self.layers.clean, "crappy_layers": crappy}
            values = {**values, **layers, "images": None, "crappy": None, "names": ()}
        return values

    def set_alone(self, alone: bool) -> None:
        """Ask for nothing but the pictures, or for their crappy side too."""
        if alone != self._alone:
            self._alone = alone
            self._show()

    @property
    def photos(self) -> bool:
        """Whether the images are photos, as far as they are layers."""
        layers = self.layers.clean if self.source.value == LAYERS else []
        return all(source_of(layer).photo for layer in layers)

    @property
    def crappifier(self) -> str | Crappifier | None:
        """What makes images worse; None for what the base has learned from, or for given pairs."""
        return self.composition.value if self.side.value == OWN and not self._alone else None

    def obstacle(self) -> str:
        """Return why nothing can be learned from this, or an empty text."""
        if self.source.value == LAYERS:
            if not self.layers.clean:
                return self.layers.note.value or NO_LAYER
            return NO_PARTNER if self._given and None in self.layers.crappy else ""
        if not _chosen(self.folder):
            return NO_FOLDER
        return NO_CRAPPY_FOLDER if self._given and not _chosen(self.crappy_folder) else ""

    @property
    def from_files(self) -> bool:
        """Whether all that is learned from was read from files."""
        layers = [*self.layers.clean, *(self.layers.crappy if self._given else [])]
        return self.source.value == FOLDER or all(layer is not None and file_of(layer) for layer in layers)

    @property
    def _given(self) -> bool:
        return bool(self.side.value == GIVEN) and not self._alone

    def _images(self) -> dict[str, Any]:
        obstacle = self.obstacle()
        if obstacle:
            raise InvalidImageError("images to learn from", "none", obstacle)
        if self.source.value == FOLDER:
            crappy = [_chosen(self.crappy_folder)] if self._given else None
            return {"images": [_chosen(self.folder)], "crappy": crappy, "names": ()}
        sides: list[Image] | None = (
            [layer for layer in self.layers.crappy if layer is not None] if self._given else None
        )
        data: TrainingData = training_data(self.layers.clean, sides)
        return {"images": data.images, "crappy": data.crappy, "names": data.names}

    def _connect(self) -> None:
        for chosen in (self.source, self.side):
            chosen.changed.connect(self._show)
        for field in (self.source, self.side, self.folder, self.crappy_folder, self.composition, self.patch):
            field.changed.connect(self._on_edit)
        self.holdout.changed.connect(self._on_edit)
        self.layers.edited.connect(self._on_edit)
        self.take.changed.connect(self._on_take)

    def _show(self) -> None:
        layers = self.source.value == LAYERS
        self.layers.visible, self.folder.visible = layers, not layers
        self.watch.visible = layers
        self.layers.ask_for_pairs(self._given)
        self.crappy_folder.visible = self._given and not layers
        self.side.visible = not self._alone
        self.composition.visible = self.take.visible = self.side.value == OWN and not self._alone

    def _on_edit(self) -> None:
        self.examples.discard()
        self.edited.emit()

    def _on_take(self) -> None:
        """Take what the open Crappify dock does, if there is one."""
        open_docks = self._viewer.window.dock_widgets.values()
        found = next((dock for dock in open_docks if isinstance(dock, CrappifyDock)), None)
        if found is None:
            show_info(NO_DOCK)
        else:
            self.composition.value = found.crappifier()


def _folder(name: str, label: str, tooltip: str) -> FileEdit:
    field = FileEdit(name=name, label=label, mode=FileDialogMode.EXISTING_DIRECTORY, tooltip=tooltip)
    field.choose_btn.text, field.choose_btn.max_width, field.line_edit.min_width = "…", 32, 40
    return field


def _chosen(field: FileEdit) -> Path | None:
    text = str(field.line_edit.value).strip()
    return Path(text) if text else None
