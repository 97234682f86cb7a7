from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify import crappify
from napari_decrappify.on_layers.crappifying import reduction


@pytest.mark.parametrize(
    ("yx", "preset", "expected"),
    [
        ((48, 64), "em-x4", (1 / 4, 1 / 4)),
        ((49, 67), "em-x4", (1 / 4, 1 / 4)),
        ((3, 64), "em-x4", (1 / 3, 1 / 4)),
        ((120, 200), "lesson7", (1, 1)),
        ((48, 64), "stock-watermark", (1, 1)),
    ],
)
def test_the_reduction_does_not_count_what_was_cut_off(yx, preset, expected):
    made = crappify(np.zeros((*yx, 3), np.uint8), preset, seed=1)
    assert reduction(made.steps, yx) == pytest.approx(expected)
