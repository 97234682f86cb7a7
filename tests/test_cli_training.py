"""The command line of training: it trains, searches a rate, tells news as they come, and speaks with one voice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_decrappify.cli.console import Console
from napari_decrappify.cli.training_progress import telling
from napari_decrappify.files import read_image, write_image
from napari_decrappify.jobs import Progress
from napari_decrappify.training.recipes.files import load_recipe, recipe_names
from napari_decrappify.training.running.events import Begun, Evaluated

SMALL = [
    "stages=[{kind = 'pretrain-generator', steps = 2, lr = 1e-3}]",
    "data.patch=16",
    "data.batch=2",
    "data.workers=0",
    "data.context=0",
]
SMALL += ["evaluation.every=2", "evaluation.pictures=1", "evaluation.size=16"]
UPSCALER = ["upscale-x2", "--data", "photos", "--set", *SMALL, "generator.options={scale = 2, width = 4, blocks = 1}"]
WARNED = Evaluated(7, {}, None, ("The critic has collapsed.",))


@pytest.fixture
def photos(tmp_path, monkeypatch, home):
    monkeypatch.chdir(tmp_path)
    picture = np.kron(np.random.default_rng(0).integers(0, 256, (9, 8, 3), np.uint8), np.ones((8, 8, 1), np.uint8))
    for number in range(3):
        write_image(tmp_path / "photos" / f"{number}.png", np.roll(picture, 9 * number, axis=1))
    return tmp_path / "photos"


def test_train_makes_a_model_that_upscales(photos, run):
    code, out, errors = run("train", *UPSCALER, "--out", "run")
    assert (code, errors) == (0, [])
    assert out.startswith("run/upscale-x2.safetensors: ")
    assert run("upscale", "photos/0.png", "--model", "run/upscale-x2.safetensors", "-o", "big.png")[0] == 0


def test_train_says_where_pretrained_weights_came_from(photos, run):
    settings = ["generator.weights_from=none", "stages.0.epochs=0.1", "stages.1.epochs=0.1", "evaluation.pictures=1"]
    code, _, errors = run("train", "lesson7-pixel-tiny", "--data", "photos", "--out", "run", "--set", *settings)
    assert (code, errors) == (0, ["mobilenet_v2 weights: none: random weights, as asked for"])
    assert run("train", "lesson7-pixel-tiny", "--data", "photos", "--out", "2", "--quiet", "--set", *settings)[2] == []


@pytest.mark.parametrize("bars", [False, True])
def test_warnings_are_written_as_they_come(capsys, bars):
    console = Console(bars=bars)
    with console.progress("training") as draw:
        telling(console, draw)(Progress(7, 9, "loss 1", WARNED))
        assert "warning at step 7: The critic has collapsed.\n" in capsys.readouterr().err


def test_what_is_drawn_is_every_step_with_news_or_without():
    drawn: list[Progress] = []
    tell = telling(Console(quiet=True), drawn.append)
    steps = [
        Progress(0, 2, "", Begun(0, "adversarial", ("weights: none",))),
        Progress(1, 2),
        Progress(2, 2, "", WARNED),
    ]
    for step in steps:
        tell(step)
    assert drawn == steps


@pytest.mark.parametrize(("rank", "speaks"), [(None, True), ("0", True), ("1", False)])
def test_of_several_processes_the_first_speaks_and_errors_are_everyones(capsys, monkeypatch, rank, speaks):
    monkeypatch.delenv("RANK", raising=False)
    if rank is not None:
        monkeypatch.setenv("RANK", rank)
    console = Console(bars=True)
    with console.progress("training") as draw:
        assert (draw is not None) == speaks
    console.note("weights: none")
    console.result("model: psnr 30")
    console.error("lost")
    out, err = capsys.readouterr()
    assert out == ("model: psnr 30\n" if speaks else "")
    assert ("weights: none" in err) == speaks
    assert "error: lost" in err


def test_lr_find_says_a_rate_and_draws_the_curve(photos, run):
    code, out, errors = run("lr-find", *UPSCALER, "--tries", 40, "--output", "lr.png")
    assert (code, errors) == (0, [])
    assert 1e-7 < float(out) < 10
    assert read_image("lr.png").array.shape == (400, 600, 3)
    assert sorted(path.name for path in Path().iterdir()) == ["lr.png", "photos"]


def test_lr_find_says_that_the_loss_falls_nowhere(photos, run):
    code, out, errors = run("lr-find", *UPSCALER, "--tries", 5)
    assert (code, out) == (1, "")
    assert errors == ["napari-decrappify: error: no rate to suggest: the loss fell at none of the 5 that were tried"]


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["--stage", 7], "stage 7"),
        (["--lowest", 1, "--highest", 0.1], "start < end"),
        (["--output", "photos/0.png"], "--force"),
        (["--output", "lr.gif"], "lr.gif"),
    ],
    ids=["no such stage", "falling rates", "existing picture", "unknown format"],
)
def test_lr_find_refuses_in_one_line_before_it_searches(photos, run, words, part):
    code, out, errors = run("lr-find", *UPSCALER, *words)
    assert code in (1, 2)
    assert (out, len(errors)) == ("", 1)
    assert "Expected" in errors[0]
    assert part in errors[0]


def test_recipes_are_listed_with_what_they_say_of_themselves(run):
    code, out, errors = run("recipes")
    lines = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert (code, errors) == (0, [])
    assert list(lines) == recipe_names()
    assert "wgan in seconds" in lines["wgan-tiny"]
    assert all(load_recipe(name).name == name for name in lines)
