from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.layers import (
    REGIONS,
    Region,
    current_plane,
    result_layer,
    source_of,
    visible,
    whole,
)
from napari_decrappify.provenance import record

RECORD = record("upscale", {"factor": 2})


def pixels(shape):
    return np.random.default_rng(0).integers(0, 200, shape).astype(np.uint8)


def looking_at(center, zoom, canvas=(100, 200)):
    """A viewer without a window, whose canvas has this (height, width) in screen pixels."""
    viewer = ViewerModel()
    viewer.canvas.size = canvas

    def add(array, **keywords):
        layer = viewer.add_image(array, **keywords)
        viewer.scene.camera.center, viewer.scene.camera.zoom = center, zoom
        return layer, viewer

    return add


def test_the_whole_of_a_colour_stack_has_no_bounds_for_its_colours():
    assert whole(Image(pixels((2, 40, 50, 3)), rgb=True)) == Region(((0, 2), (0, 40), (0, 50)))


def test_the_current_plane_follows_the_sliders():
    viewer = ViewerModel()
    layer = viewer.add_image(pixels((3, 4, 20, 30)), scale=(10, 2, 1, 1), translate=(5, 0, 0, 0))
    viewer.dims.set_point((0, 1), (15, 6))
    assert current_plane(layer, viewer) == Region(((1, 2), (3, 4), (0, 20), (0, 30)))
    np.testing.assert_array_equal(source_of(layer, current_plane(layer, viewer)).array[0, 0], layer.data[1, 3])


def test_a_layer_with_fewer_axes_shows_whole_planes():
    viewer = ViewerModel()
    viewer.add_image(pixels((3, 4, 20, 30)))
    flat = viewer.add_image(pixels((20, 30)))
    stack = viewer.add_image(pixels((4, 20, 30)))
    viewer.dims.set_point((0, 1), (2, 3))
    assert current_plane(flat, viewer) == whole(flat)
    assert current_plane(stack, viewer) == Region(((3, 4), (0, 20), (0, 30)))


def test_units_count():
    viewer = ViewerModel()
    layer = viewer.add_image(pixels((5, 20, 30)), scale=(1000, 1, 1), units=("nm", "nm", "nm"))
    viewer.add_image(pixels((5, 20, 30)), units=("um", "um", "um"))
    viewer.layers.units = ("um", "um", "um")
    viewer.dims.set_point(0, 3)
    assert current_plane(layer, viewer).bounds[0] == (3, 4)


def test_where_the_layer_has_no_plane_is_said():
    viewer = ViewerModel()
    layer = viewer.add_image(pixels((3, 20, 30)), name="short")
    viewer.add_image(pixels((9, 20, 30)))
    viewer.dims.set_point(0, 7)
    with pytest.raises(InvalidParameterError, match=r"planes of 'short'.*plane \[7\]"):
        current_plane(layer, viewer)


def test_the_visible_region_is_the_canvas_in_pixels_of_the_layer():
    layer, viewer = looking_at((0, 20, 30), zoom=10)(pixels((3, 40, 60)))
    assert visible(layer, viewer).bounds[1:] == ((15, 26), (20, 41))
    scaled, viewer = looking_at((0, 20, 30), zoom=10)(pixels((3, 40, 60)), scale=(1, 0.5, 2))
    assert visible(scaled, viewer).bounds[1:] == ((30, 40), (10, 21))


def test_what_lies_beside_the_layer_is_left_out():
    layer, viewer = looking_at((0, 0, 0), zoom=10)(pixels((40, 60)))
    assert visible(layer, viewer).bounds == ((0, 6), (0, 11))
    layer, viewer = looking_at((0, 0, 0), zoom=0.1)(pixels((40, 60)))
    assert visible(layer, viewer) == whole(layer)


def test_a_rotated_layer_gives_the_box_around_the_view():
    middle = Image(pixels((80, 80)), rotate=45).data_to_world((40, 40))
    layer, viewer = looking_at((0, *middle), zoom=10, canvas=(100, 100))(pixels((80, 80)), rotate=45)
    (y0, y1), (x0, x1) = visible(layer, viewer).bounds
    reach = 5 * np.sqrt(2)
    np.testing.assert_allclose([y0, x0], 40 - reach, atol=1)
    np.testing.assert_allclose([y1, x1], 40 + reach, atol=1)


def test_multiscale_layers_give_a_box_of_their_finest_level():
    fine = pixels((400, 600))
    layer, viewer = looking_at((0, 200, 300), zoom=1)([fine, fine[::4, ::4]], multiscale=True)
    region = visible(layer, viewer)
    assert region.bounds == ((150, 251), (200, 401))
    np.testing.assert_array_equal(source_of(layer, region).array, fine[150:251, 200:401])


def test_in_grid_mode_a_layer_has_a_part_of_the_canvas():
    layer, viewer = looking_at((0, 20, 30), zoom=10)(pixels((40, 60)))
    viewer.add_image(pixels((40, 60)))
    viewer.canvas.grid.enabled = True
    viewer.canvas.grid.shape = (1, 2)
    viewer.scene.camera.center, viewer.scene.camera.zoom = (0, 20, 30), 10
    (_, (x0, x1)) = visible(layer, viewer).bounds
    assert x1 - x0 == 11


def test_a_view_beside_the_layer_is_refused():
    layer, viewer = looking_at((0, 900, 900), zoom=10)(pixels((40, 60)))
    with pytest.raises(InvalidParameterError, match="a view beside it"):
        visible(layer, viewer)


def test_views_along_other_axes_are_refused():
    layer, viewer = looking_at((0, 20, 30), zoom=10)(pixels((20, 40, 60)))
    viewer.dims.ndisplay = 3
    with pytest.raises(InvalidParameterError, match="a 2-D view of the last two axes"):
        visible(layer, viewer)
    viewer.dims.ndisplay = 2
    viewer.dims.order = (1, 0, 2)
    with pytest.raises(InvalidParameterError, match="a 2-D view of the last two axes"):
        visible(layer, viewer)


def test_a_dock_can_offer_every_kind_of_region():
    layer, viewer = looking_at((0, 20, 30), zoom=10)(pixels((3, 40, 60)))
    regions = {name: find(layer, viewer) for name, find in REGIONS.items()}
    assert regions["whole stack"] == whole(layer)
    assert regions["current plane"].bounds[1:] == ((0, 40), (0, 60))
    assert regions["what is visible"] == visible(layer, viewer)


@pytest.mark.parametrize(
    "place",
    [
        {"scale": (3, 0.5, 2), "translate": (1, 2, 3), "rotate": 25},
        {"scale": (3, 0.5, 2), "shear": [0.2, 0.1, 0.4]},
        {"affine": [[1, 0, 0, 2], [0, 1, 0.3, 5], [0, -0.2, 1.5, 7], [0, 0, 0, 1]], "scale": (3, 0.5, 2)},
    ],
    ids=["rotated", "sheared", "affine"],
)
def test_what_is_made_of_a_region_lies_where_the_region_does(place):
    layer = Image(pixels((4, 20, 30)), **place)
    source = source_of(layer, Region(((2, 3), (5, 15), (10, 30))))
    np.testing.assert_array_equal(source.array, layer.data[2:3, 5:15, 10:30])
    data, keywords, _ = result_layer(source, pixels((1, 20, 40)), name="part", record=RECORD, factor=2)
    part = Image(data, **keywords)
    for corner, old in (((0, -0.5, -0.5), (2, 4.5, 9.5)), ((0, 19.5, 39.5), (2, 14.5, 29.5))):
        np.testing.assert_allclose(part.data_to_world(corner), layer.data_to_world(old), atol=1e-9)


@pytest.mark.parametrize("bounds", [((0, 3),), ((0, 3), (5, 5)), ((-1, 3), (0, 5)), ((0, 3), (0, 31))], ids=str)
def test_regions_that_do_not_lie_in_the_layer_are_refused(bounds):
    with pytest.raises(InvalidParameterError, match="a region of an image of shape"):
        source_of(Image(pixels((20, 30))), Region(bounds))


def test_the_middle_of_a_region_is_no_larger_than_asked_for():
    region = Region(((2, 3), (10, 111), (0, 30)))
    assert region.middle(40) == Region(((2, 3), (40, 80), (0, 30)))
    assert region.middle(200) == region
