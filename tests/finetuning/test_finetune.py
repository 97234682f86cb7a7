from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify import finetune, load_model, upscale
from napari_decrappify.degrade import Crappifier, Reduce, StampPicture
from napari_decrappify.errors import (
    InvalidImageError,
    InvalidParameterError,
    ModelNotFoundError,
    RecipeError,
    TrainingError,
)
from napari_decrappify.finetuning import Prepared, runs
from napari_decrappify.models import list_models
from napari_decrappify.training.running.events import Begun, Evaluated, Learned


def test_a_model_is_trained_further_and_at_once_in_the_store(tiny_upscaler, pictures, quick, collected):
    payloads, progress = collected
    done = finetune(pictures, base=tiny_upscaler, name="mine", names=["cells"], **quick, progress=progress)
    assert done.improved
    assert done.name == "mine"
    assert done.name in {card.name for card in list_models("upscale")}
    assert upscale(pictures[0], 2, model="mine").shape == (192, 192)
    assert [row.step for row in done.history] == [0, 2, 4, 6, 8]
    assert {type(payload) for payload in payloads} >= {Prepared, Begun, Learned, Evaluated}


def test_the_first_row_is_the_base_on_the_same_pictures(tiny_upscaler, pictures, quick):
    done = finetune(pictures, base=tiny_upscaler, **quick)
    first, last = done.history[0], done.history[-1]
    assert first.psnr == first.psnr_start == last.psnr_start
    assert first.psnr_input == last.psnr_input
    assert done.best.psnr > first.psnr
    assert last.losses["loss"] < done.history[1].losses["loss"]
    assert last.lr < done.history[1].lr
    assert done.card.metrics["psnr_before"] == pytest.approx(first.psnr, abs=1e-3)
    assert done.card.metrics["psnr"] == pytest.approx(done.best.psnr, abs=1e-3)


def test_the_card_says_what_it_was_made_of(tiny_upscaler, pictures, quick):
    done = finetune(pictures, base=tiny_upscaler, names=["cells", "more"], **quick)
    assert done.card.name == f"{tiny_upscaler}-quick"
    assert done.card.recipe["generator"]["start"] == tiny_upscaler
    assert done.card.recipe["data"]["preset"] == "bicubic-x2"
    assert "cells, more" in done.card.description
    assert "5" in done.card.data[-1].name


def test_where_nothing_beats_the_base_the_base_stays(tiny_upscaler, pictures, quick):
    worse = {**quick, "overrides": [*quick["overrides"], "stages.0.lr=1e-12", "optimizer.muon=0"]}
    done = finetune(pictures, base=tiny_upscaler, name="mine", **worse)
    assert not done.improved
    assert done.name == tiny_upscaler
    assert "mine" not in {card.name for card in list_models()}
    assert "Nothing beat the start" in done.summary
    assert tiny_upscaler in done.summary


def test_the_same_seed_gives_the_same_model(tiny_upscaler, pictures, quick):
    one, two = (finetune(pictures, base=tiny_upscaler, **quick) for _ in range(2))
    assert one.name != two.name
    weights = [load_model(done.name).net.state_dict() for done in (one, two)]
    assert all(bool((weights[0][key] == weights[1][key]).all()) for key in weights[0])


def test_a_fresh_net_of_the_crappifiers_scale(home, pictures, quick):
    crappifier = Crappifier((Reduce(4),))
    small = [*quick["overrides"], "generator.options.width=8", "generator.options.blocks=1"]
    keywords = {**quick, "overrides": small}
    done = finetune(pictures, base="nothing", crappifier=crappifier, name="x4", **keywords)
    assert done.card.scale == 4
    assert done.card.recipe["data"]["crappifier"]["operations"][0]["kind"] == "Reduce"


def test_a_watermark_of_ones_own(tiny_watermark, pictures, quick, logo):
    colour = [np.stack([picture] * 3, -1) for picture in pictures]
    crappifier = Crappifier((StampPicture.of(logo),))
    done = finetune(colour, task="watermark", base=tiny_watermark, crappifier=crappifier, **quick)
    assert done.history[0].psnr == done.history[0].figures["psnr_damage"]
    assert len(done.history) == 5


def test_a_base_that_finds_marks_learns_how_much_they_cover(tiny_finder, pictures, quick, logo):
    colour = [np.stack([picture] * 3, -1) for picture in pictures]
    crappifier = Crappifier((StampPicture.of(logo),))
    done = finetune(colour, task="watermark", base=tiny_finder, crappifier=crappifier, **quick)
    assert done.card.architecture == "mark-finder"
    assert done.card.recipe["loss"]["coverage"] == 1.0
    assert done.card.recipe["data"]["scenery"] == "scenery"
    errors = [row.figures["coverage_error"] for row in done.history]
    assert done.best.figures["coverage_error"] == min(errors)


def test_a_critic_cannot_judge_a_net_that_only_finds(tiny_finder, pictures, quick):
    keywords = {**quick, "recipe": "watermark-gan"}
    with pytest.raises(InvalidParameterError, match=r"a base that only finds marks.*quick"):
        finetune(pictures, task="watermark", base=tiny_finder, **keywords)


def test_given_pairs(tiny_upscaler, pictures, quick):
    small = [picture[::2, ::2] for picture in pictures]
    done = finetune(pictures, crappy=small, base=tiny_upscaler, **quick)
    assert done.history[0].psnr_input > 0


def test_a_single_picture_is_judged_on_its_lower_part(tiny_upscaler, quick, pictures, collected):
    payloads, progress = collected
    large = np.tile(pictures[0], (2, 2))
    done = finetune(large, base=tiny_upscaler, holdout=0.25, **quick, progress=progress)
    assert len(done.history) == 5
    prepared = next(payload for payload in payloads if isinstance(payload, Prepared))
    assert "only one picture" in prepared.warnings[0]


def test_a_folder_and_an_array_together(tiny_upscaler, tmp_path, pictures, quick):
    from PIL import Image

    for number, picture in enumerate(pictures):
        Image.fromarray(picture).save(tmp_path / f"{number}.png")
    finetune([tmp_path, pictures[0]], base=tiny_upscaler, **quick)
    assert runs()[0].spec.pictures == 6


def test_the_range_of_16_bit_pictures_is_written_down(tiny_upscaler, pictures, quick):
    deep = np.stack(pictures).astype(np.uint16) * 100
    finetune(deep, base=tiny_upscaler, **quick)
    run = runs()[0]
    low, high = run.spec.intensities[0]
    assert 0 <= low < high <= 25500
    kept = np.load(run.folder / "data" / "clean-000.npy")
    assert kept.dtype == np.uint16
    assert np.array_equal(kept, deep)


def test_all_of_lesson_seven_in_steps(tiny_upscaler, pictures, quick):
    overrides = [
        "stages.0.steps=2", "stages.1.size=64", "stages.2.steps=2", "stages.3.steps=3", "critic.options.width=4",
        "evaluation.every=2", "evaluation.pictures=2", "data.workers=0", "data.batch=2",
        "stages.3.play.switch.threshold=9.0",
    ]  # fmt: skip
    done = finetune(pictures, base=tiny_upscaler, recipe="gan", **{**quick, "overrides": overrides})
    assert "feature_distance" in done.history[0].figures
    assert any(row.critic_real is not None for row in done.history)


def test_stages_can_be_left_out(tiny_upscaler, pictures, quick):
    overrides = [*quick["overrides"], "critic.options.width=4"]
    finetune(pictures, base=tiny_upscaler, recipe="gan", skip=[1, 2, 3], **{**quick, "overrides": overrides})
    assert [stage.kind for stage in runs()[0].spec.recipe.stages] == ["pretrain-generator"]
    with pytest.raises(RecipeError, match="not all of them"):
        finetune(pictures, base=tiny_upscaler, skip=[0], **quick)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([], "one or more images"),
        (np.zeros((0, 40), np.uint8), "none of them empty"),
        (np.zeros((96, 96), np.uint8), "something in it"),
        (np.full((96, 96), np.nan, np.float32), "NaN"),
        (np.ones((20, 96), np.uint8), "20 pixels"),
        ([np.ones((64, 64), np.uint8), np.ones((64, 64, 3), np.uint8)], "one kind"),
    ],
    ids=["none", "empty", "constant", "nan", "small", "mixed"],
)
def test_bad_pictures_are_refused_and_leave_nothing_behind(tiny_upscaler, images, message, quick):
    with pytest.raises(InvalidImageError, match=message):
        finetune(images, base=tiny_upscaler, **{**quick, "patch": None})
    assert runs() == []


def test_bad_wishes_are_refused(tiny_upscaler, tiny_watermark, pictures, quick, tmp_path):
    with pytest.raises(ModelNotFoundError, match="there are"):
        finetune(pictures, base="nobody", **quick)
    with pytest.raises(InvalidParameterError, match="for upscale"):
        finetune(pictures, base=tiny_watermark, **quick)
    with pytest.raises(InvalidParameterError, match="enlarges"):
        finetune(pictures, base=tiny_upscaler, crappifier="bicubic-x4", **quick)
    with pytest.raises(InvalidParameterError, match="writes over"):
        finetune(pictures, task="watermark", base=tiny_watermark, crappifier="clean", **quick)
    with pytest.raises(InvalidParameterError, match="no model has"):
        finetune(pictures, base=tiny_upscaler, name=tiny_upscaler, **quick)
    with pytest.raises(InvalidParameterError, match="recipe for upscale"):
        finetune(pictures, base=tiny_upscaler, recipe="infill", **quick)
    with pytest.raises(InvalidImageError, match="steps of 16"):
        finetune(pictures, base=tiny_upscaler, **{**quick, "patch": 50})
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    with pytest.raises(TrainingError, match="new run folder"):
        finetune(pictures, base=tiny_upscaler, out=tmp_path / "full", **quick)
