"""What was written before modules and names moved still loads: a model, run folders and records (in ``older/``)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from napari_decrappify import load_model, replay, restore
from napari_decrappify.finetuning import open_run, resume
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.train import train

OLDER = Path(__file__).parent / "older"


@pytest.fixture
def folder(tmp_path):
    """A copy of the older files, with paths to where it is now."""
    here = shutil.copytree(OLDER, tmp_path / "older")
    for path in (here / "finetuned").glob("*.json"):
        path.write_text(path.read_text().replace("OLDER", here.as_posix()))
    return here


@pytest.fixture
def pictures(tmp_path):
    """The pictures that the older run was begun with."""
    y, x = np.mgrid[:64, :64]
    (tmp_path / "pictures").mkdir()
    for number in range(4):
        drawn = 127 + 100 * np.sin(x / (3 + number))[..., None] * np.cos(y / 5)[..., None] * np.ones(3)
        Image.fromarray(drawn.astype(np.uint8)).save(tmp_path / "pictures" / f"{number}.png")
    return tmp_path / "pictures"


def test_an_older_model_restores_as_it_did():
    results = np.load(OLDER / "results.npz")
    made = restore(results["image"], model=load_model(OLDER / "tiny.safetensors"), device="cpu", precision="fp32")
    np.testing.assert_array_equal(made, results["restore"])


@pytest.mark.parametrize("name", ["crappify", "crappify-unit", "restore", "restore-unit"])
def test_an_older_record_is_replayed_to_the_same_pixels(name):
    results, record = np.load(OLDER / "results.npz"), json.loads((OLDER / "records.json").read_text())[name]
    source = results["unit" if name.endswith("unit") else "image"]
    model = OLDER / "tiny.safetensors" if record["model"] else None
    np.testing.assert_array_equal(replay(record, source, model=model), results[name])


def test_an_older_training_goes_on_to_its_model(folder, pictures):
    recipe = json.loads((folder / "run" / "recipe.json").read_text())
    done = train(Recipe.model_validate(recipe), pictures, folder / "run", resume=True)
    assert done.model.exists()
    rows = (folder / "run" / "metrics.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows[1:]] == ["2", "4"]


def test_an_older_fine_tuning_is_listed_and_goes_on(folder, user_folder):
    run = open_run(folder / "finetuned")
    assert (run.state, run.resumable, [row.step for row in run.history]) == ("unfinished", True, [0, 2])
    assert len(run.clean) == 4
    assert resume(folder / "finetuned").history[-1].step == 6
