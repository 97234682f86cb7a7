"""A critic that collapses is not only warned about: the training goes back to before that."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from safetensors.torch import load_file

from napari_decrappify.jobs import Job, Progress
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.running.events import Evaluated, TrainingResult
from napari_decrappify.training.running.recorder import Recorder
from napari_decrappify.training.stages import adversarial
from napari_decrappify.training.train import train

Read: TypeAlias = Callable[[Path], list[dict[str, str]]]
BEFORE, EVERY = 20, 20
"""Steps of the critic alone, and between two evaluations."""
LONG = 5 * EVERY
RUIN = 1e4
"""With so many times the stage's learning rate a critic collapses within a few steps."""


@pytest.fixture(scope="module")
def collapsing(restorer: dict[str, Any]) -> dict[str, Any]:
    """A recipe whose critic is sound before it plays, and collapses as soon as it does."""
    play = {"switch": {"kind": "fixed"}, "critic_lr": RUIN}
    return {
        **restorer,
        "data": {**restorer["data"], "batch": 4},
        "stages": [
            {"kind": "save-predictions", "size": 48},
            {"kind": "pretrain-critic", "steps": BEFORE, "lr": 2e-3},
            {"kind": "adversarial", "steps": LONG, "lr": 1e-3, "play": play},
            {"kind": "pretrain-generator", "steps": 2, "lr": 1e-4},
        ],
        "evaluation": {"every": EVERY, "pictures": 2, "size": 64, "gallery": 1},
    }


def learned(recipe: dict[str, Any], photos: Path, run: Path, resume: bool = False) -> dict[int, str]:
    """Train; return what was warned of, by step."""
    steps: list[Progress] = []
    train(Recipe.model_validate(recipe), photos, run, precision="fp32", progress=steps.append, resume=resume)
    reported = [step.payload for step in steps if isinstance(step.payload, Evaluated)]
    return {one.step: " ".join(one.warnings) for one in reported if one.warnings}


def begun(recipe: dict[str, Any], photos: Path, run: Path) -> Job[TrainingResult]:
    return train.job(Recipe.model_validate(recipe), photos, run, precision="fp32")


def killed(_: Recorder) -> str:
    raise KeyboardInterrupt


def rolled_back(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if "Rolled back" in text]


def weights(run: Path, name: str) -> dict[str, bytes]:
    """Return the nets of a checkpoint, bit by bit."""
    tensors = load_file(run / "checkpoints" / f"{name}.safetensors")
    return {key: one.numpy().tobytes() for key, one in tensors.items() if not key.startswith("optimizer/")}


@pytest.fixture(scope="module")
def whole(collapsing: dict[str, Any], photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run whose critic collapses twice, and that nothing disturbed."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    learned(collapsing, photos, run)
    return run


def test_after_a_collapse_it_goes_on_from_before_with_a_slower_critic(
    collapsing: dict[str, Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metrics_of: Read
) -> None:
    monkeypatch.setattr(adversarial, "SLOWER", 1 / RUIN)
    (text,) = rolled_back(learned(collapsing, photos, tmp_path / "run").values())
    assert "The critic has collapsed" in text
    assert f"Rolled back to step {BEFORE}, when the critic still told them apart; goes on with a slower critic." in text
    notes = (tmp_path / "run" / "notes.txt").read_text()
    assert notes.count("Rolled back") == 1
    rows = metrics_of(tmp_path / "run")
    assert int(rows[-1]["step"]) == BEFORE + LONG + 2, "no stage was cut short"
    assert [row["rolled_back"] for row in rows if row["rolled_back"]] == [str(BEFORE)]
    same = [float(row["critic_same"]) for row in rows if row.get("critic_same")]
    assert max(same) > 0.8
    assert same[-1] < 0.8, "the slower critic hasn't collapsed"


def test_a_second_collapse_ends_the_stage(whole: Path, metrics_of: Read) -> None:
    first, second = rolled_back((whole / "notes.txt").read_text().splitlines())
    assert first.endswith("goes on with a slower critic.")
    assert second.endswith("this stage ends.")
    last = int(metrics_of(whole)[-1]["step"])
    assert last < BEFORE + LONG
    assert (last - 2 - BEFORE) % EVERY == 0, "the stage after it has had its two steps"


@pytest.mark.parametrize("seen", [1, 2], ids=["after the first collapse", "after the second"])
def test_a_training_left_at_a_rollback_has_the_weights_of_before_and_ends_as_one_never_left(
    collapsing: dict[str, Any], photos: Path, tmp_path: Path, whole: Path, seen: int, metrics_of: Read
) -> None:
    job = begun(collapsing, photos, tmp_path / "parts")
    for _ in range(seen):
        next(step for step in job if isinstance(step.payload, Evaluated) and rolled_back(step.payload.warnings))
    job.close()
    assert weights(tmp_path / "parts", "last") == weights(tmp_path / "parts", "sound")
    learned(collapsing, photos, tmp_path / "parts", resume=True)
    assert metrics_of(tmp_path / "parts") == metrics_of(whole)
    assert weights(tmp_path / "parts", "last") == weights(whole, "last")
    assert (tmp_path / "parts" / "notes.txt").read_text() == (whole / "notes.txt").read_text()


def test_a_training_killed_within_a_rollback_equals_one_never_killed(
    collapsing: dict[str, Any],
    photos: Path,
    tmp_path: Path,
    whole: Path,
    monkeypatch: pytest.MonkeyPatch,
    metrics_of: Read,
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Recorder, "roll_back", killed)
        with pytest.raises(KeyboardInterrupt):
            learned(collapsing, photos, tmp_path / "killed")
    learned(collapsing, photos, tmp_path / "killed", resume=True)
    assert metrics_of(tmp_path / "killed") == metrics_of(whole)
    assert weights(tmp_path / "killed", "last") == weights(whole, "last")


def test_a_critic_that_never_told_them_apart_is_only_warned_about(
    collapsing: dict[str, Any], photos: Path, tmp_path: Path
) -> None:
    alone = {**collapsing, "stages": [collapsing["stages"][2]]}
    reported = learned(alone, photos, tmp_path / "run").values()
    assert any("The critic has collapsed" in text for text in reported)
    assert not rolled_back(reported)
