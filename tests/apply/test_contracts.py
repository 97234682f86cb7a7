"""What holds for every task: bad input, memory, cancelling, progress."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest

from napari_decrappify.apply.engine import engine
from napari_decrappify.apply.tasks import plan, remove_watermark, upscale
from napari_decrappify.errors import (
    DeviceError,
    InvalidImageError,
    InvalidParameterError,
    ModelNotFoundError,
)


@pytest.mark.parametrize(
    "image",
    [np.zeros((4, 4), bool), np.zeros((4, 4), complex), np.zeros((4, 4), object), np.zeros((4, 4), "S1"),
     np.zeros((4, 4), np.int64), np.zeros(4), np.zeros(()), np.zeros((0, 4)), np.zeros((2, 0, 4, 3)),
     np.zeros((4, 4, 1)), np.zeros((4, 4, 5)), "no image", [[1], [1, 2]]],
    ids=lambda image: str(getattr(image, "shape", image)),
)  # fmt: skip
@pytest.mark.parametrize("task", [upscale, remove_watermark])
def test_what_is_no_image_is_refused(task, image):
    with pytest.raises(InvalidImageError):
        task(image)


@pytest.mark.parametrize("task", [upscale, remove_watermark])
def test_no_model_is_a_typed_error(home, monkeypatch, tmp_path, task):
    from napari_decrappify.models import store

    monkeypatch.setattr(store, "bundled_folder", lambda: tmp_path)
    with pytest.raises(ModelNotFoundError):
        task(np.zeros((4, 4), np.uint8))


def test_nan_is_refused_with_count_and_first_index(make_model):
    image = np.ones((2, 30, 40), np.float32)
    image[1, 3, 7], image[1, 20, 0] = np.nan, np.inf
    with pytest.raises(InvalidImageError, match=r"2 NaN or infinite .* index \(1, 3, 7\)"):
        upscale(image, model=make_model("nearest", "upscale"))


def test_nan_is_filled_when_asked_and_stays_where_nothing_may_change(make_model, rng):
    image = rng.random((30, 40))
    image[3, 7], image[20, 0] = np.nan, -np.inf
    enlarged = upscale(image, model=make_model("nearest", "upscale"), nonfinite="fill")
    assert np.isfinite(enlarged).all()
    mask = np.zeros(image.shape, bool)
    mask[3, 7] = True
    result = remove_watermark(image, mask, model=make_model("blur"), nonfinite="fill")
    assert np.isfinite(result[3, 7])
    np.testing.assert_array_equal(result[~mask], image[~mask])


@pytest.mark.parametrize(
    ("name", "value"),
    [("tile", 8), ("strength", 1.5), ("normalize", "best"), ("precision", "fp8"), ("nonfinite", "ignore"),
     ("channel_axis", 2), ("device", "tpu"), ("dilate", -1)],
)  # fmt: skip
def test_parameters_out_of_bounds_are_refused(make_model, name, value):
    with pytest.raises(InvalidParameterError):
        remove_watermark(np.zeros((3, 20, 20), np.uint8), model=make_model("blur"), **{name: value})


def test_tiles_are_halved_until_they_fit_into_memory(make_model, rng):
    image = rng.integers(0, 256, (150, 130, 3), dtype=np.uint8)
    mask = np.ones(image.shape[:2], bool)
    notes = []
    result = remove_watermark(
        image, mask, model=make_model("greedy", most=2600), tile=128, progress=lambda step: notes.append(step)
    )
    np.testing.assert_array_equal(result, remove_watermark(image, mask, model=make_model("blur", radius=1)))
    assert all(step.done <= step.total for step in notes)


def test_too_little_memory_for_the_smallest_tile_is_a_typed_error(make_model):
    with pytest.raises(DeviceError, match="memory for a tile"):
        remove_watermark(np.zeros((150, 130), np.uint8), model=make_model("greedy", most=100), tile=128)


def test_the_automatic_tile_follows_the_free_memory(make_model, monkeypatch):
    name = make_model("blur")
    image = np.zeros((3000, 3000, 3), np.uint8)
    monkeypatch.setattr(engine, "free_memory", lambda _: 2**34)
    roomy = plan("watermark", image, model=name).tiling.tile
    monkeypatch.setattr(engine, "free_memory", lambda _: 2**25)
    tight = plan("watermark", image, model=name).tiling.tile
    assert tight[0] * tight[1] < roomy[0] * roomy[1]


def test_memory_is_bounded_by_the_tile_not_by_the_image(make_model):
    image = np.zeros((3000, 2000, 3), np.uint8)
    image[100:110, 100:110] = 255
    name = make_model("blur")
    remove_watermark(image[:64, :64], model=name, tile=64)
    tracemalloc.start()
    result, mask = remove_watermark(image, model=name, tile=256, return_mask=True)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - result.nbytes - mask.nbytes < 16e6
    assert mask.any()


def test_a_net_that_sees_further_than_the_halo_is_cross_faded(make_model, rng):
    image = rng.random((300, 310), dtype=np.float32)
    mask = np.ones(image.shape, bool)
    name = make_model("blur", name="far", halo=1000)
    assert plan("watermark", image, model=name, tile=64).tiling.blend > 0
    tiled = remove_watermark(image, mask, model=name, tile=64)
    np.testing.assert_allclose(tiled, remove_watermark(image, mask, model=name, tile=4096), atol=1e-6)
    found = np.where(image > 0.7, 1, image * 0.5).astype(np.float32)
    ours, whole = (remove_watermark(found, model=name, tile=t, return_mask=True) for t in (64, 4096))
    np.testing.assert_array_equal(ours[1], whole[1])


@pytest.mark.parametrize("tile", [16, 128])
def test_a_cancelled_job_stops_between_tiles_and_leaves_the_input_alone(make_model, rng, tile):
    image = rng.integers(0, 256, (64, 64), dtype=np.uint8)
    before = image.copy()
    job = remove_watermark.job(image, model=make_model("blur"), tile=tile)
    first = next(job)
    assert (first.done, first.total) == (0, 1 if tile == 128 else 16)
    next(job)
    job.close()
    np.testing.assert_array_equal(image, before)


def test_progress_ends_at_its_total(make_model):
    steps = []
    upscale(np.zeros((2, 40, 40), np.uint8), model=make_model("nearest", "upscale"), tile=16, progress=steps.append)
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done == steps[-1].total == 18


def test_the_plan_says_what_runs(make_model):
    name = make_model("blur", multiple=8)
    made = plan("watermark", np.zeros((100, 90), np.uint8), model=name, tile=33, device="cpu", precision="fp32")
    assert (made.model, made.device, made.precision, made.scale, made.times) == (name, "cpu", "fp32", 1, 1)
    assert (made.tiling.tile, made.tiling.halo, made.tiling.multiple) == ((40, 40), 3, 8)
    assert len(made.sha256) == 64


def test_bf16_is_left_out_where_the_card_rules_it_out(tiny_upscaler, rng):
    image = rng.random((40, 40), dtype=np.float32)
    with pytest.raises(InvalidParameterError, match="card"):
        upscale(image, model=tiny_upscaler, precision="bf16")
    assert plan("upscale", image, 2, model=tiny_upscaler).precision == "fp32"
