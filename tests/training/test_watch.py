"""Warnings say what a person would who looks at the curves."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from napari_decrappify.jobs import Progress
from napari_decrappify.training.evaluation import evaluator as evaluator
from napari_decrappify.training.evaluation.diagnostics import Diagnostics
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.running.events import Evaluated
from napari_decrappify.training.stages import stage as learning_stage
from napari_decrappify.training.train import train

CERTAIN = {"critic_real": 1.0, "critic_generated": 0.995}
BLIND = {"critic_real": 1.0, "critic_generated": 0.0}
DRIFTING = {"psnr": 20.0, "psnr_input": 23.0}


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        (CERTAIN, ["so sure that the generator learns little"]),
        (BLIND, ["The critic has collapsed"]),
        ({"critic_real": 0.0, "critic_generated": 1.0}, ["The critic has collapsed"]),
        (DRIFTING, ["drifts from the picture: 20.00 dB, 23.00 untouched"]),
        ({**CERTAIN, **DRIFTING}, ["so sure", "drifts"]),
        ({"critic_real": 0.9, "critic_generated": 0.8, "psnr": 22.0, "psnr_input": 23.0}, []),
        ({"critic_real": 0.5, "critic_generated": 0.5, "critic_same": 0.95}, ["The critic has collapsed"]),
        ({"critic_real": 0.55, "critic_generated": 0.48}, ["only guesses"]),
        ({"critic_real": 0.55, "critic_generated": 0.48, "generator_loss": 1.0}, []),
        ({"generator_loss": 1.0}, []),
    ],
    ids=[
        "certain",
        "all real",
        "all generated",
        "drift",
        "two troubles",
        "fine",
        "now this now that",
        "idle",
        "losing",
        "nothing known",
    ],
)
def test_troubles_are_named(figures: dict[str, float], said: list[str]) -> None:
    warnings = Diagnostics().look(figures)
    assert len(warnings) == len(said)
    assert all(words in warning for words, warning in zip(said, warnings, strict=True))


def test_a_trouble_is_spoken_of_once_and_again_after_it_has_gone() -> None:
    watch = Diagnostics()
    spoken = [len(watch.look(figures)) for figures in (CERTAIN, CERTAIN, {}, CERTAIN, {**CERTAIN, **DRIFTING})]
    assert spoken == [1, 0, 0, 1, 1]


def test_what_was_spoken_of_stays_so_in_a_resumed_run() -> None:
    first, second = Diagnostics(), Diagnostics()
    first.look(CERTAIN)
    second.restore(json.loads(json.dumps(first.state())))
    assert second.look(CERTAIN) == []
    assert len(second.look(BLIND)) == 1


def test_warnings_reach_notes_and_listeners_in_adversarial_stages_only(
    restorer: dict[str, Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (learning_stage, evaluator):
        monkeypatch.setattr(module, "accuracy", lambda *_args, **_options: 1.0)
    steps: list[Progress] = []
    train(Recipe.model_validate(restorer), photos, tmp_path / "run", progress=steps.append)
    reported = [
        (s.payload.step, text) for s in steps if isinstance(s.payload, Evaluated) for text in s.payload.warnings
    ]
    assert [step for step, text in reported if "critic" in text] == [9], "the first evaluation of the adversarial stage"
    notes = (tmp_path / "run" / "notes.txt").read_text().splitlines()
    assert [line for line in notes if "critic" in line] == [
        f"step {step}: {text}" for step, text in reported if "critic" in text
    ]


def test_a_resumed_run_does_not_warn_again(
    restorer: dict[str, Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning_stage, "accuracy", lambda *_args, **_options: 1.0)
    recipe = Recipe.model_validate(restorer)
    job = train.job(recipe, photos, tmp_path / "run")
    next(progress for progress in job if isinstance(progress.payload, Evaluated) and progress.payload.step == 9)
    job.close()
    train(recipe, photos, tmp_path / "run", resume=True)
    assert (tmp_path / "run" / "notes.txt").read_text().count("The critic is right") == 1


def test_a_generator_that_drifts_is_noted_once(restorer: dict[str, Any], photos: Path, tmp_path: Path) -> None:
    ruin = {**restorer["stages"][-1], "steps": 9, "lr": 0.02}
    train(Recipe.model_validate({**restorer, "stages": [ruin]}), photos, tmp_path / "run")
    notes = (tmp_path / "run" / "notes.txt").read_text()
    assert notes.count("The generator drifts from the picture") == 1
