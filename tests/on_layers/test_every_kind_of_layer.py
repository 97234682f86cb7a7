"""Each function on each kind of layer: the pixels of the call on arrays, in the right place, traceable."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from napari.layers import Image, Labels

import napari_decrappify
from napari_decrappify import on_layers, replay
from napari_decrappify.errors import InvalidImageError, InvalidMaskError


def finest(layer):
    return np.asarray(layer.data[0] if layer.multiscale else layer.data)


def outer_corners(layer):
    """Where the outermost corners of the outermost planes lie in the world."""
    shape = finest(layer).shape[: layer.ndim]
    ends = [(0, n - 1) for n in shape[:-2]] + [(-0.5, n - 0.5) for n in shape[-2:]]
    return [layer.data_to_world(corner) for corner in itertools.product(*ends)]


def place_of(layer):
    return {key: getattr(layer, key) for key in ("scale", "translate", "rotate", "shear", "affine", "units")}


def check(result, layer, expected, *, rgb=None):
    """The pixels are those of the API, over the same area of the world, and the source is as it was."""
    assert isinstance(result, Image)
    assert result is not layer
    assert result.data.dtype == expected.dtype == finest(layer).dtype
    np.testing.assert_array_equal(np.asarray(result.data), expected)
    np.testing.assert_allclose(outer_corners(result), outer_corners(layer), atol=1e-9)
    assert result.units == layer.units
    assert result.axis_labels == layer.axis_labels
    assert result.rgb == (layer.rgb if rgb is None else rgb)
    np.testing.assert_array_equal(replay(result.metadata["decrappify"], finest(layer)), expected)


def test_upscale(layer, keywords, tiny_upscaler):
    before = finest(layer).copy()
    result = on_layers.upscale_layer(layer, 2, model=tiny_upscaler, **keywords)
    check(result, layer, napari_decrappify.upscale(before, 2, model=tiny_upscaler, rgb=layer.rgb, **keywords))
    np.testing.assert_array_equal(finest(layer), before)


def test_remove_watermark(layer, keywords, tiny_watermark):
    before = finest(layer).copy()
    result = on_layers.remove_watermark_layer(layer, model=tiny_watermark, **keywords)
    expected = napari_decrappify.remove_watermark(before, model=tiny_watermark, rgb=layer.rgb, **keywords)
    check(result, layer, expected)
    np.testing.assert_array_equal(finest(layer), before)


def test_remove_watermark_where_a_mask_says(layer, keywords, tiny_watermark):
    image = finest(layer)
    mask = np.zeros(image.shape[: layer.ndim], np.uint8)
    mask[..., : image.shape[layer.ndim - 2] // 2 + 1, :] = 7
    labels = Labels(mask, **place_of(layer))
    result = on_layers.remove_watermark_layer(layer, labels, model=tiny_watermark, **keywords)
    settings = {"model": tiny_watermark, "rgb": layer.rgb, **keywords}
    check(result, layer, napari_decrappify.remove_watermark(image, mask, **settings))
    changed = np.asarray(result.data) != image
    changed = changed.any(axis=-1) if layer.rgb else changed
    assert not changed[mask == 0].any()


def test_an_empty_mask_is_refused(layer, keywords, tiny_watermark):
    mask = Labels(np.zeros(finest(layer).shape[: layer.ndim], np.uint8), name="nothing")
    with pytest.raises(InvalidMaskError, match="'nothing', which marks none of it"):
        on_layers.remove_watermark_layer(layer, mask, model=tiny_watermark, **keywords)


def test_crappify(layer, keywords):
    before = finest(layer).copy()
    keywords.pop("device")
    result = on_layers.crappify_layer(layer, "stock-watermark", 5, **keywords)
    expected = napari_decrappify.crappify(before, "stock-watermark", seed=5, rgb=layer.rgb, **keywords).image
    check(result, layer, expected)
    np.testing.assert_array_equal(finest(layer), before)


def test_restore(layer, keywords, tiny_restorer):
    before = finest(layer).copy()
    result = on_layers.restore_layer(layer, model=tiny_restorer, **keywords)
    check(result, layer, napari_decrappify.restore(before, model=tiny_restorer, rgb=layer.rgb, **keywords))
    np.testing.assert_array_equal(finest(layer), before)


def test_infill(layer, keywords, kind, tiny_infill):
    image = finest(layer)
    mask = np.zeros(image.shape[: layer.ndim], np.uint8)
    mask[..., -image.shape[layer.ndim - 2] // 3 :, :] = 2
    labels = Labels(mask, **place_of(layer))
    if kind == "1 pixel":
        with pytest.raises(InvalidMaskError):
            on_layers.infill_layer(layer, labels, model=tiny_infill, **keywords)
        return
    result = on_layers.infill_layer(layer, labels, model=tiny_infill, **keywords)
    settings = {"model": tiny_infill, "rgb": layer.rgb, **keywords}
    check(result, layer, napari_decrappify.infill(image, mask, **settings))
    changed = np.asarray(result.data) != image
    changed = changed.any(axis=-1) if layer.rgb else changed
    assert changed.any()
    assert not changed[mask == 0].any()


def test_colorize(layer, keywords, kind, tiny_colorizer):
    before = finest(layer).copy()
    if kind == "T+C":
        with pytest.raises(InvalidImageError, match="independent channels"):
            on_layers.colorize_layer(layer, model=tiny_colorizer, **keywords)
        return
    result = on_layers.colorize_layer(layer, model=tiny_colorizer, **keywords)
    check(result, layer, napari_decrappify.colorize(before, model=tiny_colorizer, rgb=layer.rgb, **keywords), rgb=True)
    assert result.data.shape[-1] == (before.shape[-1] if layer.rgb else 3)
    np.testing.assert_array_equal(finest(layer), before)


@pytest.mark.parametrize("function", ["upscale_layer", "restore_layer", "colorize_layer"])
def test_uncertainty_is_a_second_layer(layer, keywords, kind, function, request):
    if (function, kind) == ("colorize_layer", "T+C"):
        keywords = {}  # independent channels have no colours to find
    tiny = {"upscale_layer": "tiny_upscaler", "restore_layer": "tiny_restorer", "colorize_layer": "tiny_colorizer"}
    model = request.getfixturevalue(tiny[function])
    image, map_ = getattr(on_layers, function)(layer, model=model, return_uncertainty=True, **keywords)
    assert image.ndim == map_.ndim == layer.ndim
    assert not map_.rgb
    assert map_.data.dtype == np.float32
    assert map_.data.shape == image.data.shape[: image.ndim]
    np.testing.assert_allclose(outer_corners(map_), outer_corners(layer), atol=1e-9)
    np.testing.assert_array_equal(replay(map_.metadata["decrappify"], finest(layer)), map_.data)
