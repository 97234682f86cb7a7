from __future__ import annotations

import ast
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image, Labels

from napari_decrappify.errors import InvalidImageError
from napari_decrappify.on_layers.learning import training_data, training_script


def pixels(shape):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


def test_layers_give_their_pixels_and_names():
    grey, stack = Image(pixels((40, 50)), name="grey"), Image(da.from_array(pixels((4, 40, 50))), name="stack")
    data = training_data([grey, stack])
    assert data.names == ("grey", "stack")
    assert data.crappy is None
    np.testing.assert_array_equal(data.images[0], grey.data)
    assert data.images[1].shape == (4, 40, 50)


def test_alpha_is_left_out_and_the_finest_level_is_taken():
    data = training_data([Image(pixels((40, 50, 4)), rgb=True)])
    assert data.images[0].shape == (40, 50, 3)
    levels = Image([pixels((40, 50)), pixels((20, 25))], multiscale=True)
    assert training_data([levels]).images[0].shape == (40, 50)


def test_pairs():
    clean, crappy = Image(pixels((40, 50)), name="clean"), Image(pixels((20, 25)), name="crappy")
    np.testing.assert_array_equal(training_data([clean], [crappy]).crappy[0], crappy.data)
    with pytest.raises(InvalidImageError, match="for each of 1"):
        training_data([clean], [])


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([], "one or more"),
        ([Labels(np.zeros((4, 4), int))], "an image layer"),
        ([Image(pixels((40, 50, 3)), rgb=False, name="thin")], "'thin'"),
    ],
    ids=["none", "labels", "narrow"],
)
def test_what_cannot_be_learned_from_is_refused(layers, message):
    with pytest.raises(InvalidImageError, match=message):
        training_data(layers)


def test_the_script_of_a_folder_does_not_need_napari():
    script = training_script({"images": [Path("/pictures")], "task": "restore", "minutes": 2.0, "overrides": ()})
    ast.parse(script)
    assert "['/pictures']" in script
    assert "overrides" not in script
