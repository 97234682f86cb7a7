"""Every public call, on anything: the result is right, or the error is one of ours."""

from __future__ import annotations

import numpy as np
import pytest
from hostile_strategies import arguments, images, objects
from hypothesis import event, given
from hypothesis import strategies as st

import napari_decrappify
from napari_decrappify import (
    crappify,
    finetune,
    list_models,
    load_model,
)
from napari_decrappify.degrade import PRESETS
from napari_decrappify.errors import DecrappifyError
from napari_decrappify.finetuning.process.events import Prepared
from napari_decrappify.planes import layout_of

MODELS = {
    "upscale": "tiny-x2",
    "remove_watermark": "tiny-watermark",
    "restore": "tiny-restore",
    "infill": "tiny-infill",
    "colorize": "tiny-colorize",
}
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of NumPy, about what is out of a dtype's range


@pytest.fixture
def models(tiny_upscaler, tiny_watermark, tiny_repairs):
    """A small model for each task."""


def images_of(made):
    return made if isinstance(made, tuple) else (made,)


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("task", ["upscale", "restore", "colorize"])
@given(data=st.data())
def test_what_changes_whole_images(task, data):
    call = getattr(napari_decrappify, task)
    image = data.draw(st.one_of(images(), images(), images(), objects))
    given_ = {"model": MODELS[task], **data.draw(arguments(call, "exact"))}
    before = image.copy() if isinstance(image, np.ndarray) else None
    try:
        made = call(image, **given_)
    except DecrappifyError:
        event("refused")
        return
    finally:
        if before is not None:
            np.testing.assert_array_equal(image, before)
    layout = layout_of(np.shape(image), rgb=given_.get("rgb"), channel_axis=given_.get("channel_axis"))
    factor = given_.get("factor", 2) if task == "upscale" else 1
    y, x = layout.yx
    wanted = layout.with_yx(y * factor, x * factor)
    result = images_of(made)[0]
    assert result.dtype == np.asarray(image).dtype.newbyteorder("=") or result.dtype == np.asarray(image).dtype
    assert result.shape == (wanted if task != "colorize" or layout.rgb else (*wanted, 3))


@pytest.mark.usefixtures("models")
@pytest.mark.parametrize("task", ["infill", "remove_watermark"])
@given(data=st.data())
def test_what_changes_images_inside_a_mask(task, data):
    call = getattr(napari_decrappify, task)
    image = data.draw(images())
    layout = None
    masks = [objects]
    if image.ndim >= 2 and image.size:
        shape = image.shape[:-1] if image.ndim > 2 and image.shape[-1] in (3, 4) else image.shape
        bits = st.integers(0, 2**20).map(lambda seed: np.random.default_rng(seed).random(shape[-2:]) < 0.2)
        masks = [bits, bits, bits, objects]
        layout = shape
    mask = data.draw(st.one_of(*masks))
    given_ = {"model": MODELS[task], **data.draw(arguments(call, "dilate", "rgb", "channel_axis"))}
    try:
        made = images_of(call(image, mask, **given_))
    except DecrappifyError:
        event("refused")
        return
    assert made[0].shape == image.shape
    assert made[0].dtype.newbyteorder("=") == image.dtype.newbyteorder("=")
    if isinstance(mask, np.ndarray) and mask.dtype == bool and layout is not None and given_.get("nonfinite") != "fill":
        untouched = np.broadcast_to(~mask, layout)
        assert made[0][untouched].astype("=" + image.dtype.str[1:]).tobytes() == (
            image[untouched].astype("=" + image.dtype.str[1:]).tobytes()
        )


@given(data=st.data())
def test_crappify(data):
    image = data.draw(st.one_of(images(), images(), images(), objects))
    given_ = {
        "preset": data.draw(st.sampled_from(sorted(PRESETS))),
        "seed": 3,
        **data.draw(arguments(crappify)),
    }
    try:
        made = crappify(image, **given_)
    except DecrappifyError:
        event("refused")
        return
    assert made.image.dtype.newbyteorder("=") == np.asarray(image).dtype.newbyteorder("=")
    assert made.image.ndim == np.ndim(image)
    assert made.mask.dtype == bool


@pytest.mark.usefixtures("models")
@given(name=objects, task=objects)
def test_models_by_any_name(name, task):
    for call in (lambda: load_model(name), lambda: list_models(task)):
        try:
            call()
        except DecrappifyError:
            continue


@pytest.mark.usefixtures("models")
@given(data=st.data())
def test_finetune_before_it_begins(data, tmp_path_factory):
    image = data.draw(st.one_of(st.just(np.random.default_rng(0).random((40, 40)).astype("f4")), images(), objects))
    given_ = {
        "base": MODELS["restore"],
        "task": "restore",
        "out": tmp_path_factory.mktemp("run") / "run",
        **data.draw(arguments(finetune, "child", "out", "minutes")),
    }
    try:
        job = finetune.job(image, **given_)
        while not isinstance(getattr(next(job), "payload", None), Prepared):
            pass
        job.close()
    except DecrappifyError:
        event("refused")
        return
