"""The crappify dock: a layer made worse on purpose, and the mask of what was written over it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from magicgui.widgets import CheckBox, ComboBox

from ..degrade import PRESETS
from ..jobs import Job
from ..layers import LayerData
from ..on_layers import crappify_layer
from ..parameters import parameters_of
from ._dock import Dock
from ._fields import SEED_MAXIMUM, fields_of, label_of

if TYPE_CHECKING:
    import napari.viewer


class CrappifyDock(Dock):
    """Makes an image layer worse; adds the result, and the damage mask as labels if anything was written over."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        call = crappify_layer.task
        preset = parameters_of(call)["preset"]
        self.preset = ComboBox(
            name="preset", label=label_of(preset), value=preset.default, choices=list(PRESETS), tooltip=preset.doc.help
        )
        self.new_seed = CheckBox(value=True, text="New seed for each run", tooltip="Another result at every run.")
        self.fields = fields_of(call, ("seed", "per_plane", "channel_axis", "normalize", "nonfinite"))
        seed, *advanced = self.fields.values()
        super().__init__(viewer, "Crappify", [self.preset, seed, self.new_seed], advanced)

    def job(self) -> Job[list[LayerData]]:
        """Gather the values; draw the seed here, so that the dock shows the one that was used."""
        if self.new_seed.value:
            self.fields["seed"].value = int(np.random.default_rng().integers(SEED_MAXIMUM))
        values = {name: field.value for name, field in self.fields.items()}
        preset = str(self.preset.value)
        return crappify_layer.job(self.image.value, preset, return_mask=True, region=self.region(), **values)
