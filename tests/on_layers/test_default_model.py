"""Which model runs on a layer where nobody names one, and what the record says of it."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_decrappify import replay, restore
from napari_decrappify.on_layers import restore_layer

IMAGES = {
    "photo": (np.random.default_rng(0).integers(0, 256, (20, 24, 3), dtype=np.uint8), "restore"),
    "micrograph": (np.random.default_rng(0).integers(300, 4096, (2, 20, 24), dtype=np.uint16), "denoise"),
}


@pytest.mark.parametrize("kind", IMAGES)
def test_a_layer_is_restored_as_its_array_is_and_the_record_says_by_what_and_why(both_restorers, kind):
    image, expected = IMAGES[kind]
    made = restore_layer(Image(image, rgb=kind == "photo"), device="cpu")
    np.testing.assert_array_equal(made.data, restore(image, device="cpu"))
    done = made.metadata["decrappify"]
    assert done["model"]["name"] == expected
    assert ("all but 8-bit photos" in done["chosen"]) == (kind == "micrograph")
    np.testing.assert_array_equal(replay(done, image), made.data)


def test_a_record_replays_with_the_model_that_it_names_whatever_the_default_is_now(both_restorers):
    image, expected = IMAGES["micrograph"]
    made = restore_layer(Image(image), model="restore", device="cpu")
    done = made.metadata["decrappify"]
    assert "chosen" not in done
    assert done["model"]["name"] != expected
    np.testing.assert_array_equal(replay(done, image), made.data)
