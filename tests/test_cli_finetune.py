"""The command line of fine-tuning: folders in, a model in the store, one line about it."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.files import write_image
from napari_decrappify.finetuning import runs
from napari_decrappify.models import list_models

SMALL = ["stages.0.steps=4", "stages.0.lr=2e-3", "evaluation.every=2", "evaluation.pictures=2", "data.workers=0"]


@pytest.fixture
def photos(tmp_path):
    picture = np.kron(np.random.default_rng(0).integers(0, 256, (9, 8, 3), np.uint8), np.ones((8, 8, 1), np.uint8))
    for number in range(4):
        write_image(tmp_path / "photos" / f"{number}.png", np.roll(picture, 9 * number, axis=1))
    return tmp_path / "photos"


def test_a_model_is_trained_further_on_a_folder(photos, tiny_upscaler, run):
    words = ("--base", tiny_upscaler, "--name", "mine", "--patch", 32, "--minutes", 3, "--precision", "fp32")
    code, out, errors = run("finetune", photos, *words, "--set", *SMALL)
    assert code == 0
    assert out.startswith("mine: ")
    assert "dB on held-out pictures" in out
    assert "mine" in {card.name for card in list_models("upscale")}
    assert errors[0] == f"run folder: {runs()[0].folder}"


def test_no_better_is_said_and_is_the_exit_code(photos, tiny_upscaler, run):
    words = ("--base", tiny_upscaler, "--patch", 32, "--quiet", "--precision", "fp32")
    code, out, errors = run("finetune", photos, *words, "--set", *SMALL, "stages.0.lr=1e-12", "optimizer.muon=0")
    assert (code, errors) == (1, [])
    assert out.startswith(f"{tiny_upscaler}: Nothing beat the start")


def test_what_is_wrong_is_one_line(photos, tiny_upscaler, run):
    code, _, errors = run("finetune", photos, "--base", "nobody")
    assert (code, len(errors)) == (1, 1)
    assert "nobody" in errors[0]
    assert run("finetune")[0] == 1
    assert run("finetune", photos, "--task", "sharpen")[0] == 2
    code, _, errors = run("finetune", "--resume", photos)
    assert code == 1
    assert "folder of a fine-tuning run" in errors[0]
