from __future__ import annotations

import time

import dask.array as da
import numpy as np
import pytest
import torch

from napari_decrappify.apply.engine import estimate
from napari_decrappify.apply.engine.estimate import EstimateRequest, seconds_per_pixel
from napari_decrappify.apply.tasks.request import set_up
from napari_decrappify.apply.texture import forecast
from napari_decrappify.apply.texture.holes import margin_around
from napari_decrappify.apply.texture.synthesis import synthesize
from napari_decrappify.errors import InvalidMaskError, InvalidParameterError
from napari_decrappify.planes import Layout

PLAIN = {"device": "cpu", "precision": "fp32", "tile": None}


@pytest.fixture
def microsecond(monkeypatch):
    """Each pixel takes a millionth of a second, whatever this machine is."""
    monkeypatch.setattr(estimate, "seconds_per_pixel", lambda *_: 1e-6)


def prospect(task, shape, model, *, rgb=False, dtype=np.uint8, mask=None, **keywords):
    return EstimateRequest(
        task, Layout(shape, rgb), np.dtype(dtype).itemsize, {**PLAIN, "model": model, **keywords}, mask
    ).estimate()


@pytest.mark.usefixtures("microsecond")
def test_time_grows_with_planes_and_views(make_model):
    blur = make_model("blur")
    one = prospect("watermark", (100, 200), blur)
    assert one.seconds == pytest.approx(0.02)
    assert prospect("watermark", (3, 5, 100, 200), blur).seconds == pytest.approx(15 * one.seconds)
    assert prospect("watermark", (100, 200), blur, ensemble=True).seconds == pytest.approx(8 * one.seconds)
    assert prospect("watermark", (100, 200), blur, return_uncertainty=True).seconds == pytest.approx(8 * one.seconds)


@pytest.mark.usefixtures("microsecond")
def test_halos_and_what_is_padded_count(make_model):
    blur = make_model("blur", multiple=16)
    assert prospect("watermark", (33, 16), blur).seconds == pytest.approx(48 * 16 * 1e-6)
    assert prospect("watermark", (128, 128), blur, tile=32).seconds > prospect("watermark", (128, 128), blur).seconds


@pytest.mark.usefixtures("microsecond")
def test_memory_is_that_of_a_tile_and_of_the_result(make_model):
    double = make_model("nearest", "upscale")
    wide, deep = (
        prospect("upscale", (200, 200, 3), double, rgb=True, dtype=dtype, factor=2) for dtype in (np.uint8, np.uint16)
    )
    assert deep.memory - wide.memory == 400 * 400 * 3
    tiled, whole = (prospect("upscale", (200, 200), double, factor=2, tile=tile) for tile in (32, None))
    assert tiled.memory < whole.memory
    stack = prospect("upscale", (4, 200, 200), double, factor=2)
    assert stack.memory - whole.memory == 3 * 400 * 400


@pytest.mark.usefixtures("microsecond")
def test_a_grey_image_that_becomes_colour_takes_three_times_as_much(make_model):
    tint = make_model("tint", "colorize")
    grey, colour = (prospect("colorize", (64, 64, *c), tint, rgb=bool(c)) for c in ((), (3,)))
    assert grey.memory == colour.memory


@pytest.mark.usefixtures("microsecond")
def test_it_names_what_would_run_and_whether_a_mask_leaves_work_out(make_model):
    blur = make_model("blur")
    found = prospect("watermark", (10, 10), blur, mask=lambda: np.ones((10, 10), bool), dilate=3, normalize="full")
    assert (found.model, found.device, found.precision, found.at_most) == ("blur", "cpu", "fp32", True)


def test_the_speed_is_measured_once_for_each_way_to_run(make_model, monkeypatch):
    monkeypatch.setattr(estimate, "_PACES", {})
    seen = []

    def timed(engine, side):
        seen.append(side)
        return 1.0

    monkeypatch.setattr(estimate, "_timed", timed)
    one, eight = (
        set_up("watermark", model=make_model("blur"), **PLAIN, ensemble=ensemble) for ensemble in (False, True)
    )
    assert seconds_per_pixel(one, 10**6) == 1 / 16**2
    assert seconds_per_pixel(one, 10**6) == seconds_per_pixel(eight, 10**6)
    assert seen == [16, 16]


@pytest.mark.parametrize("work", [5_000, 70_000, 10**7])
def test_measuring_the_speed_takes_less_than_the_work(make_model, monkeypatch, work):
    monkeypatch.setattr(estimate, "_PACES", {})
    seen = []

    def timed(engine, side):
        seen.append(side**2)
        return 0.0

    monkeypatch.setattr(estimate, "_timed", timed)
    seconds_per_pixel(set_up("watermark", model=make_model("blur"), **PLAIN), work)
    assert 0 < sum(seen) < work / 2


def test_the_speed_is_about_that_of_a_run(make_model, monkeypatch):
    monkeypatch.setattr(estimate, "_PACES", {})
    engine = set_up("watermark", model=make_model("blur", radius=6), **PLAIN)
    pace = seconds_per_pixel(engine, 10**9)
    started = time.perf_counter()
    list(engine.runner.run(np.full((512, 512, 3), 0.5, np.float32)))
    taken = (time.perf_counter() - started) / 512**2
    assert taken / 8 < pace < taken * 8


def test_what_cannot_run_is_refused_as_by_the_task(make_model):
    with pytest.raises(InvalidParameterError, match="a factor that model nearest reaches"):
        prospect("upscale", (10, 10), make_model("nearest", "upscale"), factor=3)


def speck(shape=(200, 300), count=1):
    """Holes of 8 pixels, 64 apart."""
    mask = np.zeros(shape, bool)
    for number in range(count):
        mask[40:48, 40 + 64 * number : 48 + 64 * number] = True
    return mask


@pytest.fixture
def nanosecond(monkeypatch, microsecond):
    """Each pixel of a window in which texture is looked for takes a billionth of a second."""
    monkeypatch.setattr(forecast, "_seconds_per_pixel", lambda *_: 1e-9)


def texture_seconds(model, mask, shape=(200, 300), **keywords):
    """How much longer it takes with texture than without."""
    with_it, without = (
        prospect("infill", shape, model, mask=lambda: mask, texture=share, **keywords) for share in (1.0, 0.0)
    )
    assert (with_it.textured, without.textured) == (False, False)
    return with_it.seconds - without.seconds


@pytest.mark.usefixtures("nanosecond")
def test_texture_takes_as_long_as_the_windows_of_the_holes_are_large(tiny_infill):
    one = texture_seconds(tiny_infill, speck())
    assert one == pytest.approx((8 + 2 * margin_around((8, 8))) ** 2 * 1e-9)
    assert texture_seconds(tiny_infill, speck(count=3)) == pytest.approx(3 * one)
    assert texture_seconds(tiny_infill, speck(), (5, 200, 300)) == pytest.approx(5 * one)
    assert texture_seconds(tiny_infill, np.stack([speck(), speck(count=3)]), (2, 200, 300)) == pytest.approx(4 * one)
    assert texture_seconds(tiny_infill, speck(), dilate=4) > one
    assert texture_seconds(tiny_infill, speck(), strength=0.0) == 0


@pytest.mark.usefixtures("nanosecond")
def test_memory_is_that_of_texture_where_its_window_takes_more_than_a_tile(tiny_infill):
    large = np.zeros((400, 600), bool)
    large[50:350, 50:450] = True
    with_it, without = (
        prospect("infill", large.shape, tiny_infill, mask=lambda: large, texture=share, tile=32) for share in (1.0, 0.0)
    )
    assert with_it.memory > without.memory + 400 * 600 * 100


@pytest.mark.usefixtures("nanosecond")
def test_texture_is_said_to_come_on_top_where_holes_are_not_known_yet(tiny_infill):
    def unpainted():
        raise InvalidMaskError("a mask", "none")

    for mask in (unpainted, lambda: da.zeros((40, 48), dtype=bool)):
        with_it, without = (prospect("infill", (40, 48), tiny_infill, mask=mask, texture=t) for t in (1.0, 0.0))
        assert (with_it.textured, without.textured) == (True, False)
        assert with_it.memory == without.memory


def test_texture_s_forecast_is_about_what_it_takes(monkeypatch):
    forecast._seconds_per_pixel.cache_clear()
    hole = torch.zeros((288, 288), dtype=torch.bool)
    hole[96:192, 96:192] = True
    image = torch.rand((3, 288, 288), generator=torch.Generator().manual_seed(1))
    foreseen = forecast.forecast(hole.numpy(), "cpu").seconds
    started = time.perf_counter()
    synthesize(image, hole, image, generator=torch.Generator())
    taken = time.perf_counter() - started
    assert taken / 8 < foreseen < taken * 8
