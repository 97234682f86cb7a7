from __future__ import annotations

import numpy as np
import skimage.data
from napari.layers import Layer

from napari_decrappify import replay, samples


def test_samples_open_as_image_layers():
    for opener in (samples.cat_with_stock_watermark, samples.crappy_cat, samples.small_cat):
        [described] = opener()
        layer = Layer.create(*described)
        assert layer.rgb
        assert layer.data.dtype == np.uint8


def test_the_crappified_samples_say_how_they_were_made():
    [(image, keywords, _)] = samples.cat_with_stock_watermark()
    photo = skimage.data.chelsea()
    assert (image != photo).any()
    np.testing.assert_array_equal(replay(keywords["metadata"]["decrappify"], photo), image)


def test_the_small_cat_is_half_as_large():
    [(image, _, _)] = samples.small_cat()
    photo = skimage.data.chelsea()
    assert image.shape == (photo.shape[0] // 2, photo.shape[1] // 2, 3)
    assert abs(float(image.mean()) - float(photo.mean())) < 1
