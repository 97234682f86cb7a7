from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Labels, Points, Shapes

from napari_decrappify.errors import InvalidMaskError
from napari_decrappify.layer_masks import mask_of
from napari_decrappify.layers import source_of


def image(shape=(20, 30), **place):
    return source_of(Image(np.zeros(shape, np.uint8), **place))


def labels_at(shape, *marked, **place):
    data = np.zeros(shape, np.int32)
    for index in marked:
        data[index] = 3
    return Labels(data, **place)


def marked(mask):
    return {tuple(int(n) for n in index) for index in np.argwhere(mask)}


def test_labels_on_the_same_grid_are_taken_as_they_are():
    place = {"scale": (0.5, 2), "translate": (3, 4), "rotate": 30}
    mask = mask_of(labels_at((20, 30), (2, 3), (5, 7), **place), image(**place))
    assert mask.dtype == bool
    assert marked(mask) == {(2, 3), (5, 7)}


def test_labels_of_a_coarser_grid_mark_every_pixel_that_they_cover():
    coarse = labels_at((10, 15), (2, 3), scale=(2, 2), translate=(0.5, 0.5))
    assert marked(mask_of(coarse, image())) == {(4, 6), (4, 7), (5, 6), (5, 7)}


def test_thin_lines_of_a_finer_grid_are_not_lost():
    fine = labels_at((80, 120), np.s_[33, :], scale=(0.25, 0.25), translate=(-0.375, -0.375))
    assert marked(mask_of(fine, image())) == {(8, x) for x in range(30)}


def test_labels_go_through_the_world_when_the_image_is_rotated():
    source = Image(np.zeros((20, 30), np.uint8), scale=(2, 2), rotate=90, translate=(5, 6))
    world = np.rint(source.data_to_world((4, 9))).astype(int)
    painted = labels_at((200, 200), tuple(world + 100), translate=(-100, -100))
    assert (4, 9) in marked(mask_of(painted, source_of(source)))


def test_units_are_converted():
    painted = labels_at((20, 30), (2, 3), scale=(1000, 1000), units=("nm", "nm"))
    assert marked(mask_of(painted, image(units=("um", "um")))) == {(2, 3)}


def test_a_flat_mask_holds_for_all_planes_of_a_stack():
    mask = mask_of(labels_at((20, 30), (2, 3)), image((4, 20, 30)))
    assert mask.shape == (20, 30)
    assert marked(mask) == {(2, 3)}


def test_a_mask_may_differ_from_plane_to_plane():
    mask = mask_of(labels_at((4, 20, 30), (1, 2, 3), (2, 5, 7)), image((4, 20, 30)))
    assert mask.shape == (4, 20, 30)
    assert marked(mask) == {(1, 2, 3), (2, 5, 7)}


def test_a_mask_with_more_axes_counts_in_all_of_its_planes():
    assert marked(mask_of(labels_at((4, 20, 30), (1, 2, 3), (2, 5, 7)), image())) == {(2, 3), (5, 7)}


def test_a_stack_mask_holds_for_all_time_points():
    mask = mask_of(labels_at((4, 20, 30), (1, 2, 3)), image((2, 4, 20, 30)))
    assert marked(mask) == {(0, 1, 2, 3), (1, 1, 2, 3)}


def test_colour_is_no_axis_of_the_mask():
    source = source_of(Image(np.zeros((20, 30, 3), np.uint8), rgb=True))
    assert mask_of(labels_at((20, 30), (2, 3)), source).shape == (20, 30)


def test_rectangles_cover_the_pixels_inside():
    shapes = Shapes([[[1.5, 2.5], [1.5, 5.5], [3.5, 5.5], [3.5, 2.5]]], shape_type="rectangle")
    assert marked(mask_of(shapes, image())) == {(y, x) for y in (2, 3) for x in (3, 4, 5)}


def test_shapes_go_through_the_world():
    box = [[1.5, 2.5], [1.5, 5.5], [3.5, 5.5], [3.5, 2.5]]
    place = {"scale": (0.5, 3.0), "translate": (10, 20), "rotate": 25}
    layer = Image(np.zeros((20, 30), np.uint8), **place)
    in_world = [layer.data_to_world(corner) for corner in box]
    found = mask_of(Shapes([in_world], shape_type="polygon"), source_of(layer))
    assert marked(found) == {(y, x) for y in (2, 3) for x in (3, 4, 5)}


def test_ellipses_are_round():
    shapes = Shapes([[[4, 4], [4, 16], [16, 16], [16, 4]]], shape_type="ellipse")
    mask = mask_of(shapes, image())
    assert mask[10, 10]
    assert mask[10, 5]
    assert not mask[5, 5]
    assert mask.sum() == pytest.approx(np.pi * 36, rel=0.05)


def test_lines_and_paths_cover_their_width():
    shapes = Shapes([[[5, 5], [5, 20]]], shape_type="line", edge_width=4)
    mask = mask_of(shapes, image())
    assert set(np.flatnonzero(mask[:, 12])) == {3, 4, 5, 6, 7}
    path = Shapes([[[2, 2], [2, 8], [9, 8]]], shape_type="path", edge_width=1)
    assert marked(mask_of(path, image())) == {(2, x) for x in range(2, 9)} | {(y, 8) for y in range(2, 10)}


def test_shapes_in_a_stack_count_in_their_plane():
    box = [[2, 1.5, 2.5], [2, 1.5, 5.5], [2, 3.5, 5.5], [2, 3.5, 2.5]]
    mask = mask_of(Shapes([box], shape_type="polygon"), image((4, 20, 30)))
    assert marked(mask) == {(2, y, x) for y in (2, 3) for x in (3, 4, 5)}


def test_shapes_beyond_the_image_are_cut_off():
    shapes = Shapes([[[-9, -9], [-9, 0.5], [0.5, 0.5], [0.5, -9]], [[-3, 5], [40, 5]]],
                    shape_type=["polygon", "line"])  # fmt: skip
    assert marked(mask_of(shapes, image())) == {(0, 0)} | {(y, 5) for y in range(20)}


@pytest.mark.parametrize(
    "layer",
    [labels_at((20, 30)), labels_at((20, 30), (2, 3), translate=(500, 0)), Shapes(name="nothing drawn")],
    ids=["unpainted", "elsewhere", "no shapes"],
)
def test_a_mask_that_marks_nothing_is_refused(layer):
    with pytest.raises(InvalidMaskError, match="Paint or draw over"):
        mask_of(layer, image())


def test_other_layers_are_no_masks():
    with pytest.raises(InvalidMaskError, match="Points layer"):
        mask_of(Points(np.zeros((1, 2))), image())
