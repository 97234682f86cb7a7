"""A place on a layer, as a training counts places: every plane of every layer is a picture."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Shapes

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.layers import Region
from napari_decrappify.on_layers.watched_region import marked, watched_place

BOX = np.array([[10, 20], [10, 50], [40, 50], [40, 20]], float)


@pytest.fixture
def viewer() -> ViewerModel:
    return ViewerModel()


def image(shape: tuple[int, ...], **keywords: object) -> Image:
    return Image(np.zeros(shape, np.uint8), **keywords)


def test_a_box_is_drawn_in_world_coordinates(viewer: ViewerModel) -> None:
    fine = viewer.add_layer(image((100, 120), scale=(0.5, 0.5), translate=(5, 5)))
    shapes = viewer.add_layer(Shapes([BOX]))
    assert marked(fine, shapes, viewer).bounds == ((10, 70), (30, 90))


def test_the_selected_shape_counts_or_the_last_one(viewer: ViewerModel) -> None:
    layer = viewer.add_layer(image((100, 120)))
    shapes = viewer.add_layer(Shapes([BOX, BOX + 30]))
    assert marked(layer, shapes, viewer).bounds == ((40, 70), (50, 80))
    shapes.selected_data = {0}
    assert marked(layer, shapes, viewer).bounds == ((10, 40), (20, 50))


def test_it_reaches_as_far_as_the_layer(viewer: ViewerModel) -> None:
    layer = viewer.add_layer(image((30, 30)))
    shapes = viewer.add_layer(Shapes([BOX]))
    assert marked(layer, shapes, viewer).bounds == ((10, 30), (20, 30))
    shapes.data = [BOX + 100]
    with pytest.raises(InvalidParameterError, match="beside it"):
        marked(layer, shapes, viewer)
    with pytest.raises(InvalidParameterError, match="a shape drawn around"):
        marked(layer, Shapes(name="empty"), viewer)


def test_the_plane_is_that_of_the_sliders(viewer: ViewerModel) -> None:
    stack = viewer.add_layer(image((4, 3, 100, 120)))
    shapes = viewer.add_layer(Shapes([BOX]))
    viewer.dims.set_point((0, 1), (2, 1))
    region = marked(stack, shapes, viewer)
    assert region.bounds == ((2, 3), (1, 2), (10, 40), (20, 50))
    first = image((5, 64, 64))
    assert watched_place([first, stack], stack, region) == (5 + 2 * 3 + 1, 10, 20, 30, 30)


def test_colour_is_no_plane() -> None:
    colour = image((64, 64, 3), rgb=True)
    assert watched_place([colour, image((64, 64))], colour, Region(((0, 16), (8, 40)))) == (0, 0, 8, 16, 32)
