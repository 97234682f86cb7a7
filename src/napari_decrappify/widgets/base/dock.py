"""What the docks share: which image and what of it, the main fields, the rest folded away, Run and its script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox, Container, PushButton, Widget
from napari.layers import Image, Layer
from qtpy.QtWidgets import QApplication

from ...jobs import Job, Progress
from ...layers import (
    FILE,
    REGIONS,
    VISIBLE,
    WHOLE,
    LayerData,
    Region,
    foretold,
    show_results,
    shows_planes,
    whole,
)
from ...on_layers import python_script
from ...planes import is_lazy
from .preferences import use_model_folder
from .preview import is_passing, remove_preview
from .run_button import RunButton
from .scrolling import Scrolled
from .shortcuts import RUN, add_shortcut

if TYPE_CHECKING:
    import napari.viewer

MIN_WIDTH = 350  # pixels; below it napari cuts the dock's title off
NOTHING_VISIBLE = "What is visible counts in a 2-D view of the last two axes: switch to it, or choose another part."
NO_IMAGE = "Open an image first: File > Open, or File > Open Sample > Decrappify."
COPIED = "The script is on the clipboard: save it as a file and run it with Python; it needs no window."
TO_FILL_IN = "A line at its top waits for the path of what was not opened from a file."


def layers_of(viewer: napari.viewer.Viewer, *kinds: type[Layer]) -> list[tuple[str, Any]]:
    """Return (name, layer) for a viewer's layers of the given kinds, the topmost first, without what passes away."""
    there = [layer for layer in reversed(viewer.layers) if isinstance(layer, kinds)]
    return [(layer.name, layer) for layer in there if not is_passing(layer)]


class Dock(Container[Widget]):
    """Base of the docks: a subclass makes its fields, and a job from them.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers are offered and get the results.
    action : str
        What the run button says.
    main : sequence of Widget
        Fields that always show, below the choice of the image.
    advanced : sequence of Widget
        Fields behind "Advanced".
    notes : sequence of Widget
        Texts and what else is as wide as the dock, below the main fields; they scroll with these.
    beside : sequence of PushButton
        Buttons before the run button.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        action: str,
        main: Sequence[Widget],
        advanced: Sequence[Widget],
        notes: Sequence[Widget] = (),
        beside: Sequence[PushButton] = (),
    ) -> None:
        self.viewer = viewer
        self._delivering = False
        self._source: Image | None = None  # of the run under way
        self._added: list[Layer] = []
        self._made: dict[str, Any] = {}  # the metadata of the last result
        self.image = ComboBox(name="image", label="Image", choices=self._images, tooltip="The image layer to work on.")
        self.what = ComboBox(
            name="what",
            label="What of it",
            choices=list(REGIONS),
            tooltip="All of it, the plane at the sliders, or only what the window shows of that plane.",
        )
        self.run_button = RunButton(
            action,
            self.prepared,
            self._deliver,
            self.obstacle,
            on_progress=self.on_progress,
            question=self.question,
            ended=self.on_ended,
            beside=beside,
            remark=self.remark,
        )
        self.copy_button = PushButton(
            text="Copy as Python",
            name="copy",
            enabled=False,
            tooltip="Put a script that does the last run again, from file to file, on the clipboard.",
        )
        self.always = Container[Widget](widgets=[self.image, self.what, *main])
        self.advanced = Folded("Advanced", advanced)
        super().__init__(
            widgets=[Scrolled([self.always, *notes, self.advanced]), self.run_button, self.copy_button], labels=False
        )
        use_model_folder()
        self.min_width = MIN_WIDTH
        for part in (self.always, self.advanced, self.run_button):
            part.margins = (0, 0, 0, 0)
        self.copy_button.changed.connect(self._copy)
        add_shortcut(self, RUN, self.run_button.start.native.click)
        self._follow_layers()

    def reset_choices(self, *_: Any) -> None:
        """Offer the layers that there are now."""
        if getattr(self, "run_button", None) is None or not self.run_button.open:
            return
        super().reset_choices()
        self.run_button.refresh()

    def region(self) -> Region | None:
        """Return the part of the image layer to work on; None for all of it."""
        part = self._part(self.image.value, self.viewer)
        return None if part == whole(self.image.value) else part

    def _part(self, layer: Image, viewer: napari.viewer.Viewer) -> Region:
        return REGIONS[str(self.what.value)](layer, viewer)

    def job(self) -> Job[list[LayerData]]:
        """Gather the values and return the job, which returns a list of described layers, the result first."""
        raise NotImplementedError

    def prepared(self) -> Job[list[LayerData]]:
        """Return the job as the run button does it."""
        return self._begun(self.job())

    def on_progress(self, step: Progress) -> None:
        """Look at a step of the job under way."""

    def question(self, step: Progress) -> str:
        """Return what the user is to be asked before the job goes on after a step, or an empty text; in the worker."""
        return ""

    def on_ended(self) -> None:
        """Do what is to be done when a job has ended, in whatever way."""

    def obstacle(self) -> str:
        """Return why nothing can run now, for a person to read; an empty text when it can."""
        if not self._images():
            return NO_IMAGE
        return NOTHING_VISIBLE if self.what.value == VISIBLE and not shows_planes(self.viewer) else ""

    def remark(self) -> str:
        """Return what is to be known before it runs; mostly an empty text."""
        layer = self.image.value
        return "" if layer is None else foretold(self.viewer, layer, whole=self.what.value == WHOLE)

    def choose(self, layer: Layer) -> None:
        """Take up the layer that the user has selected."""
        for name, image in self._images():
            if name == layer.name:
                self.image.value = image

    def _begun(self, job: Job[list[LayerData]]) -> Job[list[LayerData]]:
        """Remember the image, which may get another name until its result is there."""
        self._source = self.image.value
        return without_empty_labels(job)

    def _deliver(self, described: list[LayerData]) -> None:
        self._delivering = True
        remove_preview(self.viewer)
        self._added, remark = show_results(self.viewer, described, self._source)
        self._delivering = False
        self.run_button.note.value = remark or self.run_button.note.value
        self._made = described[0][1]["metadata"]
        self.copy_button.enabled = True

    def _copy(self) -> None:
        file = self._made.get(FILE)
        QApplication.clipboard().setText(python_script(self._made["decrappify"], file))  # type: ignore[union-attr]
        self.run_button.note.value = copied(file is not None)

    def _images(self, *_: Any) -> list[tuple[str, Image]]:
        return layers_of(self.viewer, Image)

    def _follow_layers(self) -> None:
        events = self.viewer.layers.events
        for signal in (events.inserted, events.removed, events.reordered, events.renamed):
            signal.connect(self.reset_choices)
        self.viewer.layers.selection.events.active.connect(self._follow_selection)
        dims = self.viewer.dims.events
        for signal in (dims.ndisplay, dims.order, self.what.changed, self.image.changed):
            signal.connect(self._follow_view)
        dims.current_step.connect(self._follow_sliders)
        self.reset_choices()
        self._follow_selection()

    def _follow_sliders(self, *_: Any) -> None:
        if self.viewer.dims.ndisplay != 2:
            self._follow_view()

    def _follow_view(self, *_: Any) -> None:
        """Say what the view, or the part of the image that is chosen, makes of the next run."""
        if self.run_button.open:
            self.run_button.refresh()

    def _follow_selection(self, *_: Any) -> None:
        """Choose the layer that the user selects; a result that is added doesn't count."""
        active = self.viewer.layers.selection.active
        if self._delivering or active is None or not self.run_button.open:
            return
        self.reset_choices()
        self.choose(active)


def copied(whole: bool) -> str:
    """Say that a script is on the clipboard, and whether it knows all the files that it reads."""
    return COPIED if whole else f"{COPIED} {TO_FILL_IN}"


class Folded(Container[Widget]):
    """Fields behind a button that shows and hides them."""

    def __init__(self, title: str, widgets: Sequence[Widget]) -> None:
        self._title = title
        self.toggle = PushButton(text=f"▸ {title}", name="toggle", tooltip="Show or hide the finer settings.")
        self.body = Container[Widget](widgets=list(widgets), name="body", visible=False)
        self.body.margins = (12, 0, 0, 0)
        super().__init__(widgets=[self.toggle, self.body], labels=False, name="advanced")
        self.toggle.changed.connect(self._on_toggle)

    def _on_toggle(self) -> None:
        shown = not self.body.visible
        self.body.visible = shown
        self.toggle.text = f"{'▾' if shown else '▸'} {self._title}"


def without_empty_labels(job: Job[list[LayerData]]) -> Job[list[LayerData]]:
    """Do the job, and leave out labels that mark nothing; lazy ones aren't computed to find out."""
    described = yield from job
    return [one for one in described if one[2] != "labels" or is_lazy(one[0]) or one[0].any()]
