"""What memory a net takes is measured seldom and cheaply: who waits wants the result."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify import upscale
from napari_decrappify.apply.engine import engine as engines
from napari_decrappify.apply.engine.engine import SMALL
from napari_decrappify.apply.engine.footprint import bytes_per_pixel
from napari_decrappify.apply.engine.runner import Runner
from napari_decrappify.apply.tasks.request import set_up

PLAIN = {"device": "cpu", "precision": "fp32", "tile": None}


@pytest.fixture
def measured(monkeypatch):
    """The runners that were measured, in a process that knows none yet."""
    seen = []
    monkeypatch.setattr(engines, "_FOOTPRINTS", {})
    monkeypatch.setattr(engines, "bytes_per_pixel", lambda runner: seen.append(runner) or bytes_per_pixel(runner))
    return seen


@pytest.fixture
def run_pixels(monkeypatch):
    """How many pixels each run of a net has read."""
    pixels, run = [], Runner.run

    def counted(self, plane, hole=None):
        pixels.append(plane.shape[0] * plane.shape[1])
        return run(self, plane, hole)

    monkeypatch.setattr(Runner, "run", counted)
    return pixels


def test_a_small_picture_is_enlarged_without_any_measuring(make_model, measured, run_pixels):
    made = upscale(np.zeros((31, 33), np.uint8), 8, model=make_model("nearest", "upscale"), device="cpu")
    assert made.shape == (248, 264)
    assert (measured, run_pixels) == ([], [31 * 33])


def test_measuring_takes_a_small_part_of_the_work(make_model, measured, run_pixels):
    side = int(SMALL**0.5) + 1
    upscale(np.zeros((side, side), np.uint8), 2, model=make_model("nearest", "upscale"), device="cpu")
    assert len(measured) == 1
    assert sum(run_pixels[:2]) < side**2 / 8


def test_the_answer_is_kept_for_other_strengths_tiles_and_sizes(make_model, measured):
    name = make_model("blur", "restore")
    for strength, yx in ((0.2, (300, 200)), (0.7, (200, 300))):
        engine = set_up("restore", model=name, **PLAIN, strength=strength)
        engine.tiling(yx)
    assert len(measured) == 1


def test_an_enlargement_to_four_times_the_pixels_takes_about_four_times_the_memory(make_model):
    model = make_model("nearest", "upscale")
    twice, four_times = (set_up("upscale", model=model, **PLAIN, factor=factor).pixel_bytes for factor in (2, 4))
    assert 3 < four_times / twice < 5
