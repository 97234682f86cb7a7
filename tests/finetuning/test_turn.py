"""One training at a time: never two, whoever asks and however they end."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from napari_decrappify.errors import FileWriteError
from napari_decrappify.finetuning.process.lock import Turn

ROUNDS, RIVALS = 40, 8
HOLDER = """
import sys
from pathlib import Path
from napari_decrappify.finetuning.process.lock import Turn
turn = Turn(Path(sys.argv[1]))
print(turn.take("theirs"), flush=True)
sys.stdin.read()
"""


def test_who_asks_first_has_the_turn_and_the_others_are_told_whose_it_is(tmp_path):
    first, second = Turn(tmp_path), Turn(tmp_path)
    assert first.take("first") is None
    assert (first.take("again"), second.take("second")) == ("first", "first")
    with first.ended():
        assert second.take("second") == "first"
    assert second.take("second") is None
    assert first.take("first") == "second"


def test_of_many_that_ask_at_once_one_has_the_turn(tmp_path):
    """The round before has left what it always leaves; nobody may take that away from under another's feet."""
    start = Barrier(RIVALS)

    def ask(_):
        turn = Turn(tmp_path)
        start.wait()
        return turn if turn.take("mine") is None else None

    with ThreadPoolExecutor(RIVALS) as pool:
        for _ in range(ROUNDS):
            (holder,) = [turn for turn in pool.map(ask, range(RIVALS)) if turn is not None]
            with holder.ended():
                pass


def test_the_turn_of_a_killed_process_is_free_at_once(tmp_path):
    command = [sys.executable, "-c", HOLDER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline().strip() == "None"
        assert Turn(tmp_path).take("mine") == "theirs"
        process.kill()
        process.wait()
        assert Turn(tmp_path).take("mine") is None


def test_a_turn_may_be_given_back_by_another_thread(tmp_path):
    mine = Turn(tmp_path)
    assert mine.take("mine") is None

    def end():
        with mine.ended():
            pass

    with ThreadPoolExecutor(1) as pool:
        pool.submit(end).result()
    assert Turn(tmp_path).take("next") is None


def test_a_folder_that_cannot_be_locked_is_an_error(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileWriteError, match="to lock"):
        Turn(tmp_path / "file").take("mine")
