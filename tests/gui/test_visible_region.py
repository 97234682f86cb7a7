"""The region that the camera's model gives is the one that napari draws."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.layers import visible


@pytest.mark.usefixtures("own_viewer")
@pytest.mark.parametrize("rotate", [0, 30])
def test_the_visible_region_is_what_the_canvas_draws(viewer, rotate):
    fine = np.random.default_rng(0).integers(0, 250, (900, 1200)).astype(np.uint8)
    place = {"scale": (0.5, 2), "rotate": rotate, "translate": (7, 9)}
    layer = viewer.add_image(fine, **place)
    pyramid = viewer.add_image([fine, fine[::4, ::4]], multiscale=True, **place)
    viewer.scene.camera.center, viewer.scene.camera.zoom = (0, *layer.data_to_world((450, 600))), 4.0
    viewer.screenshot(canvas_only=True, flash=False)  # draws
    low, high = np.transpose(visible(layer, viewer).bounds)
    assert (high - low < (900, 1200)).all()
    np.testing.assert_allclose([low, high], layer.corner_pixels, atol=2)
    assert visible(pyramid, viewer) == visible(layer, viewer)
