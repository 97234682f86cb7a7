"""The scripts that "Copy as Python" gives are run, and give the same pixels."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Labels

from napari_decrappify.degrade import Crappifier
from napari_decrappify.degrade.operations.jpeg import Jpeg
from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.files import Metadata, Resolution, read_image, write_image
from napari_decrappify.on_layers import (
    LayerMask,
    Region,
    crappify_layer,
    infill_layer,
    python_script,
    remove_watermark_layer,
    restore_layer,
    upscale_layer,
)
from napari_decrappify.provenance import record

PART = Region(((5, 35), (2, 42)))
BOX = np.s_[10:20, 6:30]


def photo():
    return np.random.default_rng(0).integers(0, 255, (40, 48, 3)).astype(np.uint8)


@pytest.fixture
def viewer():
    """A picture and drawn masks."""
    viewer = ViewerModel()
    viewer.add_image(photo(), name="my 'cat'", rgb=True, scale=(2, 3), translate=(4, 5), rotate=20)
    marks = np.zeros((40, 48), np.uint8)
    marks[BOX], marks[0:3] = 1, 2
    viewer.add_labels(marks, name="here", scale=(2, 3), translate=(4, 5), rotate=20)
    viewer.add_points([[15, 20]], name="dots", scale=(2, 3), translate=(4, 5), rotate=20)
    return viewer


@pytest.fixture
def cat(viewer):
    return viewer.layers["my 'cat'"]


def run(text):
    left = {}
    exec(compile(text, "copied", "exec"), left)
    return left


def array_mask():
    mask = np.zeros((40, 48), bool)
    mask[BOX] = True
    return mask


RUNS = {
    "upscale": lambda cat, viewer, model: upscale_layer(cat, 2, strength=0.5, model=model("tiny_upscaler")),
    "a region": lambda cat, viewer, model: upscale_layer(cat, 2, region=PART, tile=16, model=model("tiny_upscaler")),
    "with its uncertainty": lambda cat, viewer, model: upscale_layer(
        cat, 2, model=model("tiny_upscaler"), return_uncertainty=True
    )[0],
    "restore": lambda cat, viewer, model: restore_layer(cat, model=model("tiny_restorer"), ensemble=True),
    "infill": lambda cat, viewer, model: infill_layer(cat, viewer.layers["here"], dilate=2, model=model("tiny_infill")),
    "chosen labels": lambda cat, viewer, model: remove_watermark_layer(
        cat, LayerMask(viewer.layers["here"], labels=[1], dilate=1), model=model("tiny_watermark")
    ),
    "points with a radius": lambda cat, viewer, model: infill_layer(
        cat, LayerMask(viewer.layers["dots"], radius=3), model=model("tiny_infill")
    ),
    "an array as mask": lambda cat, viewer, model: infill_layer(cat, array_mask(), model=model("tiny_infill")),
    "a part and a mask": lambda cat, viewer, model: infill_layer(
        cat, viewer.layers["here"], region=PART, model=model("tiny_infill")
    ),
    "blind": lambda cat, viewer, model: remove_watermark_layer(cat, model=model("tiny_watermark")),
    "with the found mask": lambda cat, viewer, model: remove_watermark_layer(
        cat, model=model("tiny_watermark"), return_mask=True
    )[0],
    "the found mask": lambda cat, viewer, model: remove_watermark_layer(
        cat, model=model("tiny_watermark"), return_mask=True
    )[1],
    "crappify": lambda cat, viewer, model: crappify_layer(cat, "stock-watermark", 7),
    "crappify a region": lambda cat, viewer, model: crappify_layer(cat, "bicubic-x2", 7, region=PART),
    "an own crappifier": lambda cat, viewer, model: crappify_layer(cat, Crappifier((Jpeg((10, 30)),)), 7),
}


@pytest.fixture(params=RUNS)
def result(request, cat, viewer):
    return RUNS[request.param](cat, viewer, request.getfixturevalue)


def test_the_script_reads_a_file_and_writes_the_result_beside_it(tmp_path, result):
    path = tmp_path / "cat.png"
    write_image(path, photo())
    run(python_script(result.metadata["decrappify"], path))
    (written,) = tmp_path.glob("cat-*")
    expected = result.data * 255 if isinstance(result, Labels) else result.data
    np.testing.assert_array_equal(read_image(written).array, expected)


def test_a_part_keeps_its_pixels_size_in_the_file(tmp_path, cat, tiny_upscaler):
    path, like = tmp_path / "cat.tif", Metadata("TIFF", "YXS", (40, 48), Resolution(100.0, 100.0))
    write_image(path, photo(), like)
    parts = [
        upscale_layer(cat, 2, region=PART, model=tiny_upscaler),
        crappify_layer(cat, Crappifier((Jpeg((10, 30)),)), 7, region=PART),
    ]
    for result in parts:
        run(python_script(result.metadata["decrappify"], path))
    assert read_image(tmp_path / "cat-upscaled.tif").metadata.resolution == Resolution(200.0, 200.0)
    assert read_image(tmp_path / "cat-crappified.tif").metadata.resolution == Resolution(100.0, 100.0)


def test_the_axis_along_which_was_borrowed_is_said(viewer, tiny_infill, tmp_path):
    y, x = np.mgrid[:20, :24]
    stack = np.stack([100 + 80 * np.sin((x + 0.2 * t) / 3) * np.cos(y / 4) for t in range(3)]).astype(np.uint8)
    layer, mask = viewer.add_image(stack, name="stack"), np.zeros(stack.shape, np.uint8)
    mask[1, 5:12, 6:15] = 1
    result = infill_layer(layer, viewer.add_labels(mask, name="frame"), model=tiny_infill, along=0)
    assert np.abs(result.data[1].astype(int) - stack[1]).max() < 10
    write_image(tmp_path / "stack.tif", stack)
    text = python_script(result.metadata["decrappify"], tmp_path / "stack.tif")
    assert "along=0" in text
    run(text)
    np.testing.assert_array_equal(read_image(tmp_path / "stack-filled.tif").array, result.data)


def test_only_what_differs_from_the_defaults_is_said(cat, tiny_upscaler):
    text = python_script(
        upscale_layer(cat, 2, model=tiny_upscaler, device="cpu", precision="fp32").metadata["decrappify"]
    )
    call = "upscale(image.array, model='tiny-x2', device='cpu', precision='fp32', rgb=True)"
    assert f"result = {call}\n" in text
    assert text.startswith("'upscale, as napari-decrappify ")
    assert "with tiny-x2 (sha256 " in text.splitlines()[0]


def test_the_script_of_a_fill_from_before_there_was_texture_is_smooth(cat, viewer, tiny_infill):
    done = infill_layer(cat, viewer.layers["here"], model=tiny_infill, texture=0.0).metadata["decrappify"]
    assert "texture=0.0" in python_script(done)
    before = {**done, "parameters": {k: v for k, v in done["parameters"].items() if k not in ("texture", "seed")}}
    assert python_script(before) == python_script(done)
    textured = infill_layer(cat, viewer.layers["here"], model=tiny_infill).metadata["decrappify"]
    assert "texture" not in python_script(textured)


def test_a_script_without_a_file_waits_for_its_path_in_one_line_at_its_top(cat, tiny_upscaler):
    text = python_script(upscale_layer(cat, 2, model=tiny_upscaler).metadata["decrappify"])
    waiting = [line for line in text.splitlines() if "put its path here" in line]
    assert waiting == [
        "IMAGE = 'image.tif'  # \"my 'cat'\" was not read from a file: save it as one, and put its path here"
    ]
    assert "napari.current_viewer" not in text


def test_images_that_were_no_layers_need_a_path():
    done = record("crappify", {"preset": "lesson7"}, seed=3)
    with pytest.raises(InvalidParameterError, match="a result that was made from a layer"):
        python_script(done)
    assert "crappify(image.array, seed=3" in python_script(done, "cat.png")
