"""The crappify dock: a layer made worse on purpose, and the mask of what was written over it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from magicgui.widgets import CheckBox, Container, Widget

from ...degrade import Crappifier
from ...jobs import Job
from ...layers import LayerData
from ...on_layers import crappify_layer
from ..base.dock import Dock
from ..base.fields import SEED_MAXIMUM, fields_of
from .composition import Composition
from .examples import Examples, Request, request_of

if TYPE_CHECKING:
    import napari.viewer


class CrappifyDock(Dock):
    """Makes an image layer worse; adds the result, and the damage mask as labels if anything was written over."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.preset = Composition()
        self.new_seed = CheckBox(value=True, text="New seed for each run", tooltip="Another result at every run.")
        self.fields = fields_of(crappify_layer.task, ("seed", "per_plane", "channel_axis", "normalize", "nonfinite"))
        seed, *advanced = self.fields.values()
        self.examples = Examples(self._request, self._take_seed)
        seeds = Container[Widget](widgets=[seed, self.new_seed])
        seeds.margins = (0, 0, 0, 0)
        super().__init__(viewer, "Crappify", [], advanced, notes=[self.preset, seeds, self.examples])
        self.preset.changed.connect(self.examples.refresh)

    def crappifier(self) -> str | Crappifier:
        """Return what happens to the image: the name of a preset, or a composition."""
        return self.preset.value

    def job(self) -> Job[list[LayerData]]:
        """Gather the values; draw the seed here, so that the dock shows the one that was used."""
        if self.new_seed.value:
            self._draw_seed()
        return crappify_layer.job(
            self.image.value, self.crappifier(), return_mask=True, region=self.region(), **self._values()
        )

    def obstacle(self) -> str:
        """Return why nothing can run now; without an image there is nothing to show examples of either."""
        obstacle = super().obstacle()
        self.examples.button.enabled = not obstacle and not self.examples.busy
        return obstacle

    def _values(self) -> dict[str, Any]:
        return {name: field.value for name, field in self.fields.items()}

    def _request(self, anew: bool) -> Request:
        if anew and self.new_seed.value:
            self._draw_seed()
        values = self._values()
        return request_of(self.image.value, self.viewer, self.crappifier(), values.pop("seed"), values)

    def _draw_seed(self) -> None:
        self.fields["seed"].value = int(np.random.default_rng().integers(SEED_MAXIMUM))

    def _take_seed(self, seed: int) -> None:
        self.new_seed.value, self.fields["seed"].value = False, seed
