"""What the docks that run a model share: the fields of their call, the model, what it can't do and takes, a preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from magicgui.widgets import PushButton
from magicgui.widgets.bases import BaseValueWidget
from napari.layers import Image

from ...apply.engine.estimate import Estimate
from ...jobs import Job, Progress
from ...layers import VISIBLE, LayerData, Region, source_of
from ...models import ModelCard, default_model
from ...on_layers import LayerCall
from ...parameters import parameters_of
from ...tasks import task_named, task_of
from ..jobs.warm_up import warmed
from .disk_choice import DiskChoice
from .dock import Dock
from .estimate_label import (
    MINUTE,
    EstimateLabel,
    duration,
    with_estimate,
)
from .fields import fields_of
from .mask_choice import MaskChoice
from .model_choice import ModelChoice
from .preferences import for_fields, on_change, preferences
from .preview import part_to_preview, show_preview
from .shortcuts import PREVIEW, add_shortcut

if TYPE_CHECKING:
    import napari.viewer

IN_PREVIEW = (
    "Do it to the middle of what the window shows, at most 512 x 512 pixels, as one layer that passes away. "
    f"{PREVIEW} while the dock has the focus."
)
FINER = (
    "seed",
    "ensemble",
    "return_uncertainty",
    "channel_axis",
    "normalize",
    "nonfinite",
    "device",
    "precision",
    "tile",
)


class ModelDock(Dock):
    """Base of the docks that run a model: a subclass names its call and the fields that always show.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers are offered and get the results.
    action : str
        What the run button says.
    call : LayerCall
        What runs.
    main : sequence of str
        The call's parameters that always show, "model" among them; those of `FINER` that it has are folded away.
    mask : MaskChoice, optional
        The choice of the layer that becomes the call's mask.
    own : mapping, optional
        Fields that stand in the place of those that follow from the call's parameters.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        action: str,
        call: LayerCall[...],
        main: Sequence[str],
        mask: MaskChoice | None = None,
        own: Mapping[str, BaseValueWidget[Any]] | None = None,
    ) -> None:
        declared = parameters_of(call.task)
        self._call, self._mask = call, mask
        self.task = task_of(call.operation).name
        finer = [name for name in FINER if name in declared]
        self.fields = {**fields_of(call.task, [name for name in (*main, *finer) if name != "model"]), **(own or {})}
        self._photo = True
        self.model = ModelChoice(self.task, declared["model"], self.default_model, self.default_reason, self.offers)
        self.estimate_label = EstimateLabel(self.job, self.no_estimate, lambda: self.model.card().name)
        self.to_disk = DiskChoice()
        self.preview = PushButton(name="preview", text="Preview", tooltip=IN_PREVIEW)
        self._previewing = False
        shown = [self.model if name == "model" else self.fields[name] for name in main]
        masks: list[Any] = [] if mask is None else [mask]
        super().__init__(
            viewer,
            action,
            [*masks, *shown, self.to_disk],
            [self.fields[name] for name in finer],
            [self.model.limits, self.estimate_label],
            [self.preview],
        )
        self._follow_preferences()
        on_change(self._follow_preferences)
        self.preview.changed.connect(self.run_preview)
        add_shortcut(self, PREVIEW, self.preview.native.click)
        if mask is not None:
            mask.follow(self.image.value)
            self.image.changed.connect(mask.follow)
        self._follow_image()
        self.image.changed.connect(self._follow_image)
        self.to_disk.follow(self.image.value)
        self.image.changed.connect(self.to_disk.follow)
        self.to_disk.changed.connect(self._on_disk)
        for chosen in (self.image, self.model, *masks):
            chosen.changed.connect(self.run_button.refresh)
        for field in [self.image, self.what, self.model, *masks, *self.fields.values()]:
            field.changed.connect(self.estimate_label.refresh)
        viewer.scene.camera.events.zoom.connect(self._on_zoom)

    def default_model(self) -> ModelCard:
        """Return the card of the model that runs where none is chosen."""
        return default_model(self.task, photo=self._photo)

    def default_reason(self) -> str:
        """Say why it is that one, in a few words; nothing where it always is."""
        return task_named(self.task).default_reason(photo=self._photo)

    def offers(self, card: ModelCard) -> bool:
        """Tell whether a model for the task is offered."""
        return True

    def values(self) -> dict[str, Any]:
        """Return the call's keywords as they stand in the fields."""
        mask = {} if self._mask is None else {"mask": self._mask.value}
        name = self.model.card().name
        automatic = self.model.value is None and self.default_reason()  # then the record says so
        return {
            "model": None if automatic else name,
            **mask,
            **{name: field.value for name, field in self.fields.items()},
        }

    def job(self, **instead: Any) -> Job[list[LayerData]]:
        """Look at the layers and the fields; the model is loaded, and the pixels are read, in the worker.

        `instead` are keywords of the call that count instead of what stands in their fields.
        """
        return warmed(self._call.job(self.image.value, region=self.region(), **self.values() | instead))

    def prepared(self) -> Job[list[LayerData]]:
        """Return the job, which says what it takes when it starts; its result goes to disk if a file is chosen."""
        return with_estimate(self._begun(self.job(**self._on_disk_alone())))

    def run_preview(self) -> None:
        """Run the job on the middle of what is visible; the result is a layer that the next one, or a run, removes."""
        source = self.image.value
        self.run_button.do(self._preview_job, lambda described: self._show_preview(described, source))

    def on_progress(self, step: Progress) -> None:
        """Show what the run takes."""
        if isinstance(step.payload, Estimate):
            self.estimate_label.show_estimate(step.payload)

    def question(self, step: Progress) -> str:
        """Ask the user to confirm a long run."""
        estimate = step.payload
        if not isinstance(estimate, Estimate) or estimate.seconds < MINUTE * preferences().ask_before_minutes:
            return ""
        return f"This takes about {duration(estimate.seconds)}: press Resume to do it, or Cancel."

    def on_ended(self) -> None:
        """Say what another run would take."""
        self.estimate_label.refresh()

    def obstacle(self) -> str:
        """Return why nothing can run now."""
        of_mask = "" if self._mask is None else self._mask.obstacle(self.image.value)
        return super().obstacle() or of_mask or self.model.obstacle()

    def no_estimate(self) -> str:
        """Return why nothing is said of the time a run takes: nothing can run, or no model would."""
        return self.obstacle()

    def reset_choices(self, *_: Any) -> None:
        """Offer the layers and the models that there are now."""
        super().reset_choices()
        self.estimate_label.refresh()

    def _follow_image(self, *_: Any) -> None:
        """Take up whether the image is a photo, which the default model may depend on."""
        layer = self.image.value
        self._photo = not isinstance(layer, Image) or source_of(layer).photo
        self.model.refresh()

    def _on_disk_alone(self) -> dict[str, Any]:
        """Return the keywords of a run to disk, which makes nothing but the image; none where no file is chosen."""
        if self.to_disk.value is None:
            return {}
        return {"to_disk": self.to_disk.value, **dict.fromkeys(self._beside_the_image, False)}

    @property
    def _beside_the_image(self) -> list[str]:
        return [name for name in self.fields if name.startswith("return_")]

    def _on_disk(self, *_: Any) -> None:
        """Let nothing be asked for beside the image where that goes to disk."""
        for name in self._beside_the_image:
            self.fields[name].enabled = self.to_disk.value is None

    def _preview_job(self) -> Job[list[LayerData]]:
        self._previewing = True
        try:
            return self.job()
        finally:
            self._previewing = False

    def _part(self, layer: Image, viewer: napari.viewer.Viewer) -> Region:
        wanted = super()._part(layer, viewer)
        return part_to_preview(layer, viewer, wanted) if self._previewing else wanted

    def _show_preview(self, described: list[LayerData], source: Image) -> None:
        self._delivering = True
        for result in described[:1]:
            show_preview(self.viewer, result, source)
        self._delivering = False

    def _on_zoom(self) -> None:
        if self.estimate_label.open and self.what.value == VISIBLE:
            self.estimate_label.refresh()

    def _follow_preferences(self, event: Any = None) -> None:
        """Take up what napari's Preferences say, or what has changed in them."""
        if not self.estimate_label.open:
            return
        for name, value in for_fields().items():
            if event is None or event.type == name:
                self.fields[name].value = value
