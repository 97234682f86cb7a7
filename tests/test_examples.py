"""Every example runs and leaves what it promises.

Those for which any model will do run with a small one of random weights.
"""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

import numpy as np
import pytest

from napari_decrappify import load_mark
from napari_decrappify.degrade import load_crappifier
from napari_decrappify.files import read_image
from napari_decrappify.quality import psnr
from napari_decrappify.samples.cells import cells
from napari_decrappify.samples.photos import SEED

EXAMPLES = sorted((Path(__file__).parent.parent / "examples").glob("*.py"))


@pytest.fixture
def example(tmp_path, monkeypatch, user_folder):
    """Run an example; return what it leaves behind, and its folder."""

    def run(name):
        path = next(path for path in EXAMPLES if path.stem == name)
        monkeypatch.setattr(sys, "argv", [str(path), str(tmp_path)])
        return runpy.run_path(str(path), run_name="__main__"), tmp_path

    return run


def test_every_example_has_its_test():
    tests = {name.removeprefix("test_") for name in globals() if name.startswith("test_")}
    assert {path.stem for path in EXAMPLES} <= tests


def test_upscale_a_stack(example):
    left, folder = example("upscale_a_stack")
    stack, larger = left["stack"], read_image(folder / "stack-x2.tif").array
    np.testing.assert_array_equal(larger, left["larger"])
    assert larger.shape == (5, 192, 256)
    assert larger.dtype == np.uint16
    coarse = larger.reshape(5, 96, 2, 128, 2).mean(axis=(2, 4))
    assert np.abs(coarse - stack).mean() < 0.02 * stack.max()


def test_remove_a_watermark(example):
    left, folder = example("remove_a_watermark")
    pictures = (left["marked"].image, left["found"], left["known"])
    before, found, known = (psnr(picture, left["photo"]) for picture in pictures)
    assert found > before + 3
    assert known > before + 3
    assert (folder / "watermark.png").exists()
    assert read_image(folder / "watermark-found.png").array.max() == 255


def test_layers_without_a_window(example):
    left, folder = example("layers_without_a_window")
    assert [layer.name for layer in left["viewer"].layers][-1] == "face"
    assert read_image(folder / "face-x2.png").array.shape == (120, 160, 3)
    assert "upscale(image.array" in (folder / "face_x2.py").read_text()


def test_infill_from_labels(example, tiny_infill):
    left, folder = example("infill_from_labels")
    changed = (left["filled"].data != left["image"].data).any(axis=-1)
    assert changed[31, 12:148].all()
    assert not changed[10:20, 10:30].any()
    np.testing.assert_array_equal(read_image(folder / "filled.png").array, left["filled"].data)


def test_crappify_and_restore(example, tiny_restorer):
    left, folder = example("crappify_and_restore")
    assert left["restored"].shape == left["photo"].shape
    assert left["uncertainty"].max() > 0
    assert (folder / "restored.png").exists()


def test_denoise_a_stack(example):
    left, folder = example("denoise_a_stack")
    assert left["after"] > left["before"] + 3
    assert left["doubt"].shape == left["noisy"].shape
    np.testing.assert_array_equal(read_image(folder / "denoised.tif").array, left["denoised"])


def test_denoise_from_noisy_alone(example):
    left, folder = example("denoise_from_noisy_alone")
    clean = cells(SEED)[:, 64:192, 64:192]
    before, after = (psnr(left[name], clean, peak=float(np.ptp(clean))) for name in ("before", "after"))
    assert after > before + 2
    assert read_image(folder / "noisy-alone.png").array.ndim == 3


def test_train_your_own_model(example):
    left, folder = example("train_your_own_model")
    assert left["tuned"].improved
    assert left["became"] > left["was"] + 1
    assert load_crappifier(folder / "dim-camera.json") == left["dim_camera"]


def test_solve_a_mark_of_a_stack(example):
    left, folder = example("solve_a_mark_of_a_stack")
    assert left["after"] > left["before"] + 6
    assert load_mark(folder / "mark.png").coverage.any()
