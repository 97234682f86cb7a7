"""A batch learned in parts teaches the same, also where memory runs out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest
import torch
from safetensors.torch import load_file
from torch import Tensor

from napari_decrappify.errors import TrainingError
from napari_decrappify.jobs import Progress
from napari_decrappify.training.optimization.learner import Learner
from napari_decrappify.training.recipes.recipe import Recipe
from napari_decrappify.training.running.events import Evaluated, Parted
from napari_decrappify.training.train import train

Read: TypeAlias = Callable[[Path], list[dict[str, str]]]
BATCH = 5


@pytest.fixture
def upscaler(tiny: dict[str, Any]) -> dict[str, Any]:
    """A recipe without batch normalisation and dropout."""
    return {**tiny, "data": {**tiny["data"], "batch": BATCH}, "optimizer": {"ema": 0.0}}


@pytest.fixture
def cropped() -> dict[str, Any]:
    """A recipe of a critic that sees crops, both nets without normalisation and dropout."""
    play = {"switch": {"kind": "fixed"}, "crop": 16, "content": 1.0}
    return {
        "name": "cropped",
        "task": "restore",
        "generator": {"architecture": "repair-unet", "options": {"widths": [8, 16], "middle": 1, "norm": "none"}},
        "critic": {"architecture": "infill-checker"},
        "data": {"preset": "stock-watermark", "patch": 48, "batch": BATCH, "workers": 0},
        "optimizer": {"ema": 0.0},
        "stages": [
            {"kind": "save-predictions", "size": 48},
            {"kind": "pretrain-critic", "steps": 2, "lr": 1e-4, "patch": 16},
            {"kind": "adversarial", "steps": 4, "lr": 1e-4, "play": play},
        ],
        "evaluation": {"every": 2, "pictures": 1, "size": 48, "gallery": 1},
    }


def assert_near(one: Path, other: Path, read: Read) -> None:
    for left, right in zip(read(one), read(other), strict=True):
        figures = {name: float(value) for name, value in left.items() if value}
        assert {name: float(value) for name, value in right.items() if value} == pytest.approx(figures, rel=1e-2)
    first, second = (load_file(run / "checkpoints" / "last.safetensors") for run in (one, other))
    for name, weights in first.items():
        if name.startswith(("generator/", "critic/")):
            assert (weights - second[name]).abs().mean() < 1e-4, name  # a gradient of about 0 may get another sign


@pytest.mark.parametrize("accumulate", [2, 3, 64])
def test_parts_of_a_batch_add_up_to_it(
    upscaler: dict[str, Any], photos: Path, tmp_path: Path, accumulate: int, metrics_of: Read
) -> None:
    parted = {**upscaler, "data": {**upscaler["data"], "accumulate": accumulate}}
    train(Recipe.model_validate(upscaler), photos, tmp_path / "whole", precision="fp32")
    train(Recipe.model_validate(parted), photos, tmp_path / "parts", precision="fp32")
    assert_near(tmp_path / "whole", tmp_path / "parts", metrics_of)


def test_parts_add_up_in_stages_with_a_critic(
    cropped: dict[str, Any], photos: Path, tmp_path: Path, metrics_of: Read
) -> None:
    parted = {**cropped, "data": {**cropped["data"], "accumulate": 2}}
    train(Recipe.model_validate(cropped), photos, tmp_path / "whole", precision="fp32")
    train(Recipe.model_validate(parted), photos, tmp_path / "parts", precision="fp32")
    assert_near(tmp_path / "whole", tmp_path / "parts", metrics_of)


OUT_OF_MEMORY = (
    torch.OutOfMemoryError("no memory left"),
    RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"),
    RuntimeError("[enforce fail at alloc_cpu.cpp:117] DefaultCPUAllocator: can't allocate memory: you tried to"),
)


def short_of_memory(
    monkeypatch: pytest.MonkeyPatch, fails: Callable[[int], bool], error: Exception = OUT_OF_MEMORY[0]
) -> list[int]:
    """Let backward passes fail, counted from 1; return their numbers as they come."""
    real, calls = Learner.backward, []

    def backward(self: Learner, loss: Tensor) -> None:
        calls.append(len(calls) + 1)
        if fails(calls[-1]):
            raise error
        real(self, loss)

    monkeypatch.setattr(Learner, "backward", backward)
    return calls


def test_a_step_without_memory_is_taken_in_smaller_parts_with_the_same_result(
    upscaler: dict[str, Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, metrics_of: Read
) -> None:
    recipe = Recipe.model_validate(upscaler)
    train(recipe, photos, tmp_path / "whole", precision="fp32")
    calls = short_of_memory(monkeypatch, lambda number: number in (3, 5))
    train(recipe, photos, tmp_path / "short", precision="fp32")
    assert len(calls) == 2 + 1 + 2 + 4 * 4, "two whole steps; one part; two halves; then four parts a step"
    assert_near(tmp_path / "whole", tmp_path / "short", metrics_of)


@pytest.mark.parametrize("error", OUT_OF_MEMORY, ids=["CUDA", "MPS", "the processor"])
def test_smaller_batches_are_said_once_for_each_time(
    upscaler: dict[str, Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    short_of_memory(monkeypatch, lambda number: number in (3, 5), error)
    steps: list[Progress] = []
    train(Recipe.model_validate(upscaler), photos, tmp_path / "run", progress=steps.append)
    reported = [step.payload for step in steps if isinstance(step.payload, Parted)]
    assert [(one.step, one.patches) for one in reported] == [(3, 2)], "of 5 patches in 4 parts"
    assert "smaller batches from here, 2 patches at a time" in reported[0].warnings[0]
    assert (tmp_path / "run" / "notes.txt").read_text().count("smaller batches") == 1
    assert [step.payload.step for step in steps if isinstance(step.payload, Evaluated)] == [2, 4, 6]


def test_another_error_of_torch_is_not_taken_for_lack_of_memory(
    upscaler: dict[str, Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_of_memory(monkeypatch, lambda _: True, RuntimeError("a broken kernel"))
    with pytest.raises(RuntimeError, match="a broken kernel"):
        train(Recipe.model_validate(upscaler), photos, tmp_path / "run")


def test_a_resumed_run_remembers_its_parts(
    upscaler: dict[str, Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = short_of_memory(monkeypatch, lambda number: number == 1)
    job = train.job(Recipe.model_validate(upscaler), photos, tmp_path / "run")
    for _ in range(2):
        next(job)
    job.close()
    assert len(calls) == 1 + 2
    train(Recipe.model_validate(upscaler), photos, tmp_path / "run", resume=True)
    assert len(calls) == 1 + 2 * 6


def test_memory_for_not_even_one_patch_is_a_typed_error(
    upscaler: dict[str, Any], photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    short_of_memory(monkeypatch, lambda _: True)
    with pytest.raises(TrainingError, match=r"one patch at a time.*no memory left.*smaller patches"):
        train(Recipe.model_validate(upscaler), photos, tmp_path / "run")
