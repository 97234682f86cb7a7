from __future__ import annotations

import numpy as np
import pytest
import skimage.data
from napari.layers import Image, Labels, Layer

from napari_decrappify import replay, samples
from napari_decrappify.samples.cells import cells
from napari_decrappify.samples.photos import SEED
from napari_decrappify.samples.tissue import tissue

OPENERS = [getattr(samples, name) for name in samples.__all__]


@pytest.mark.parametrize("opener", OPENERS, ids=lambda opener: opener.__name__)
def test_a_sample_opens_as_layers_that_say_how_they_were_made(opener):
    described = opener()
    layers = [Layer.create(*one) for one in described]
    assert isinstance(layers[0], Image)
    assert all("decrappify" in layer.metadata for layer in layers)
    assert layers[0].name


@pytest.mark.parametrize(
    ("opener", "clean"),
    [
        (samples.cat_with_stock_watermark, skimage.data.chelsea),
        (samples.noisy_cells, lambda: cells(SEED)),
        (samples.em_tile, lambda: tissue(SEED)),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_a_sample_can_be_made_again_from_its_record(opener, clean):
    image, keywords, _ = opener()[0]
    source = clean()
    assert image.shape != source.shape or (image != source).any()
    np.testing.assert_array_equal(replay(keywords["metadata"]["decrappify"], source), image)


def test_the_small_cat_is_half_as_large():
    [(image, _, _)] = samples.small_cat()
    photo = skimage.data.chelsea()
    assert image.shape == (photo.shape[0] // 2, photo.shape[1] // 2, 3)
    assert abs(float(image.mean()) - float(photo.mean())) < 1


def test_the_labels_lie_over_the_holes_of_the_cat():
    image, holes = (Layer.create(*one) for one in samples.holed_cat())
    assert isinstance(holes, Labels)
    marked = holes.data != 0
    assert 0.01 < marked.mean() < 0.5
    assert (image.data[marked] == 0).all()
    np.testing.assert_array_equal(image.data[~marked], skimage.data.chelsea()[~marked])


def test_the_cells_are_a_noisy_16_bit_stack_with_its_voxel_size():
    layer = Layer.create(*samples.noisy_cells()[0])
    clean = cells(SEED)
    assert (layer.data.shape, layer.data.dtype, clean.dtype) == ((12, 256, 256), np.uint16, np.uint16)
    assert tuple(layer.scale) == (0.5, 0.1, 0.1)
    assert clean.max() > 255 * 8
    error = layer.data.astype(float) - clean
    bright = clean > np.percentile(clean, 98)
    assert error[bright].std() > 3 * error[clean <= np.median(clean)].std()  # photon noise


def test_the_em_tile_covers_the_drawn_tissue_at_coarser_pixels():
    image, keywords, _ = samples.em_tile()[0]
    whole = tissue(SEED)
    assert (image.dtype, image.shape) == (np.uint8, (whole.shape[0] // 4, whole.shape[1] // 4))
    assert keywords["scale"] == (0.016, 0.016)


def test_drawings_follow_their_seed():
    np.testing.assert_array_equal(cells(3), cells(3))
    assert (tissue(3) != tissue(4)).any()
