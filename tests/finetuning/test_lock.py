"""One training at a time: never two, whoever asks and however they end."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from napari_decrappify.errors import FileWriteError
from napari_decrappify.finetuning.process.lock import TrainingLock

ROUNDS, RIVALS = 40, 8
HOLDER = """
import sys
from pathlib import Path
from napari_decrappify.finetuning.process.lock import TrainingLock
lock = TrainingLock(Path(sys.argv[1]))
print(lock.acquire("theirs"), flush=True)
sys.stdin.read()
"""


def test_who_asks_first_has_the_lock_and_the_others_learn_who_has_it(tmp_path):
    first, second = TrainingLock(tmp_path), TrainingLock(tmp_path)
    assert first.acquire("first") is None
    assert (first.acquire("again"), second.acquire("second")) == ("first", "first")
    with first.released_at_end():
        assert second.acquire("second") == "first"
    assert second.acquire("second") is None
    assert first.acquire("first") == "second"


def test_of_many_that_ask_at_once_one_has_the_lock(tmp_path):
    """The round before has left what it always leaves; nobody may take that away from under another's feet."""
    start = Barrier(RIVALS)

    def ask(_):
        lock = TrainingLock(tmp_path)
        start.wait()
        return lock if lock.acquire("mine") is None else None

    with ThreadPoolExecutor(RIVALS) as pool:
        for _ in range(ROUNDS):
            (holder,) = [lock for lock in pool.map(ask, range(RIVALS)) if lock is not None]
            with holder.released_at_end():
                pass


def test_the_lock_of_a_killed_process_is_free_at_once(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().strip() == "None"
        assert TrainingLock(tmp_path).acquire("mine") == "theirs"
        process.kill()
        process.wait()
        assert TrainingLock(tmp_path).acquire("mine") is None


def test_a_lock_may_be_released_by_another_thread(tmp_path):
    mine = TrainingLock(tmp_path)
    assert mine.acquire("mine") is None

    def end():
        with mine.released_at_end():
            pass

    with ThreadPoolExecutor(1) as pool:
        pool.submit(end).result()
    assert TrainingLock(tmp_path).acquire("next") is None


def test_a_folder_that_cannot_be_locked_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileWriteError, match="to lock"):
        TrainingLock(tmp_path / "file").acquire("mine")
