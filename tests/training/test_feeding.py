"""Batches are made ahead by worker processes, which leave with the trainer."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import deque
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from napari_decrappify.errors import RecipeError, TrainingError
from napari_decrappify.training import feeding
from napari_decrappify.training.feeding import batches, worker_count
from napari_decrappify.training.pairs import Batch, Pairs, find_crappifier
from napari_decrappify.training.pictures import FolderPictures
from napari_decrappify.training.recipe_data import DataConfig


def make_pairs(folder: Path, **options: object) -> Pairs:
    config = DataConfig.model_validate({"preset": "stock-watermark", "patch": 32, "batch": 4, **options})
    return Pairs(FolderPictures(folder), find_crappifier(config.preset), config, seed=5)


def equal(one: Batch, other: Batch) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_workers_make_the_same_batches_and_end_when_closed(folder: Path) -> None:
    alone = make_pairs(folder, workers=0)
    source = batches(make_pairs(folder, workers=2, augment={"rotate": 0}), 2, rank=1, world=2)
    assert all(equal(next(source), alone.batch(step, 1, 2)) for step in range(2, 7))
    assert len(multiprocessing.active_children()) == 2
    started = time.perf_counter()
    source.close()
    assert time.perf_counter() - started < 1
    assert not multiprocessing.active_children()


def test_a_dead_worker_is_an_error_and_not_a_wait(folder: Path) -> None:
    source = batches(make_pairs(folder, workers=1), 0)
    next(source)
    os.kill(multiprocessing.active_children()[0].pid or 0, signal.SIGKILL)
    with pytest.raises(TrainingError, match="exit code -9"):
        deque(islice(source, 10))
    assert not multiprocessing.active_children()


def test_an_error_in_a_worker_is_raised_here(folder: Path) -> None:
    source = batches(make_pairs(folder, workers=1, preset="bicubic-x2", context=3), 0)
    with pytest.raises(RecipeError, match="multiple of 2"):
        next(source)
    assert not multiprocessing.active_children()


def test_workers_vanish_with_a_trainer_that_is_killed(folder: Path, tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(f"""
import multiprocessing, os, signal
from pathlib import Path
from napari_decrappify.training.feeding import batches
from napari_decrappify.training.pairs import Pairs, find_crappifier
from napari_decrappify.training.pictures import FolderPictures
from napari_decrappify.training.recipe_data import DataConfig
if __name__ == "__main__":
    config = DataConfig(preset="clean", patch=32, batch=4, workers=1)
    source = batches(Pairs(FolderPictures({str(folder)!r}), find_crappifier("clean"), config, 0), 0)
    next(source)
    print(multiprocessing.active_children()[0].pid, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
""")
    killed = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    worker = Path("/proc") / killed.stdout.strip()
    for _ in range(100):
        if not worker.exists():
            break
        time.sleep(0.05)
    assert not worker.exists()


def test_a_worker_is_not_waited_for_in_the_middle_of_a_batch(folder: Path) -> None:
    """A batch of so many large patches takes minutes."""
    worker = feeding._Worker(make_pairs(folder, patch=1024, batch=5000), range(3), 0, 1)
    time.sleep(1)
    assert worker._process.is_alive()
    started = time.perf_counter()
    worker.close()
    assert time.perf_counter() - started < 1
    assert not multiprocessing.active_children()


@pytest.mark.parametrize(
    ("cores", "world", "expected"), [(1, 1, 0), (2, 1, 1), (2, 2, 0), (4, 2, 1), (16, 1, 4), (16, 2, 2), (128, 1, 8)]
)
def test_the_worker_count_suits_the_machine(monkeypatch, cores: int, world: int, expected: int) -> None:
    monkeypatch.setattr(feeding, "_cores", lambda: cores)
    monkeypatch.delenv("LOCAL_WORLD_SIZE", raising=False)
    assert worker_count(None, world) == expected
    assert worker_count(3, world) == 3


def test_only_the_training_processes_of_this_machine_share_its_cores(monkeypatch) -> None:
    monkeypatch.setattr(feeding, "_cores", lambda: 16)
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "2")
    assert worker_count(None, 8) == 2
