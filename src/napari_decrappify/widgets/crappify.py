"""The crappify dock: a layer made worse on purpose, and the mask of what was written over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from magicgui.widgets import CheckBox, ComboBox

from ..degrade import PRESETS, crappify
from ..degrade.operation import OPERATIONS, Step
from ..jobs import Job, Progress
from ..layers import LayerData, Source, mask_layer, result_layer
from ..parameters import parameters_of
from ..provenance import record
from ._dock import Dock
from ._fields import SEED_MAXIMUM, fields_of, label_of
from ._run_button import Task

if TYPE_CHECKING:
    import napari.viewer


class CrappifyDock(Dock):
    """Makes an image layer worse; adds the result, and the damage mask as labels if anything was written over."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        declared = parameters_of(crappify)
        preset = declared["preset"]
        self.preset = ComboBox(
            name="preset", label=label_of(preset), value=preset.default, choices=list(PRESETS), tooltip=preset.doc.help
        )
        self.new_seed = CheckBox(value=True, text="New seed for each run", tooltip="Another result at every run.")
        self.fields = fields_of(crappify, ("seed", "per_plane", "channel_axis", "normalize", "nonfinite"))
        seed = self.fields["seed"]
        advanced = [field for name, field in self.fields.items() if name != "seed"]
        super().__init__(viewer, "Crappify", [self.preset, seed, self.new_seed], advanced)

    def task(self) -> Task:
        """Gather the values; draw the seed here, so that the dock shows the one that was used."""
        if self.new_seed.value:
            self.fields["seed"].value = int(np.random.default_rng().integers(SEED_MAXIMUM))
        source, preset = self.source(), str(self.preset.value)
        values = {name: field.value for name, field in self.fields.items()}
        return lambda: crappified(source, preset, **values)


def crappified(source: Source, preset: str, **values: Any) -> Job[list[LayerData]]:
    """Crappify a source; describe the result and, if any pixel was written over, its damage mask."""
    yield Progress(0, 1, "Reading the layer")
    made = yield from crappify.job(np.asarray(source.array), preset, rgb=source.rgb, **values)
    values.pop("seed")
    done = record("crappify", {"preset": preset, "rgb": source.rgb, **values}, seed=made.seed, steps=made.steps)
    factor = reduction(made.steps[0] if source.layout.leading else made.steps, source.layout.yx)
    layers = [result_layer(source, made.image, name=f"{source.name} {preset}", record=done, factor=factor)]
    if made.mask.any():
        layers.append(mask_layer(source, made.mask, name=f"{source.name} damage", record=done, factor=factor))
    return layers


def reduction(steps: Sequence[Step], yx: tuple[int, int]) -> tuple[float, float]:
    """Return the result's pixels for each pixel of the source, in Y and X; what a step cuts off doesn't count."""
    size, factor = np.array(yx), np.ones(2)
    for step in steps:
        values = step["values"]
        if "size" in values and OPERATIONS[step["operation"]].geometric:
            new = np.array(values["size"])
            kept = np.minimum(size, new * values["factor"]) if "factor" in values else size
            size, factor = new, factor * new / kept
    return float(factor[0]), float(factor[1])
