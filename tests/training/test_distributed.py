"""Two processes that share each batch learn what one process learns."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from napari_decrappify.errors import RecipeError
from napari_decrappify.models import verify
from napari_decrappify.training.data.pairs import share_of
from napari_decrappify.training.running.distributed import ProcessGroup
from napari_decrappify.training.train import train

CHANGES = [
    *("generator.options={scale=2, width=16, blocks=1}", "data.patch=32", "data.batch=4", "data.workers=0"),
    *("data.held_out=0.34", "optimizer.muon=0", "optimizer.ema=0", "evaluation.every=4", "evaluation.size=64"),
    "stages=[{kind='pretrain-generator', steps=12, lr=1e-3}]",
]


def torchrun(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Start a training in two processes, as a user does."""
    command = [
        *(Path(sys.executable).with_name("torchrun"), "--standalone", "--nproc-per-node", "2"),
        *("-m", "napari_decrappify", "train", *arguments, "--device", "cpu"),
    ]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, env=environment)


def test_two_processes_learn_what_one_learns_and_say_one_result(
    photos: Path, tmp_path: Path, metrics_of: Callable[[Path], list[dict[str, str]]]
) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    train("upscale-x2", photos, one, overrides=CHANGES, precision="fp32", device="cpu")
    options = [part for change in CHANGES for part in ("--set", change)]
    done = torchrun("upscale-x2", "--data", str(photos), "--out", str(two), "--precision", "fp32", *options)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("two/upscale-x2.safetensors: psnr") == done.stdout.count("upscale-x2.safetensors") == 1
    assert (two / "upscale-x2.safetensors").exists()
    expected, found = metrics_of(one), metrics_of(two)
    assert [row["step"] for row in found] == ["4", "8", "12"]
    for alone, together in zip(expected, found, strict=True):
        figures = {name: float(value) for name, value in alone.items()}
        assert {name: float(value) for name, value in together.items()} == pytest.approx(figures, rel=2e-3)
    left, right = (load_file(run / "checkpoints" / "last.safetensors") for run in (one, two))
    for name in (name for name in left if name.startswith("generator/")):
        torch.testing.assert_close(left[name], right[name], rtol=0, atol=2e-4)


def as_torchrun_does(*arguments: str) -> list[subprocess.Popen[bytes]]:
    """Start a training in two processes that find each other by their environment."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free.getsockname()[1]), "WORLD_SIZE": "2"}
    command = [sys.executable, "-m", "napari_decrappify", "train", *arguments, "--device", "cpu"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **place}
    return [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, env={**environment, "RANK": rank, "LOCAL_RANK": rank})
        for rank in "01"
    ]


def test_all_stages_of_a_gan_run_in_two_processes(photos: Path, tmp_path: Path) -> None:
    run = tmp_path / "run"
    processes = as_torchrun_does("lesson7-gan-tiny", "--data", str(photos), "--out", str(run))
    assert [process.wait(600) for process in processes] == [0, 0]
    assert verify(run / "lesson7-gan-tiny.safetensors").steps > 0
    assert "generator_loss" in (run / "metrics.csv").read_text().splitlines()[0]
    assert len(list((run / "predictions").rglob("*.png"))) == 5


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
