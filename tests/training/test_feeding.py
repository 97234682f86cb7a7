"""Batches are made ahead by worker processes, which leave with the trainer."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import deque
from itertools import count, islice
from pathlib import Path

import numpy as np
import psutil
import pytest

from napari_decrappify.errors import RecipeError, TrainingError
from napari_decrappify.processes.worker import PATIENCE
from napari_decrappify.training.data import loader as feeding
from napari_decrappify.training.data.loader import batches, worker_count
from napari_decrappify.training.data.pairs import Batch, Pairs, find_crappifier
from napari_decrappify.training.data.pictures import FolderPictures
from napari_decrappify.training.recipes.data import DataConfig


def workers() -> list[int]:
    """Return the numbers of this process's data workers."""
    alive = [child for child in psutil.Process().children() if child.status() != psutil.STATUS_ZOMBIE]
    return [child.pid for child in alive if "napari_decrappify.processes" in " ".join(child.cmdline())]


def make_pairs(folder: Path, **options: object) -> Pairs:
    config = DataConfig.model_validate({"preset": "stock-watermark", "patch": 32, "batch": 4, **options})
    return Pairs(FolderPictures(folder), find_crappifier(config.preset), config, seed=5)


def equal(one: Batch, other: Batch) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(one, other, strict=True))


def test_workers_make_the_same_batches_and_end_when_closed(folder: Path) -> None:
    alone = make_pairs(folder, workers=0)
    source = batches(make_pairs(folder, workers=2, augment={"rotate": 0}), 2, rank=1, world=2)
    assert all(equal(next(source), alone.batch(step, 1, 2)) for step in range(2, 7))
    assert len(workers()) == 2
    started = time.perf_counter()
    source.close()
    assert time.perf_counter() - started < PATIENCE, "nobody had to be killed"
    assert not workers()


def test_a_dead_worker_is_an_error_and_not_a_wait(folder: Path) -> None:
    source = batches(make_pairs(folder, workers=1), 0)
    next(source)
    os.kill(workers()[0], signal.SIGKILL)
    with pytest.raises(TrainingError, match="exit code -9"):
        deque(islice(source, 10))
    assert not workers()


def test_an_error_in_a_worker_is_raised_here(folder: Path) -> None:
    source = batches(make_pairs(folder, workers=1, preset="bicubic-x2", context=3), 0)
    with pytest.raises(RecipeError, match="multiple of 2"):
        next(source)
    assert not workers()


def test_workers_vanish_with_a_trainer_that_is_killed(folder: Path, tmp_path: Path) -> None:
    """The script has no guard: run once more by a worker, it would wait for its own worker, and so on."""
    script = tmp_path / "train.py"
    script.write_text(f"""
import os, signal
import psutil
from napari_decrappify.training.data.loader import batches
from napari_decrappify.training.data.pairs import Pairs, find_crappifier
from napari_decrappify.training.data.pictures import FolderPictures
from napari_decrappify.training.recipes.data import DataConfig
config = DataConfig(preset="clean", patch=32, batch=4, workers=1)
source = batches(Pairs(FolderPictures({str(folder)!r}), find_crappifier("clean"), config, 0), 0)
next(source)
print(psutil.Process().children()[0].pid, flush=True)
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
    worker = feeding._PrefetchWorker(make_pairs(folder, patch=1024, batch=5000), count(), 0, 1)
    (number,) = workers()
    while psutil.Process(number).cpu_times().user < 1:  # more than its start takes
        time.sleep(0.02)
    worker.dismiss()
    worker.close()
    assert worker._worker._process.returncode != -signal.SIGKILL, "it has ended by itself"
    assert not workers()


def test_what_only_the_script_defines_is_made_in_its_process(folder: Path) -> None:
    class Mine(FolderPictures):
        __module__ = "__main__"

    pairs = make_pairs(folder, workers=2)
    here = batches(Pairs(Mine(folder), pairs.crappifier, pairs.config, pairs.seed), 3)
    assert equal(next(here), pairs.batch(3))
    assert not workers()
    here.close()


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
