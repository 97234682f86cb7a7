"""Growing a mask is the maximum over a square, which SciPy knows too, but takes longer for."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import maximum_filter

from napari_decrappify.apply import masks
from napari_decrappify.apply.masks import grown


@pytest.mark.parametrize("radius", [0, 1, 2, 3, 4, 7, 12, 30, 64])
@pytest.mark.parametrize("shape", [(60, 80), (37, 5), (1, 9), (2, 16, 16)])
def test_a_mask_grows_by_the_maximum_over_a_square(shape, radius):
    mask = np.random.default_rng(radius).random(shape) > 0.97
    mask[..., 0, 0] = mask[..., -1, -1] = True
    size = (1,) * (len(shape) - 2) + (2 * radius + 1,) * 2
    before = mask.copy()
    np.testing.assert_array_equal(grown(mask, radius), maximum_filter(mask, size, mode="constant"))
    np.testing.assert_array_equal(mask, before)


def test_it_grows_alike_in_bands(monkeypatch):
    mask = np.random.default_rng(0).random((50, 40)) > 0.98
    whole = grown(mask, 9)
    monkeypatch.setattr(masks, "BAND", 120)
    np.testing.assert_array_equal(grown(mask, 9), whole)
