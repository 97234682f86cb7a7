"""Every dock on every kind of image layer: the table of docs/docks.md, cell by cell."""

from __future__ import annotations

import runpy
from contextlib import contextmanager
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
from napari.layers import Image, Labels

from napari_decrappify import (
    colorize,
    crappify,
    infill,
    remove_watermark,
    repair_photo,
    replay,
    restore,
    upscale,
)
from napari_decrappify.models import load_model
from napari_decrappify.widgets.colorize.dock import ColorizeDock
from napari_decrappify.widgets.crappify.dock import CrappifyDock
from napari_decrappify.widgets.infill.dock import InfillDock
from napari_decrappify.widgets.old_photo import OldPhotoDock
from napari_decrappify.widgets.remove_watermark import RemoveWatermarkDock
from napari_decrappify.widgets.restore import DenoiseDock, RestoreDock
from napari_decrappify.widgets.upscale import UpscaleDock

ROOT = Path(__file__).parents[2]
TABLE = runpy.run_path(str(ROOT / "scripts" / "dock_table.py"))
KINDS, REFUSED = TABLE["KINDS"], TABLE["REFUSED"]
DOCKS = {
    "Crappify": (CrappifyDock, crappify, None),
    "Upscale": (UpscaleDock, upscale, "tiny_upscaler"),
    "Restore": (RestoreDock, restore, "tiny_restorer"),
    "Denoise": (DenoiseDock, restore, "tiny_restorer"),
    "Remove watermark": (RemoveWatermarkDock, remove_watermark, "tiny_watermark"),
    "Infill": (InfillDock, infill, "tiny_infill"),
    "Colourise": (ColorizeDock, colorize, "tiny_colorizer"),
    "Old photo": (OldPhotoDock, repair_photo, "tiny_photo"),
}
MASKED = ("Infill", "Remove watermark", "Old photo")
SPAN = {"uint8": (20, 230), "uint16": (300, 4095), "float32": (-3, 5)}
CONTRAST = {"uint8": (0.0, 250.0), "uint16": (100.0, 5000.0), "float32": (-4.0, 6.0)}


@pytest.fixture
def viewer(request, title):
    """A window for one dock: of whose layers it shows all kinds, labels among them; the others' are not looked at."""
    return request.getfixturevalue("shared_viewer" if title == "Old photo" else "bare_viewer")


def pixels(name):
    """Make a smooth picture with some noise, as wide in range as the kind says."""
    kind, random = KINDS[name], np.random.default_rng(0)
    low, high = SPAN[kind.dtype]
    y, x = np.ogrid[: kind.shape[-3 if kind.rgb else -2], : kind.shape[-2 if kind.rgb else -1]]
    wave = 0.5 + 0.35 * np.sin(y / 5) * np.cos(x / 7)
    picture = np.clip((wave[..., None] if kind.rgb else wave) + random.normal(0, 0.05, kind.shape), 0, 1)
    if name == "time and channels":
        picture[:, 0] /= 8
    return (low + (high - low) * picture).astype(kind.dtype)


def source(viewer, name):
    """Add an image layer of a kind; return it, and its pixels."""
    kind, array = KINDS[name], pixels(name)
    axes = array.ndim - kind.rgb
    shown = {"multiscale": lambda: [array, array[::2, ::2], array[::4, ::4]], "dask": lambda: da.from_array(array)}
    layer = viewer.add_image(
        shown.get(name, lambda: array)(),
        name="source",
        rgb=kind.rgb,
        scale=(3.0, 2.0, 0.5, 0.25)[-axes:],
        translate=(7.0, -5.0, 11.0, 13.0)[-axes:],
        units=["um"] * axes,
        **({} if kind.rgb else {"contrast_limits": CONTRAST[kind.dtype]}),
    )
    return layer, array


def marks_over(layer, name):
    """Paint labels over a part of each plane of a layer, or none for the kind without a mask."""
    y, x = KINDS[name].shape[-3:-1] if KINDS[name].rgb else KINDS[name].shape[-2:]
    painted = np.zeros((y, x), np.uint8)
    if name != "empty mask":
        painted[y // 3 : y // 3 + 6, x // 4 : x // 4 + 9] = 1
    return Labels(painted, name="marks", scale=layer.scale[-2:], translate=layer.translate[-2:], units=layer.units[-2:])


@pytest.fixture
def dock(open_dock, open_with, title):
    """The dock, for all of its cells: each image takes the place of the one before."""
    kind, _call, model = DOCKS[title]
    return open_dock(kind) if model is None else open_with(kind, model)


@pytest.fixture
def run(viewer, dock, finish, title):
    """Press the dock's button on the layer of a kind, alone in the viewer; return the layer and its pixels."""

    def run_on(name):
        viewer.layers.clear()
        layer, array = source(viewer, name)
        marks = marks_over(layer, name)
        if title == "Infill" or name == "empty mask":
            viewer.add_layer(marks)
        dock.image.value = layer
        if name == "empty mask" and title in MASKED:
            dock.mask.choose(marks)
        if "channel_axis" in dock.fields:
            dock.fields["channel_axis"].value = 1 if name == "time and channels" else None
        finish(dock)
        return layer, array

    return run_on


@contextmanager
def cell(title, name):
    """Say which cell it is that something is wrong with."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"{title}, {name}")
        raise


def expected(title, name, array, dock):
    """Return what the call on the array gives with the dock's settings: the result, and its mask or None."""
    _kind, call, _model = DOCKS[title]
    given = {"rgb": KINDS[name].rgb}
    if "channel_axis" in dock.fields:
        given["channel_axis"] = dock.fields["channel_axis"].value
    if title == "Crappify":
        made = call(array, str(dock.preset.value), seed=dock.fields["seed"].value, **given)
        return made.image, made.mask
    given |= {"model": dock.model.value, "device": "cpu"}
    if title in ("Remove watermark", "Old photo"):
        return call(array, return_mask=True, **given)
    if title == "Infill":
        given["mask"] = marks_over(dock.image.value, name).data
    return call(array, **given), None


@pytest.mark.parametrize("title", DOCKS)
def test_the_result_is_a_layer_in_the_place_of_its_source(viewer, dock, run, title):
    for name in KINDS:
        if (title, name) not in REFUSED:
            with cell(title, name):
                check_result(viewer, dock, title, name, *run(name))


def check_result(viewer, dock, title, name, layer, array):
    kind = KINDS[name]
    image, mask = expected(title, name, array, dock)
    added = [other for other in viewer.layers if other.name not in ("source", "marks")]
    result = added[0]

    assert isinstance(result, Image)
    assert result.data.shape == TABLE["result_shape"](title, name)
    assert result.data.dtype == array.dtype
    assert not result.multiscale
    np.testing.assert_array_equal(result.data, image)
    low, high = SPAN[kind.dtype]
    assert abs(float(result.data.mean()) - array.mean()) <= 0.25 * (high - low)
    np.testing.assert_array_equal(np.asarray(layer.data[0] if layer.multiscale else layer.data), pixels(name))

    check_place(result, layer, array)
    if not result.rgb:
        assert tuple(result.contrast_limits) == CONTRAST[kind.dtype]

    record = result.metadata["decrappify"]
    assert record["operation"] == DOCKS[title][1].__name__
    assert record["source"] == record["source"] | {"layer": "source", "region": None}
    assert record.get("model") == model_of(dock)
    np.testing.assert_array_equal(replay(record, array), result.data)

    assert [isinstance(other, Labels) for other in added[1:]] == [True] * (mask is not None and bool(mask.any()))
    for labels in added[1:]:
        np.testing.assert_array_equal(labels.data != 0, np.broadcast_to(mask, labels.data.shape))
        check_place(labels, layer, array)


def check_place(result, layer, array):
    """Both cover the same area: their first and last pixels' outer corners are the same points of the world."""
    grid, fine = np.array(array.shape[: layer.ndim]), np.array(result.data.shape[: result.ndim])
    step = fine / grid
    for corner in (np.zeros(layer.ndim), grid):
        np.testing.assert_allclose(result.data_to_world(corner * step - 0.5), layer.data_to_world(corner - 0.5))
    np.testing.assert_allclose(result.scale * step, layer.scale)
    assert result.units == layer.units


def model_of(dock):
    """Return what a record says of a dock's model; None for a dock without one."""
    name = getattr(getattr(dock, "model", None), "value", None)
    if name is None:
        return None
    further = [{"name": "infill", "sha256": load_model("infill").sha256}] if isinstance(dock, OldPhotoDock) else []
    return {"name": name, "sha256": load_model(name).sha256, **({"others": further} if further else {})}


@pytest.mark.parametrize("title", {title: None for title, _ in REFUSED})
def test_what_cannot_be_done_is_said_in_words_and_adds_no_layer(viewer, notices, dock, run, title):
    for name in KINDS:
        if (title, name) in REFUSED:
            with cell(title, name):
                notices.clear()
                run(name)
                assert dock.run_button.note.value == REFUSED[title, name]
                assert notices == [REFUSED[title, name]]
                assert {layer.name for layer in viewer.layers} <= {"source", "marks"}
                assert dock.run_button.start.enabled


def test_the_page_has_every_cell():
    assert list(DOCKS) == list(TABLE["DOCKS"])
    assert set(REFUSED) <= {(title, name) for title in DOCKS for name in KINDS}


def test_the_page_is_up_to_date():
    assert (ROOT / "docs" / "docks.md").read_text(encoding="utf-8") == TABLE["page"](), "run: scripts/dock_table.py"
