"""Colours painted in layers come onto the image, and into the record and its script."""

from __future__ import annotations

import json

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels, Points, Shapes
from napari.utils.colormaps import DirectLabelColormap

import napari_decrappify
from napari_decrappify import on_layers
from napari_decrappify.errors import InvalidMaskError, InvalidParameterError
from napari_decrappify.files import read_image, write_image
from napari_decrappify.layer_masks import hints_of
from napari_decrappify.layers import source_of

RED, TEAL = (190, 70, 60), (60, 140, 130)
GREY = np.random.default_rng(0).integers(60, 200, (24, 30)).astype(np.uint8)


def rgba(color):
    return (*(value / 255 for value in color), 1)


def palette():
    return DirectLabelColormap(color_dict={None: "transparent", 1: rgba(RED), 7: rgba(TEAL), 9: "transparent"})


def painted(shape=GREY.shape, **place):
    """Labels 1, 7 and 9, of which the last doesn't show."""
    data = np.zeros(shape, np.uint8)
    data[..., 2:6, 3:9], data[..., 12:14, 20:22], data[..., 20:, :4] = 1, 7, 9
    return Labels(data, name="strokes", colormap=palette(), **place)


def test_each_label_has_the_colour_that_it_shows_in():
    colors, mask = hints_of(painted(), source_of(Image(GREY)))()
    assert {tuple(color) for color in colors[mask]} == {RED, TEAL}
    np.testing.assert_array_equal(mask, np.isin(painted().data, (1, 7)))
    assert tuple(colors[13, 21]) == TEAL


def test_labels_on_a_finer_grid_and_elsewhere_come_where_they_show():
    layer = painted((48, 60), scale=(0.5, 0.5), translate=(-0.25, -0.25))
    colors, mask = hints_of(layer, source_of(Image(GREY, name="grey")))()
    assert tuple(colors[2, 3]) == RED
    assert mask[1:3, 2:4].all()
    assert not mask[8:, 12:].any()


def test_points_have_their_face_colours_within_their_size():
    points = Points([[5, 5], [15, 20]], size=5, face_color=[rgba(RED), rgba(TEAL)])
    colors, mask = hints_of(points, source_of(Image(GREY)))()
    assert (tuple(colors[5, 5]), tuple(colors[15, 20])) == (RED, TEAL)
    assert mask.sum() == 2 * 21


def test_points_in_a_stack_colour_their_planes():
    stack = Image(np.stack([GREY] * 3))
    colors, mask = hints_of(Points([[1, 5, 5]], size=3, face_color=[rgba(RED)]), source_of(stack))()
    assert (colors.shape, mask.shape) == ((3, *GREY.shape, 3), (3, *GREY.shape))
    assert mask.any((1, 2)).tolist() == [False, True, False]


def test_nothing_painted_is_no_hint():
    assert hints_of(Labels(np.zeros(GREY.shape, np.uint8)), source_of(Image(GREY)))() is None


def test_other_layers_are_no_hints():
    with pytest.raises(InvalidMaskError, match="labels or points"):
        on_layers.colorize_layer.job(Image(GREY), Shapes())
    with pytest.raises(InvalidParameterError, match="hints"):
        on_layers.colorize_layer.job(Image(GREY), GREY)


@pytest.mark.parametrize("region", [None, on_layers.Region(((2, 20), (0, 25)))], ids=["all", "a part"])
def test_a_layer_is_coloured_as_an_array_is_and_its_record_and_its_script_do_it_again(tiny_colorizer, region, tmp_path):
    viewer = ViewerModel()
    image, labels = viewer.add_image(GREY, name="grey"), painted()
    viewer.layers.append(labels)
    result = on_layers.colorize_layer(image, labels, model=tiny_colorizer, region=region, device="cpu")
    part = np.s_[:] if region is None else region.slices
    colors, mask = hints_of(labels, source_of(image))()
    expected = napari_decrappify.colorize(GREY[part], (colors[part], mask[part]), model=tiny_colorizer, device="cpu")
    np.testing.assert_array_equal(result.data, expected)
    done = json.loads(json.dumps(result.metadata["decrappify"]))
    np.testing.assert_array_equal(napari_decrappify.replay(done, GREY), expected)
    assert done["source"]["hints"] == {"layer": "strokes"}
    write_image(tmp_path / "grey.png", GREY)
    script = on_layers.python_script(done, tmp_path / "grey.png")
    assert "hints=hints" in script
    exec(compile(script, "copied", "exec"), {})
    np.testing.assert_array_equal(read_image(tmp_path / "grey-colored.png").array, expected)
