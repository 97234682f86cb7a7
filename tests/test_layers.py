from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels, Layer, Points

from napari_decrappify.errors import InvalidImageError
from napari_decrappify.layers import (
    add_to,
    data_to_world,
    mask_layer,
    result_layer,
    source_of,
    uncertainty_layer,
)
from napari_decrappify.provenance import record

PLACES = {
    "plain": {},
    "scaled": {"scale": (0.5, 2.0), "translate": (10.0, -3.0)},
    "mirrored": {"scale": (-0.5, 2.0), "translate": (10.0, -3.0)},
    "rotated": {"scale": (0.5, 2.0), "translate": (10.0, -3.0), "rotate": 30},
    "sheared": {"scale": (0.5, 2.0), "rotate": 30, "shear": [0.4]},
    "affine": {"scale": (0.5, 2.0), "translate": (1.0, 2.0), "rotate": -20, "shear": [0.2],
               "affine": [[1.0, 0.3, 5.0], [-0.2, 1.5, 7.0], [0, 0, 1]]},
}  # fmt: skip
RECORD = record("upscale", {"factor": 2})


def pixels(shape, dtype=np.uint8):
    return np.random.default_rng(0).integers(0, 200, shape).astype(dtype)


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
@pytest.mark.parametrize("factor", [2, 3, 1 / 4], ids=str)
def test_a_resized_result_covers_exactly_the_area_of_its_source(place, factor):
    source = Image(pixels((16, 24)), **place)
    array = pixels((round(16 * factor), round(24 * factor)))
    result = Layer.create(*result_layer(source_of(source), array, name="result", record=RECORD, factor=factor))
    for corner in [(0, 0), (0, 1), (1, 0), (1, 1)]:
        outer = np.array(corner) * source.data.shape - 0.5
        new_outer = np.array(corner) * result.data.shape - 0.5
        np.testing.assert_allclose(result.data_to_world(new_outer), source.data_to_world(outer), atol=1e-9)


def test_the_four_pixels_that_come_of_one_lie_around_its_centre():
    source = Image(pixels((8, 8)), scale=(3, 5), translate=(7, 11), rotate=40)
    data, keywords, _ = result_layer(source_of(source), pixels((16, 16)), name="x", record=RECORD, factor=2)
    result = Image(data, **keywords)
    four = [result.data_to_world((6 + i, 8 + j)) for i in (0, 1) for j in (0, 1)]
    np.testing.assert_allclose(np.mean(four, axis=0), source.data_to_world((3, 4)), atol=1e-9)


def test_leading_axes_keep_their_place_when_planes_are_enlarged():
    source = Image(pixels((5, 8, 8)), scale=(4, 2, 2), translate=(1, 2, 3), units=("s", "um", "um"),
                   axis_labels=("time", "y", "x"))  # fmt: skip
    data, keywords, _ = result_layer(source_of(source), pixels((5, 16, 16)), name="x", record=RECORD, factor=2)
    result = Image(data, **keywords)
    np.testing.assert_allclose(result.scale, (4, 1, 1))
    np.testing.assert_allclose(result.translate, (1, 1.5, 2.5))
    assert result.units == source.units
    assert result.axis_labels == source.axis_labels


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_the_matrix_to_world_is_napari_s_own(place):
    layer = Image(pixels((6, 7)), **place)
    matrix = data_to_world(source_of(layer).place)
    np.testing.assert_allclose((matrix @ [3, 4, 1])[:2], layer.data_to_world((3, 4)))


def test_the_result_looks_like_its_source():
    layer = Image(pixels((8, 8), np.uint16), colormap="magma", contrast_limits=(3, 90), gamma=0.7, blending="additive",
                  opacity=0.4, interpolation2d="cubic", interpolation3d="nearest")  # fmt: skip
    data, keywords, kind = result_layer(source_of(layer), pixels((8, 8), np.uint16), name="x", record=RECORD)
    result = Image(data, **keywords)
    assert kind == "image"
    assert result.colormap.name == "magma"
    assert result.contrast_limits == [3, 90]
    assert (result.gamma, result.blending, result.opacity) == (0.7, "additive", 0.4)
    assert (result.interpolation2d, result.interpolation3d) == ("cubic", "nearest")
    assert result.metadata["decrappify"] == RECORD


def test_contrast_limits_are_not_kept_for_another_dtype():
    layer = Image(pixels((8, 8), np.uint16), contrast_limits=(3, 60_000))
    keywords = result_layer(source_of(layer), pixels((8, 8)), name="x", record=RECORD)[1]
    assert "contrast_limits" not in keywords


@pytest.mark.parametrize(("shape", "rgb"), [((8, 8, 3), True), ((3, 8, 3), False), ((2, 8, 8, 4), True)], ids=str)
def test_the_layer_says_what_is_colour(shape, rgb):
    source = source_of(Image(pixels(shape), rgb=rgb))
    assert source.rgb is rgb
    assert source.grid == (shape[:-1] if rgb else shape)
    data, keywords, _ = result_layer(source, pixels(shape), name="x", record=RECORD)
    assert Image(data, **keywords).rgb is rgb


def test_multiscale_layers_give_their_finest_level():
    fine = pixels((64, 64))
    source = source_of(Image([fine, fine[::2, ::2]], multiscale=True, scale=(2, 2)))
    assert source.array is fine
    assert source.place["scale"] == [2, 2]


def test_arrays_are_shared_and_lazy_ones_stay_lazy():
    array = pixels((8, 8))
    assert source_of(Image(array)).array is array
    lazy = da.from_array(array, chunks=4)
    assert source_of(Image(lazy)).array is lazy


def test_other_array_types_are_wrapped_in_dask():
    class OnDisk:
        """As zarr or h5py: it has a shape and a dtype, and slices to NumPy."""

        def __init__(self, values):
            self._values, self.shape, self.dtype, self.ndim = values, values.shape, values.dtype, values.ndim
            self.chunks = (4, 4)

        def __getitem__(self, key):
            return self._values[key]

    array = pixels((8, 8))
    found = source_of(Image(OnDisk(array))).array
    assert isinstance(found, da.Array)
    assert found.chunksize == (4, 4)
    np.testing.assert_array_equal(found.compute(), array)


def test_only_image_layers_are_sources():
    with pytest.raises(InvalidImageError, match="Points layer 'spots'"):
        source_of(Points(np.zeros((1, 2)), name="spots"))
    with pytest.raises(InvalidImageError, match="Labels layer"):
        source_of(Labels(np.zeros((4, 4), np.uint8)))


def test_results_never_replace_a_layer_of_the_same_name():
    viewer = ViewerModel()
    first = viewer.add_image(pixels((8, 8)), name="cat upscaled")
    described = result_layer(source_of(first), pixels((8, 8)), name="cat upscaled", record=RECORD)
    added = add_to(viewer.layers, described)
    assert [layer.name for layer in viewer.layers] == ["cat upscaled", "cat upscaled 2"]
    assert viewer.layers[-1] is added


def test_a_damage_mask_becomes_labels_in_the_same_place():
    source = source_of(Image(pixels((3, 8, 8)), scale=(4, 2, 2), translate=(1, 2, 3)))
    mask = np.zeros((4, 4), bool)
    mask[1, 2] = True
    data, keywords, kind = mask_layer(source, mask, name="damage", record=RECORD, factor=0.5)
    labels = Labels(data, **keywords)
    assert kind == "labels"
    assert data.shape == (3, 4, 4)
    assert [tuple(i) for i in np.argwhere(data)] == [(t, 1, 2) for t in range(3)]
    np.testing.assert_allclose(labels.data_to_world((0, -0.5, -0.5)), (1, 1, 2))
    assert not np.shares_memory(data, mask)


def test_the_source_layer_is_left_as_it_was():
    array = pixels((8, 8))
    layer = Image(array.copy(), metadata={"kept": True})
    result_layer(source_of(layer), pixels((16, 16)), name="x", record=RECORD, factor=2)
    np.testing.assert_array_equal(layer.data, array)
    assert layer.metadata == {"kept": True}


def test_colour_made_of_grey_is_an_rgb_layer_without_a_colour_map():
    layer = Image(pixels((3, 8, 8), np.uint16), colormap="magma", contrast_limits=(3, 90), gamma=0.7, opacity=0.6,
                  blending="additive", scale=(3, 2, 2))  # fmt: skip
    data, keywords, kind = result_layer(source_of(layer), pixels((3, 8, 8, 3), np.uint16), name="x", record=RECORD)
    assert kind == "image"
    assert not {"colormap", "contrast_limits", "gamma"} & set(keywords)
    result = Image(data, **keywords)
    assert result.rgb
    assert result.ndim == 3
    assert (result.blending, result.opacity) == ("additive", 0.6)
    np.testing.assert_allclose(result.data_to_world((1, 2, 3)), layer.data_to_world((1, 2, 3)))


@pytest.mark.parametrize("values", [np.linspace(0, 40, 64).reshape(8, 8), np.zeros((8, 8))], ids=["some", "none"])
def test_an_uncertainty_map_is_a_second_layer_over_the_result(values):
    source = source_of(Image(pixels((4, 4, 3)), rgb=True, scale=(2, 2), contrast_limits=(3, 90)))
    data, keywords, kind = uncertainty_layer(
        source, values.astype(np.float32), name="cat uncertainty", record=RECORD, factor=2
    )
    result = Layer.create(data, keywords, kind)
    assert isinstance(result, Image)
    assert not result.rgb
    assert not result.visible
    assert result.colormap.name == "magma"
    assert result.contrast_limits[0] == 0
    assert result.contrast_limits[1] == pytest.approx(values.max() or 1, rel=0.01)
    np.testing.assert_allclose(result.scale, (1, 1))


def test_a_lazy_uncertainty_map_is_not_computed():
    def never(block):
        raise AssertionError

    source = source_of(Image(pixels((8, 8))))
    lazy = da.zeros((8, 8), chunks=4, dtype=np.float32).map_blocks(never, meta=np.empty((0, 0), np.float32))
    data, keywords, _ = uncertainty_layer(source, lazy, name="x", record=RECORD)
    assert data is lazy
    assert "contrast_limits" not in keywords
