"""A training killed or stopped at any moment goes on with the numbers of one that was never disturbed."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from safetensors.torch import load_file

from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.train import train

Read: TypeAlias = Callable[[Path], list[dict[str, str]]]
PATIENCE = 300


@pytest.fixture
def same_runs(metrics_of: Read) -> Callable[[Path, Path], None]:
    """Assert that two runs have the same figures, models and checkpoints, bit by bit."""

    def compare(one: Path, other: Path) -> None:
        assert metrics_of(one) == metrics_of(other)
        assert notes_of(one) == notes_of(other)
        files = sorted(path.relative_to(one) for path in one.rglob("*.safetensors"))
        assert files == sorted(path.relative_to(other) for path in other.rglob("*.safetensors"))
        for file in files:
            left, right = load_file(one / file), load_file(other / file)
            assert left.keys() == right.keys()
            for name, tensor in left.items():
                assert tensor.numpy().tobytes() == right[name].numpy().tobytes(), f"{name} in {file}"

    return compare


def notes_of(run: Path) -> str:
    """Return what a run has noted; a file is made at the first note."""
    notes = run / "notes.txt"
    return notes.read_text() if notes.exists() else ""


def cli(recipe: Path, data: Path, run: Path, *options: str) -> list[str]:
    return [
        *(sys.executable, "-m", "napari_decrappify", "train", str(recipe)),
        *("--data", str(data), "--out", str(run), *options),
    ]


def kill_after(step: int, command: list[str], run: Path, read: Read) -> None:
    """Start a training, and kill it as soon as it has reported a step."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + PATIENCE
        while not (run / "metrics.csv").exists() or int(read(run)[-1]["step"]) < step:
            assert process.poll() is None, process.stderr.read() if process.stderr else ""
            assert time.monotonic() < deadline
            time.sleep(0.01)
        process.kill()
        assert process.wait() == -signal.SIGKILL, "it ended before it could be killed"


def test_a_training_killed_in_two_stages_equals_one_never_killed(
    restorer: dict[str, Any], folder: Path, tmp_path: Path, metrics_of: Read, same_runs: Callable[[Path, Path], None]
) -> None:
    first, predictions, critic, last = restorer["stages"]
    stages = [{**first, "steps": 24}, predictions, critic, {**last, "steps": 42, "keep_every": 14}]
    file, whole, killed = tmp_path / "recipe.toml", tmp_path / "whole", tmp_path / "killed"
    evaluation = {**restorer["evaluation"], "every": 6}
    recipe = Recipe.model_validate({**restorer, "stages": stages, "evaluation": evaluation})
    file.write_text("\n".join(f"{key} = {toml(value)}" for key, value in recipe_of(recipe).items()), encoding="utf-8")
    kill_after(12, cli(file, folder, killed), killed, metrics_of)
    kill_after(24 + 4 + 8, cli(file, folder, killed, "--resume"), killed, metrics_of)
    train(file, folder, killed, resume=True)
    train(file, folder, whole)
    assert metrics_of(whole)[-1]["step"] == "70"
    same_runs(whole, killed)


def recipe_of(recipe: Recipe) -> dict[str, Any]:
    return recipe.model_dump(mode="json", exclude_none=True)


def toml(value: Any) -> str:
    """Write a value as inline TOML."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(inner)}" for key, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(toml(inner) for inner in value) + "]"
    return json.dumps(value)


@pytest.fixture(scope="module")
def whole_run(restorer: dict[str, Any], photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of all kinds of stages that nothing disturbed."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    train(Recipe.model_validate(restorer), photos, run)
    return run


# A run yields once where a stage begins, and for each of 4 steps; between the first and the second come 4 predictions.
@pytest.mark.parametrize("stop_after", [1, 3, 6, 8, 10, 15, 18])
def test_a_training_stopped_anywhere_equals_one_never_stopped(
    restorer: dict[str, Any],
    photos: Path,
    whole_run: Path,
    tmp_path: Path,
    stop_after: int,
    same_runs: Callable[[Path, Path], None],
) -> None:
    recipe, parts = Recipe.model_validate(restorer), tmp_path / "parts"
    job = train.job(recipe, photos, parts)
    for _ in range(stop_after):
        next(job)
    job.close()
    train(recipe, photos, parts, resume=True)
    same_runs(whole_run, parts)


def test_a_training_stopped_at_every_step_equals_one_never_stopped(
    restorer: dict[str, Any], photos: Path, whole_run: Path, tmp_path: Path, same_runs: Callable[[Path, Path], None]
) -> None:
    recipe, parts = Recipe.model_validate(restorer), tmp_path / "parts"
    done = [0]
    while not (parts / "tiny-gan.safetensors").exists():
        job = train.job(recipe, photos, parts, resume=bool(done[-1]))
        done.append(next((progress.done for progress in job if progress.done > done[-1]), 12))
        job.close()
    assert done == [*range(13), 12]
    same_runs(whole_run, parts)


def test_a_training_left_waiting_goes_on_and_the_wait_costs_no_budget(
    restorer: dict[str, Any], photos: Path, whole_run: Path, tmp_path: Path, same_runs: Callable[[Path, Path], None]
) -> None:
    run = tmp_path / "run"
    job = train.job(Recipe.model_validate(restorer), photos, run)
    for _ in range(3):
        next(job)
    time.sleep(0.5)
    started = time.perf_counter()
    deque(job, maxlen=0)
    with (run / "metrics.csv").open(newline="") as opened:
        seconds = [float(row["seconds"]) for row in csv.DictReader(opened)]
    assert seconds[-1] - seconds[0] < time.perf_counter() - started
    same_runs(whole_run, run)
