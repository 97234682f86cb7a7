"""Micrographs that are drawn, and then made worse as microscopes do: too few photons, too few pixels."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..degrade import crappify
from ..provenance import record
from .cells import cells
from .photos import SEED, Sample
from .tissue import tissue

VOXEL = (0.5, 0.1, 0.1)  # micrometres along Z, Y, X
EM_PIXEL = 0.004  # micrometres, of the tissue as it is drawn
EM_TIMES = 4


def noisy_cells() -> Sample:
    """Return a 16-bit fluorescence stack (Z, Y, X) of drawn nuclei in few photons, to denoise."""
    place = {"scale": VOXEL, "units": ("um", "um", "um"), "colormap": "green"}
    return _worse(cells(SEED), "few-photons", {"name": "Noisy cells", **place})


def em_tile() -> Sample:
    """Return a noisy 8-bit electron micrograph of drawn tissue with a quarter of the pixels a side, to upscale."""
    place = {"scale": (EM_PIXEL * EM_TIMES,) * 2, "units": ("um", "um")}
    return _worse(tissue(SEED), "em-x4", {"name": "EM tile to upscale", **place})


def _worse(clean: Any, preset: str, keywords: dict[str, Any]) -> Sample:
    made = crappify(clean, preset, seed=SEED, rgb=False)
    done = record("crappify", {"preset": preset, "rgb": False}, seed=SEED, steps=made.steps)
    limits = [float(level) for level in np.percentile(made.image, (0.1, 99.9))]
    return [(made.image, {**keywords, "contrast_limits": limits, "metadata": {"decrappify": done}}, "image")]
