"""Records say how many marks were solved, and are replayed whatever they say."""

from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
from napari.layers import Image
from scipy import ndimage

from napari_decrappify import remove_watermark, replay
from napari_decrappify.errors import InvalidImageError
from napari_decrappify.files import read_image, write_image
from napari_decrappify.models import ModelCard, save_model, user_model_path
from napari_decrappify.nets import build
from napari_decrappify.on_layers import remove_watermark_layer

PHOTO = np.random.default_rng(0).integers(90, 110, (48, 56, 3)).astype(np.uint8)
MASK = np.zeros((48, 56), bool)
MASK[5:12, 5:12] = MASK[30:38, 30:38] = True


@pytest.fixture
def finder(home, tiny_photo):
    """The name of a small finder of coverage with random weights; what fills is in the store, too."""
    options = {"widths": [4, 8], "middle": 1}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = build("mark-finder", options)
    card = ModelCard(
        name="coverage", task="watermark", architecture="mark-finder", options=options, scale=1, mask_coverage=True
    )
    save_model(user_model_path(card.name), net, card)
    return card.name


@pytest.fixture
def counts(finder):
    """What is said to have become of the marks in the mask."""
    steps = []
    remove_watermark(PHOTO, MASK, model=finder, progress=steps.append)
    found = asdict(steps[-1].payload)
    assert sum(found.values()) > 0
    return found


def test_the_metadata_of_a_result_layer_has_the_counts(finder, counts):
    layer, used = remove_watermark_layer(Image(PHOTO, rgb=True), MASK, model=finder, return_mask=True)
    for one in (layer, used):
        assert one.metadata["decrappify"]["marks"] == counts
    np.testing.assert_array_equal(replay(layer.metadata["decrappify"], PHOTO), layer.data)


def test_the_record_in_a_file_has_the_counts(finder, counts, tmp_path, run):
    photo, mask, clean = (tmp_path / name for name in ("photo.png", "mask.png", "clean.png"))
    write_image(photo, PHOTO)
    write_image(mask, MASK.astype(np.uint8) * 255)
    assert run("remove-watermark", photo, "--mask", mask, "--model", finder, "-o", clean)[0] == 0
    made = read_image(clean)
    record = json.loads(made.metadata.text["decrappify"])
    assert record["marks"] == counts
    strange = {**record, "marks": "many"}
    np.testing.assert_array_equal(replay(strange, PHOTO), made.array)


def test_models_that_solve_no_marks_say_nothing_of_them(tiny_watermark):
    layer = remove_watermark_layer(Image(PHOTO, rgb=True), MASK, model=tiny_watermark)
    assert "marks" not in layer.metadata["decrappify"]


@pytest.fixture
def no_model(monkeypatch):
    from napari_decrappify import models

    def load(*_, **__):
        raise AssertionError("a model was loaded")

    monkeypatch.setattr(models, "load_model", load)


def test_layers_of_one_size_are_freed_of_one_mark_together_and_no_model_is_loaded(no_model):
    rng = np.random.default_rng(3)
    smooth = np.clip(ndimage.gaussian_filter(rng.normal(size=(8, 64, 64)), (0, 3, 3)) * 700 + 120, 0, 250)
    coverage = np.zeros((64, 64))
    coverage[20:44, 24:28] = coverage[20:24, 24:44] = 0.5
    marked = (smooth * (1 - coverage) + 255 * coverage).astype(np.uint8)
    layers = [Image(photo, name=f"photo {number}") for number, photo in enumerate(marked)]
    freed = remove_watermark_layer(layers[0], ndimage.binary_dilation(coverage > 0), together=layers)
    assert [layer.metadata["decrappify"]["source"]["layer"] for layer in freed] == [layer.name for layer in layers]
    inside = coverage > 0
    for before, after, photo in zip(layers, freed, smooth, strict=True):
        assert abs(after.data - photo)[inside].mean() < 0.2 * abs(before.data - photo)[inside].mean()
        np.testing.assert_array_equal(after.data[:10], before.data[:10])
        np.testing.assert_array_equal(replay(after.metadata["decrappify"], before.data), after.data)


def test_layers_that_differ_share_no_mark():
    small = Image(np.zeros((20, 30), np.uint8), name="small")
    with pytest.raises(InvalidImageError, match="small: shape"):
        remove_watermark_layer(Image(np.zeros((20, 31), np.uint8)), together=[small])
