from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image, Labels, Points, Shapes, Vectors

from napari_decrappify.errors import InvalidMaskError, InvalidParameterError
from napari_decrappify.layer_masks import LayerMask, mask_of
from napari_decrappify.layers import Region, source_of


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
    with pytest.raises(InvalidMaskError, match="Vectors layer"):
        mask_of(Vectors(np.zeros((1, 2, 2))), image())


def test_chosen_labels_count_alone():
    layer = labels_at((20, 30), (2, 3), (5, 7))
    layer.data[5, 7] = 4
    layer.data[9, 9] = 5
    assert marked(mask_of(layer, image(), labels=[4, 5])) == {(5, 7), (9, 9)}
    with pytest.raises(InvalidMaskError, match="marks none of it"):
        mask_of(layer, image(), labels=[8])


def test_points_are_discs_of_their_size():
    points = Points([[10, 10], [4, 20.5]], size=[6, 1])
    mask = mask_of(points, image())
    y, x = np.indices((20, 30))
    disc = np.hypot(y - 10, x - 10) <= 3
    assert marked(mask & (x < 15)) == marked(disc)
    assert marked(mask & (x >= 15)) == {(4, 20), (4, 21)}


def test_points_are_discs_of_another_radius_if_one_is_given():
    y, x = np.indices((20, 30))
    mask = mask_of(Points([[10, 10]], size=1), image(), radius=4)
    assert marked(mask) == marked(np.hypot(y - 10, x - 10) <= 4)
    with pytest.raises(InvalidParameterError, match="a radius of at least 0, got -1"):
        mask_of(Points([[10, 10]]), image(), radius=-1)


def test_no_point_is_too_small_to_count():
    assert marked(mask_of(Points([[3.4, 7.6]], size=0.01), image())) == {(3, 8)}


def test_discs_and_strokes_become_ellipses_where_pixels_are_not_square():
    source = image(scale=(2, 0.5))
    mask = mask_of(Points([[20, 7.5]], size=8), source)
    assert set(np.flatnonzero(mask[:, 15])) == {8, 9, 10, 11, 12}
    assert set(np.flatnonzero(mask[10])) == set(range(7, 24))
    line = mask_of(Shapes([[[0, 7.5], [38, 7.5]]], shape_type="line", edge_width=4), source)
    assert set(np.flatnonzero(line[10])) == set(range(11, 20))


def test_points_in_a_stack_count_in_their_plane():
    mask = mask_of(Points([[2, 3, 4], [9, 3, 4]], size=1), image((4, 20, 30)))
    assert marked(mask) == {(2, 3, 4)}


def test_points_go_through_the_world():
    layer = Image(np.zeros((20, 30), np.uint8), scale=(2, 2), rotate=30, translate=(5, 6))
    mask = mask_of(Points([layer.data_to_world((4, 9))], size=1), source_of(layer))
    assert marked(mask) == {(4, 9)}


def test_an_image_counts_above_a_threshold():
    data = np.zeros((20, 30), np.float32)
    data[2, 3], data[5, 7], data[6, 8] = 0.2, 0.9, -3
    assert marked(mask_of(Image(data), image())) == {(2, 3), (5, 7)}
    assert marked(mask_of(Image(data), image(), threshold=0.5)) == {(5, 7)}
    assert marked(mask_of(Image(da.from_array(data)), image(), threshold=0.5)) == {(5, 7)}


def test_any_colour_of_an_image_counts_but_not_alpha():
    data = np.zeros((20, 30, 4), np.uint8)
    data[..., 3] = 255
    data[2, 3, 1] = 9
    assert marked(mask_of(Image(data, rgb=True), image())) == {(2, 3)}


def test_a_picture_drawn_in_alpha_marks_what_is_opaque():
    data = np.zeros((20, 30, 4), np.uint8)
    data[2, 3, 3] = data[5, 7, 3] = 255
    assert marked(mask_of(Image(data, rgb=True), image())) == {(2, 3), (5, 7)}
    data[5, 7, :3] = 200
    assert marked(mask_of(Image(data, rgb=True), image())) == {(5, 7)}
    with pytest.raises(InvalidMaskError, match="marks none"):
        mask_of(Image(data, rgb=True), image(), threshold=220)
    hidden = np.full((20, 30, 4), 255, np.uint8)
    hidden[..., 3] = 0
    hidden[2, 3, 3] = 255
    assert marked(mask_of(Image(hidden, rgb=True), image())) == {(2, 3)}


def test_multiscale_masks_count_in_their_finest_level():
    fine = np.zeros((40, 60), np.uint8)
    fine[2, 3] = 1
    layer = Labels([fine, fine[::2, ::2]], multiscale=True)
    assert marked(mask_of(layer, image((40, 60)))) == {(2, 3)}


def test_a_mask_is_grown_in_its_plane():
    mask = mask_of(labels_at((4, 20, 30), (1, 2, 3)), image((4, 20, 30)), dilate=2)
    assert marked(mask) == {(1, y, x) for y in range(5) for x in range(1, 6)}
    with pytest.raises(InvalidParameterError, match="dilate from 0"):
        mask_of(labels_at((20, 30), (2, 3)), image(), dilate=-1)


def test_growing_leaves_the_labels_as_they_are():
    layer = labels_at((20, 30), (2, 3))
    mask_of(layer, image(), dilate=3)
    assert marked(layer.data) == {(2, 3)}


@pytest.mark.parametrize("shape", [(2, 4, 20, 30), (4, 20, 30), (20, 30)], ids=str)
def test_flat_labels_fit_images_of_any_number_of_axes(shape):
    mask = mask_of(labels_at((20, 30), (2, 3)), image(shape))
    assert mask.shape == (20, 30)
    assert mask.dtype == bool


def test_a_mask_partly_beside_the_image_is_cut_off():
    painted = labels_at((20, 30), np.s_[5:15, 10:20], translate=(-8, 15))
    assert marked(mask_of(painted, image())) == {(y, x) for y in range(7) for x in range(25, 30)}


def test_a_mask_on_a_region_counts_from_its_corner():
    layer = Image(np.zeros((4, 20, 30), np.uint8), scale=(3, 2, 2))
    part = source_of(layer, Region(((2, 3), (5, 15), (10, 30))))
    painted = labels_at((4, 20, 30), (2, 6, 12), (1, 7, 12), (2, 0, 0), scale=(3, 2, 2))
    assert marked(mask_of(painted, part)) == {(0, 1, 2)}


def test_shapes_across_planes_are_refused():
    box = [[0, 5, 1], [0, 5, 9], [3, 5, 9], [3, 5, 1]]
    with pytest.raises(InvalidMaskError, match="a polygon across several planes"):
        mask_of(Shapes([box], shape_type="polygon"), image((4, 20, 30)))


def test_a_layer_is_looked_at_when_it_is_chosen():
    shapes = Shapes([[[1.5, 2.5], [1.5, 5.5], [3.5, 5.5], [3.5, 2.5]]], shape_type="rectangle")
    paint = LayerMask(shapes).painted_on(image())
    shapes.data = [[[8.5, 2.5], [8.5, 5.5], [9.5, 5.5], [9.5, 2.5]]]
    assert marked(paint()) == {(y, x) for y in (2, 3) for x in (3, 4, 5)}


def test_what_is_drawn_on_one_plane_counts_on_every_plane_if_it_is_to():
    drawn = labels_at((4, 20, 30), (2, 5, 7))
    mask = mask_of(drawn, image((4, 20, 30)), every_plane=True, dilate=1)
    assert marked(mask) == {(y, x) for y in (4, 5, 6) for x in (6, 7, 8)}
