"""A training killed while it writes goes on to the same weights, and what the killed one left half done is removed.

A kill is an exception that nothing catches and after which nothing is cleaned up, at the moment when a whole temporary
is about to become a file: there a killed process leaves the most behind. `scripts/kill_and_resume.py` kills for real.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import load_file

from napari_decrappify.atomic import (
    LEFT_OVER,
    atomic_folder,
    atomic_path,
    remove_left_overs,
)
from napari_decrappify.errors import TrainingError
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.running.run_folder import RunFolder
from napari_decrappify.training.stages.predictions import LIST, saved_predictions
from napari_decrappify.training.train import train


class Killed(BaseException):
    """The end of a process, as far as one test can have it."""


@contextmanager
def killed(monkeypatch: pytest.MonkeyPatch, at: Callable[[Path], bool]) -> Iterator[None]:
    """Let what runs inside end where it is about to put a file or a folder in its place."""
    real = Path.replace

    def replace(self: Path, target: Path) -> Path:
        if at(target):
            patched.setattr(Path, "unlink", lambda *_, **__: None)
            patched.setattr(shutil, "rmtree", lambda *_, **__: None)
            raise Killed
        return real(self, target)

    with monkeypatch.context() as patched, suppress(Killed):
        patched.setattr(Path, "replace", replace)
        yield


def left_overs(run: Path) -> list[Path]:
    return [path for path in run.rglob(".*") if LEFT_OVER.fullmatch(path.name)]


def nth(number: int, *, below: str = "", name: str = "") -> Callable[[Path], bool]:
    """Return what is true at the n-th file or folder of that name, or below a folder of that name."""
    seen = []

    def at(target: Path) -> bool:
        if name in target.name and below in target.parent.as_posix():
            seen.append(target)
        return len(seen) == number

    return at


@pytest.fixture(scope="module")
def recipe(restorer: dict[str, Any]) -> Recipe:
    return Recipe.model_validate(restorer)


@pytest.fixture(scope="module")
def whole(recipe: Recipe, photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that was never killed."""
    run = tmp_path_factory.mktemp("runs") / "whole"
    train(recipe, photos, run)
    return run


def check_same(one: Path, other: Path) -> None:
    for file in ("tiny-gan.safetensors", "checkpoints/best.safetensors"):
        left, right = load_file(one / file), load_file(other / file)
        assert left.keys() == right.keys()
        assert all(left[name].numpy().tobytes() == right[name].numpy().tobytes() for name in left), file


@pytest.mark.parametrize(
    "at",
    [nth(3, below="/predictions"), nth(1, name="stage-2"), nth(4, name="last"), nth(1, name="sound")],
    ids=["a prediction", "all of them", "checkpoint of the critic", "sound state"],
)
def test_a_killed_training_goes_on_to_the_same_weights(
    at: Callable[[Path], bool], recipe: Recipe, photos: Path, whole: Path, tmp_path: Path, monkeypatch
) -> None:
    run = tmp_path / "run"
    with killed(monkeypatch, at):
        train(recipe, photos, run)
    assert left_overs(run)
    train(recipe, photos, run, resume=True)
    check_same(whole, run)
    assert not left_overs(run)
    assert names_of(run) == names_of(whole)
    assert (run / "notes.txt").exists() == (whole / "notes.txt").exists()


def names_of(run: Path) -> list[str]:
    return sorted(path.relative_to(run).as_posix() for path in run.rglob("*"))


def test_a_training_killed_again_and_again_goes_on_to_the_same_weights(
    recipe: Recipe, photos: Path, whole: Path, tmp_path: Path, monkeypatch
) -> None:
    """Each attempt gets one file further than the last one, counted from where it went on."""
    run, further = tmp_path / "run", 1
    while not (run / "tiny-gan.safetensors").exists():
        with killed(monkeypatch, nth(further)):
            train(recipe, photos, run, resume=True)
        further += 4
    assert further > 1 + 4 * 3
    check_same(whole, run)


def test_what_is_noted_twice_stands_once(recipe: Recipe, photos: Path, tmp_path: Path) -> None:
    run = RunFolder(tmp_path, recipe, resume=False)
    for text in ("from here", "from there", "from here"):
        run.add_note(0, text)
    assert (tmp_path / "notes.txt").read_text() == "step 0: from here\nstep 0: from there\n"


@pytest.mark.parametrize("harm", ["gone", "foreign", "unlisted", "of other weights"])
def test_predictions_that_are_not_all_those_of_the_weights_are_refused(harm: str, whole: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(whole / "predictions" / "stage-2", tmp_path / "stage-2")
    weights = json.loads((folder / LIST).read_text())["weights"]
    assert saved_predictions(folder, weights).names
    if harm == "gone":
        next(folder.rglob("*.png")).unlink()
    elif harm == "foreign":
        shutil.copyfile(next(folder.rglob("*.png")), folder / "mine.png")
    elif harm == "unlisted":
        (folder / LIST).unlink()
    else:
        weights = f"0{weights}"
    with pytest.raises(TrainingError, match="predictions that this training saved"):
        saved_predictions(folder, weights)


def test_a_resumed_critic_does_not_learn_from_predictions_of_other_weights(
    recipe: Recipe, photos: Path, tmp_path: Path, monkeypatch
) -> None:
    run = tmp_path / "run"
    with killed(monkeypatch, nth(4, name="last")):  # in the critic's stage, with a checkpoint in it
        train(recipe, photos, run)
    listed = run / "predictions" / "stage-2" / LIST
    listed.write_text(listed.read_text().replace('"weights": "', '"weights": "0'))
    with pytest.raises(TrainingError, match="predictions that this training saved"):
        train(recipe, photos, run, resume=True)


def test_a_folder_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    def fill(name: str, end: BaseException | None = None) -> None:
        with suppress(Killed), atomic_folder(tmp_path / "folder") as half:
            (half / name).touch()
            if end is not None:
                raise end

    fill("old")
    fill("half", Killed())
    assert names_of(tmp_path) == ["folder", "folder/old"]
    fill("new")
    assert names_of(tmp_path) == ["folder", "folder/new"]


def test_left_overs_are_told_from_what_a_person_named(tmp_path: Path, monkeypatch) -> None:
    for name in (".holiday.part.png", "a.part.png"):
        (tmp_path / name).touch()
    with killed(monkeypatch, nth(1)), atomic_path(tmp_path / "sub" / "x.png") as half:
        half.touch()
    assert left_overs(tmp_path) == [half]
    remove_left_overs(tmp_path)
    assert names_of(tmp_path) == [".holiday.part.png", "a.part.png", "sub"]
