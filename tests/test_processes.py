"""Workers never run the caller's script, and nothing of them is left, however the caller ends."""

from __future__ import annotations

import json
import operator
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from napari_decrappify.atomic import atomic_path
from napari_decrappify.errors import FileReadError, InvalidParameterError, WorkerError
from napari_decrappify.processes import Worker, spread


@pytest.fixture(autouse=True)
def importable(monkeypatch):
    """Workers find this file."""
    monkeypatch.syspath_prepend(Path(__file__).parent.parent)


def die_of_three(number: int) -> int:
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return number * number


def refuse_odd(number: int) -> int:
    if number % 2:
        raise FileReadError("an even number", str(number))
    return number


def warn_of(what: str) -> str:
    warnings.warn(what, stacklevel=2)
    return "done"


def write_for_ever(path: Path) -> None:
    with atomic_path(path) as part:
        part.write_text("half")
        path.with_suffix(".pid").write_text(str(os.getpid()))
        time.sleep(60)


def run_script(folder: Path, text: str) -> subprocess.CompletedProcess[str]:
    script = folder / "script.py"
    script.write_text(text)
    command = [sys.executable, script]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600, cwd=folder)


def wait_until(condition) -> None:
    for _ in range(1000):
        if condition():
            return
        time.sleep(0.02)
    pytest.fail("it did not come to pass in 20 seconds")


def test_answers_come_in_the_order_in_which_they_were_asked_for():
    with closing(Worker(partial(operator.sub, 10))) as worker:
        for number in (1, 2, 3):
            worker.ask(number)
        assert [worker.answer() for _ in range(3)] == [9, 8, 7]


def test_an_error_in_a_worker_is_raised_here_and_the_worker_goes_on():
    with closing(Worker(refuse_odd)) as worker:
        worker.ask(1)
        worker.ask(2)
        with pytest.raises(FileReadError, match="an even number, got 1"):
            worker.answer()
        assert worker.answer() == 2


def test_a_dead_worker_is_an_error_and_not_a_wait():
    with closing(Worker(die_of_three)) as worker:
        worker.ask(3)
        with pytest.raises(WorkerError, match="exit code -9"):
            worker.answer()
        worker.ask(1)
        with pytest.raises(WorkerError):
            worker.answer()


def test_what_a_worker_prints_is_no_answer(capfd):
    with closing(Worker(print)) as worker:
        worker.ask("a word")
        assert worker.answer() is None
    assert capfd.readouterr() == ("", "a word\n")


def test_a_warning_in_a_worker_is_a_warning_here():
    with closing(Worker(warn_of)) as worker:
        worker.ask("a loss of bits")
        with pytest.warns(UserWarning, match="a loss of bits"):
            assert worker.answer() == "done"


@pytest.mark.parametrize("wrong", [lambda: 1, threading.Lock(), (n for n in ())], ids=["lambda", "lock", "generator"])
def test_what_another_process_cannot_have_is_refused(wrong):
    with closing(Worker(repr)) as worker, pytest.raises(InvalidParameterError, match="can import"):
        worker.ask(wrong)


def test_a_worker_that_dies_takes_one_task_with_it():
    answers = dict(spread(die_of_three, range(6), 2))
    assert isinstance(answers.pop(3), WorkerError)
    assert answers == {n: n * n for n in (0, 1, 2, 4, 5)}


def test_errors_are_answers_of_their_tasks():
    answers = dict(spread(refuse_odd, range(4), 2))
    assert [type(answers[n]) for n in range(4)] == [int, FileReadError, int, FileReadError]


def test_a_script_without_a_guard_runs_once(tmp_path):
    ran = run_script(
        tmp_path,
        """
import operator
from napari_decrappify.processes import spread
print("here")
print(sorted(spread(operator.neg, range(3), 2)))
""",
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.splitlines() == ["here", "[(0, 0), (1, -1), (2, -2)]"]


def test_modules_beside_the_script_are_found_by_its_workers_and_its_own_functions_are_refused(tmp_path):
    (tmp_path / "beside.py").write_text("def twice(n):\n    return 2 * n\n")
    ran = run_script(
        tmp_path,
        """
import json
from beside import twice
from napari_decrappify.processes import spread
def own(n):
    return n
answers = dict(spread(twice, [4], 1))
try:
    dict(spread(own, [4], 1))
except ValueError as error:
    answers["own"] = str(error)
print(json.dumps(answers))
""",
    )
    said = json.loads(ran.stdout)
    assert said["4"] == 8
    assert "own, which the script or notebook itself defines" in said["own"]


def test_closing_leaves_no_process_and_nothing_half_written(tmp_path):
    with closing(Worker(write_for_ever)) as worker:
        worker.ask(tmp_path / "x.txt")
        wait_until((tmp_path / "x.pid").exists)
        started = time.perf_counter()
    assert time.perf_counter() - started < 2
    assert [path.name for path in tmp_path.iterdir()] == ["x.pid"]
    with pytest.raises(ProcessLookupError):
        os.kill(worker.pid, 0)


def test_a_caller_that_is_killed_leaves_no_process_and_nothing_half_written(tmp_path):
    script = f"""
import sys
sys.path.insert(0, {str(Path(__file__).parent)!r})
from pathlib import Path
from test_processes import write_for_ever
from napari_decrappify.processes import spread
list(spread(write_for_ever, [Path("a.txt"), Path("b.txt")], 2))
"""
    caller = subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path)
    pids = [tmp_path / "a.pid", tmp_path / "b.pid"]
    wait_until(lambda: all(path.exists() and path.read_text() for path in pids))
    caller.kill()
    caller.wait()
    wait_until(lambda: not any(Path("/proc", path.read_text()).exists() for path in pids))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.pid", "b.pid"]


@pytest.mark.parametrize(("ending", "said"), [("", "looked"), ("end_without_a_last_look()", "")])
def test_a_process_that_is_all_ours_ends_without_a_last_look_at_its_garbage(tmp_path, ending, said):
    script = f"""
from napari_decrappify.processes import end_without_a_last_look
class Garbage:
    def __del__(self):
        print("looked")
one = Garbage()
one.itself = one
del one
{ending}
"""
    done = run_script(tmp_path, script)
    assert (done.returncode, done.stdout.strip()) == (0, said), done.stderr
