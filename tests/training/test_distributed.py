"""Two processes that share each batch learn what one process learns."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from napari_decrappify.errors import RecipeError
from napari_decrappify.files import read_image
from napari_decrappify.models import verify
from napari_decrappify.training.data.pairs import share_of
from napari_decrappify.training.running.distributed import ProcessGroup
from napari_decrappify.training.train import train

ALONE = 12
"""Steps of the generator alone: a critic that learns with it makes of small differences large ones."""
CHANGES = [
    *("generator.options={scale=2, width=16, blocks=1}", "critic={architecture='patch-critic', options={width=4}}"),
    *("data.patch=64", "data.batch=4", "data.workers=0", "data.held_out=0.34", "optimizer.muon=0", "optimizer.ema=0"),
    *("evaluation.every=4", "evaluation.size=64"),
]
STAGES = [
    f"{{kind='pretrain-generator', steps={ALONE}, lr=1e-3}}",
    "{kind='save-predictions', size=64}",
    "{kind='pretrain-critic', steps=4, lr=1e-3}",
    "{kind='adversarial', steps=4, lr=1e-4, play={switch={kind='fixed'}}}",
]


def torchrun(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Start a training in two processes, as a user does."""
    command = [
        *(Path(sys.executable).with_name("torchrun"), "--standalone", "--nproc-per-node", "2"),
        *("-m", "napari_decrappify", "train", *arguments, "--device", "cpu"),
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=environment)


def test_two_processes_learn_what_one_learns_go_through_all_stages_and_say_one_result(
    photos: Path, tmp_path: Path, metrics_of: Callable[[Path], list[dict[str, str]]]
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    alone, together = ([*CHANGES, f"stages=[{', '.join(stages)}]"] for stages in (STAGES[:2], STAGES))
    train("upscale-x2", photos, one, overrides=alone, precision="fp32", device="cpu")
    options = [part for change in together for part in ("--set", change)]
    done = torchrun("upscale-x2", "--data", str(photos), "--out", str(two), "--precision", "fp32", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("two/upscale-x2.safetensors: psnr") == done.stdout.count("upscale-x2.safetensors") == 1
    expected, found = metrics_of(one), metrics_of(two)
    assert [row["step"] for row in expected] == ["4", "8", "12"]
    for left, right in zip(expected, found, strict=False):
        figures = {name: float(value) for name, value in left.items()}
        assert {name: float(right[name]) for name in left} == pytest.approx(figures, rel=2e-3)
    predictions = sorted((one / "predictions").rglob("*.png"))
    assert len(predictions) == 4
    for path in predictions:
        left, right = (read_image(run / path.relative_to(one)).array.astype(int) for run in (one, two))
        assert np.abs(left - right).max() <= 1
    assert found[-1]["step"] == str(ALONE + 8)
    assert found[-1]["generator_loss"]
    assert verify(two / "upscale-x2.safetensors").steps == ALONE + 8


def test_a_batch_is_shared_out_in_equal_parts() -> None:
    assert [*share_of(6, 0, 2), *share_of(6, 1, 2)] == [*range(6)]
    with pytest.raises(RecipeError, match="multiple of 2"):
        share_of(5, 0, 2)


def test_a_process_alone_is_a_crew() -> None:
    process_group, net = ProcessGroup(torch.device("cpu")), torch.nn.Linear(1, 1)
    assert process_group.leads
    assert process_group.wrapped(net) is net
    assert process_group.means({"loss": 0.1, "lr": 3.0}) == {"loss": 0.1, "lr": 3.0}
    assert process_group.mean(0.1) == 0.1
