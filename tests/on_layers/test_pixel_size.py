from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_decrappify import upscale
from napari_decrappify.errors import InvalidParameterError, ModelNotFoundError
from napari_decrappify.files import read_image, write_image
from napari_decrappify.layers import source_of
from napari_decrappify.models import load_model, user_model_path
from napari_decrappify.on_layers import python_script, replay_layer, upscale_layer
from napari_decrappify.on_layers.pixel_size import enlargement, parse_pixel_size


def photo(shape=(20, 31)):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


def world(layer, *corner):
    return np.asarray(layer.data_to_world(corner))


@pytest.mark.parametrize(
    ("pixel_size", "keywords"),
    [
        (0.25, {"factor": 2}),
        (0.2, {"factor": 4, "exact": (2.5, 2.5)}),
        (0.125, {"factor": 4}),
        (0.4, {"factor": 2, "exact": (1.25, 1.25)}),
        ((0.25, 0.5), {"factor": 2, "exact": (2.0, 1.0)}),
        (0.0625, {"factor": 8}),
    ],
    ids=str,
)
def test_the_smallest_factor_that_reaches_it_is_taken(tiny_upscaler, pixel_size, keywords):
    assert enlargement(source_of(Image(photo(), scale=(0.5, 0.5))), pixel_size) == keywords


def test_rounding_errors_cost_no_larger_factor(tiny_upscaler):
    assert enlargement(source_of(Image(photo(), scale=(0.6, 0.6))), 0.3) == {"factor": 2}
    assert enlargement(source_of(Image(photo(), scale=(1.2, 1.2))), 0.3) == {"factor": 4}


def test_pixels_may_become_square(tiny_upscaler):
    layer = Image(photo(), scale=(0.5, 0.2))
    result = upscale_layer(layer, pixel_size=0.2, model=tiny_upscaler, device="cpu")
    assert result.data.shape == (50, 31)
    np.testing.assert_allclose(result.scale, (0.2, 0.2))


@pytest.mark.parametrize("pixel_size", [0.3, 0.17, 0.125])
def test_the_result_has_that_pixel_size_and_covers_the_same_area(tiny_upscaler, pixel_size):
    layer = Image(photo((3, 20, 31)), name="cells", scale=(2, 0.5, 0.5), translate=(1, 7, -3), rotate=20, units="um")
    result = upscale_layer(layer, pixel_size=pixel_size, model=tiny_upscaler, device="cpu")
    np.testing.assert_allclose(result.scale, (2, pixel_size, pixel_size))
    assert result.name == f"cells sharp at {pixel_size} µm"
    assert result.units == layer.units
    np.testing.assert_allclose(world(result, 0, -0.5, -0.5), world(layer, 0, -0.5, -0.5))
    far = [np.array(one.data.shape[-2:]) - 0.5 for one in (result, layer)]
    off = world(result, 0, *far[0]) - world(layer, 0, *far[1])
    assert np.abs(off).max() <= np.hypot(0.5, 0.5) * pixel_size + 1e-9


def test_what_shows_lies_where_it_lay(tiny_upscaler):
    blurred = np.zeros((40, 40), np.float32)
    blurred[17:20, 25:29] = 100
    layer = Image(blurred, scale=(0.5, 0.5), translate=(3, 4))
    result = upscale_layer(layer, pixel_size=0.16, model=tiny_upscaler, device="cpu", strength=0)

    def middle(one):
        weights = one.data / one.data.sum()
        return world(one, *(float((weights * axis).sum()) for axis in np.indices(one.data.shape)))

    np.testing.assert_allclose(middle(result), middle(layer), atol=0.08)


def test_record_replay_and_script_work(tiny_upscaler, tmp_path):
    layer = Image(photo(), name="cells", scale=(0.5, 0.5))
    result, spread = upscale_layer(layer, pixel_size=0.17, model=tiny_upscaler, return_uncertainty=True)
    assert spread.data.shape == result.data.shape
    done = result.metadata["decrappify"]
    assert done["parameters"]["factor"] == 4
    exact = done["parameters"]["exact"]
    np.testing.assert_array_equal(result.data, upscale(photo(), 4, exact=exact, model=tiny_upscaler, ensemble=True))
    again = replay_layer(done, layer)
    np.testing.assert_array_equal(again.data, result.data)
    np.testing.assert_allclose(again.scale, result.scale)
    np.testing.assert_allclose(again.translate, result.translate)
    write_image(tmp_path / "cells.png", photo())
    exec(compile(python_script(done, tmp_path / "cells.png"), "copied", "exec"), {})
    np.testing.assert_array_equal(read_image(tmp_path / "cells-upscaled.png").array, result.data)


def test_the_model_may_be_given_in_any_way(tiny_upscaler):
    layer = source_of(Image(photo(), scale=(0.5, 0.5)))
    for model in (tiny_upscaler, user_model_path(tiny_upscaler), load_model(tiny_upscaler)):
        assert enlargement(layer, 0.2, model)["factor"] == 4
    with pytest.raises(ModelNotFoundError):
        enlargement(layer, 0.2, "nothing-x2")


@pytest.mark.parametrize(
    ("pixel_size", "message"),
    [
        (0.5, "a pixel size below the layer's own, 0.5, got 0.5"),
        (0.7, "a pixel size below the layer's own, 0.5, got 0.7"),
        (0.01, "a pixel size that the models reach, at least 0.03125, got 0.01"),
        (0, "a pixel size above 0, got 0"),
        (float("nan"), "a pixel size above 0, got nan"),
        ("small", "a pixel size, or a height and a width, got 'small'"),
        ((1, 2, 3), "a pixel size, or a height and a width"),
    ],
    ids=str,
)
def test_sizes_that_cannot_be_reached_are_refused_before_the_start(tiny_upscaler, pixel_size, message):
    with pytest.raises(InvalidParameterError, match=message):
        upscale_layer.job(Image(photo(), scale=(0.5, 0.5)), pixel_size=pixel_size)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0.05", 0.05),
        ("0,05", 0.05),
        ("50 nm", 0.05),
        ("50nm", 0.05),
        ("1e-1", 0.1),
        ("0.1 x 0.05 um", (0.1, 0.05)),
        ("100 nm x 0.05 µm", (0.1, 0.05)),
        ("0.1,0.05", (0.1, 0.05)),
        ("0,1; 0,05", (0.1, 0.05)),
    ],
)
def test_a_pixel_size_is_read_as_people_write_it(text, size):
    unit = Image(photo(), units="um").units[-1]
    assert parse_pixel_size(text, unit) == pytest.approx(size)


@pytest.mark.parametrize("text", ["small", "5 foos", "2 px", "3 s", "-3", "1, 2, 3", "1 nm x"])
def test_what_is_no_pixel_size_is_refused(text):
    unit = Image(photo(), units="um").units[-1]
    with pytest.raises(InvalidParameterError, match="a pixel size"):
        parse_pixel_size(text, unit)


def test_a_layer_without_units_takes_no_others():
    with pytest.raises(InvalidParameterError, match="set the layer's units"):
        parse_pixel_size("50 nm", Image(photo()).units[-1])
