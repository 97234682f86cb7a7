"""Runs on disk: what was asked, how far it is, what came of it."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil
from pydantic import Field

from ..atomic import atomic_path
from ..bounds import expanded, read_text
from ..errors import (
    DecrappifyError,
    FileReadError,
    FileWriteError,
    TrainingError,
)
from ..models import user_folder
from ..training.recipes.config import Config
from .process.lock import ProcessIdentity
from .result import Row, read_rows
from .run_spec import RUN_SPEC, RunSpec, read_run_spec

STATE = "state.json"
BULKY = ("checkpoints", "data", "kept", "predictions")


class RunState(StrEnum):
    """Where a run on disk stands."""

    PREPARED = "prepared"
    WAITING = "waiting"
    RUNNING = "running"
    UNFINISHED = "unfinished"
    FINISHED = "finished"
    FAILED = "failed"
    DISCARDED = "discarded"

    @property
    def alive(self) -> bool:
        """Whether it goes on in some process."""
        return self in (RunState.WAITING, RunState.RUNNING)

    @property
    def over(self) -> bool:
        """Whether all that was to come of it has come."""
        return self in (RunState.FINISHED, RunState.DISCARDED)


class Facts(Config):
    """What state.json says: where a run stands, and which process said so, told from later ones by its beginning."""

    state: RunState = RunState.PREPARED
    note: str = ""
    pid: int = Field(default=0, ge=0, le=2**31)
    began: float = 0.0
    model: Path | None = None
    stopped: bool = False


def runs_folder() -> Path:
    """Return the folder of all runs: beside the user's models; the environment variable DECRAPPIFY_HOME moves it."""
    return user_folder().parent / "runs"


def runs(folder: str | Path | None = None) -> list[Run]:
    """Return the runs there are, the newest first; folders that aren't whole runs are passed over.

    Parameters
    ----------
    folder : path, optional
        Where to look; `runs_folder()` by default.
    """
    root = runs_folder() if folder is None else Path(folder)
    found = []
    for path in root.glob(f"*/{RUN_SPEC}"):
        try:
            found.append(open_run(path.parent))
        except DecrappifyError:
            continue
    return sorted(found, key=lambda run: run.spec.created, reverse=True)


def open_run(folder: str | Path) -> Run:
    """Return the run in a folder; raise `FileReadError` if there is none."""
    path = expanded(folder).absolute()
    return Run(path, read_run_spec(path))


@dataclass(frozen=True)
class Run:
    """One training further, whether it is going on, interrupted or over.

    Attributes
    ----------
    folder : Path
        Where all of it lies: order.json, state.json, recipe.json, metrics.csv, notes.txt, log.txt, data/, previews/,
        checkpoints/.
    spec : RunSpec
        What was asked: name, task, base, recipe, minutes, dates, how many pictures and patches.
    """

    folder: Path
    spec: RunSpec

    @property
    def state(self) -> RunState:
        """Where it stands. A run whose process has gone is "unfinished", whatever it wrote last."""
        facts = self._facts()
        gone = facts.state.alive and not ProcessIdentity(facts.pid, facts.began).alive
        return RunState.UNFINISHED if gone else facts.state

    @property
    def note(self) -> str:
        """What was last said of it: why it failed, or what came of it."""
        return self._facts().note

    @property
    def resumable(self) -> bool:
        """Whether `resume` can go on with it."""
        state = self.state
        stopped = state == RunState.FINISHED and self._facts().stopped and self._last.exists()
        rests = state in (RunState.PREPARED, RunState.UNFINISHED, RunState.FAILED) or stopped
        return rests and all(path.exists() for path in [*self.clean, *self.crappy])

    @property
    def unjudged(self) -> bool:
        """Whether its checkpoint is of a step that no evaluation has judged."""
        from ..training.running.checkpoint import read_facts

        if not self._last.exists():
            return False
        place = read_facts(self._last)["place"]
        return bool(place["step"] > place.get("judged", -1))

    @property
    def history(self) -> list[Row]:
        """What each evaluation found, the first before the first step."""
        return read_rows(self.folder / "metrics.csv", self.spec.recipe.evaluation.criterion)

    @property
    def previews(self) -> dict[int, Path]:
        """The pictures of its evaluations, by step: see `read_preview`. The filmstrip of a run."""
        return _by_step(self.folder / "previews", "step")

    @property
    def watched(self) -> dict[int, Path]:
        """The same of the pieces that the user watches; empty without any."""
        return _by_step(self.folder / "previews", "watched")

    @property
    def notes(self) -> list[str]:
        """Warnings, and where weights came from, a line each."""
        try:
            return (self.folder / "notes.txt").read_text(encoding="utf-8").splitlines()
        except OSError:
            return []

    @property
    def best(self) -> Path:
        """The model file of the best moment so far, whether it exists yet or not."""
        return self.folder / "checkpoints" / "best.safetensors"

    @property
    def _last(self) -> Path:
        return self.folder / "checkpoints" / "last.safetensors"

    @property
    def clean(self) -> list[Path]:
        """Where the clean images are: copies in its folder, or what it was given the paths of."""
        return [self.folder / name for name in self.spec.clean]

    @property
    def crappy(self) -> list[Path]:
        """Where the crappy side of given pairs is; empty without one."""
        return [self.folder / name for name in self.spec.crappy]

    @property
    def model(self) -> Path | None:
        """The file of the model to use since the run is finished; None before."""
        return self._facts().model

    @property
    def interruptible(self) -> bool:
        """Whether it goes on in a training process that can be asked to end; not in a script, or in this process."""
        return self.state.alive and _is_training_process(self._facts().pid)

    def interrupt(self) -> None:
        """Ask the process that trains it to write a checkpoint and end, as it soon does.

        Raises
        ------
        TrainingError
            If it isn't `interruptible`.
        """
        if not self.interruptible:
            raise TrainingError(
                "a run that goes on in a training process", f"{self.folder.name}, which is {self.state}"
            )
        with suppress(psutil.NoSuchProcess):  # it has just ended by itself
            psutil.Process(self._facts().pid).terminate()

    def set_state(self, state: RunState, note: str = "", model: Path | None = None, *, stopped: bool = False) -> None:
        """Write down where it stands; `FileWriteError` if the disk is full."""
        this = ProcessIdentity.current()
        with atomic_path(self.folder / STATE) as temporary:
            facts = Facts(state=state, note=note, pid=this.pid, began=this.began, model=model, stopped=stopped)
            temporary.write_text(facts.model_dump_json(exclude_none=True) + "\n", encoding="utf-8")

    def discard(self) -> None:
        """Give a run up: its checkpoints and its copy of the pictures are deleted, its curves and previews stay.

        Raises
        ------
        TrainingError
            If it is going on.
        """
        self._must_rest()
        self.set_state(RunState.DISCARDED)
        for name in BULKY:
            shutil.rmtree(self.folder / name, ignore_errors=True)

    def delete(self) -> None:
        """Delete the folder; the model that came of the run stays among the user's models.

        Raises
        ------
        TrainingError
            If it is going on.
        FileWriteError
            If something in it can't be deleted.
        """
        self._must_rest()
        try:
            shutil.rmtree(self.folder)
        except OSError as error:
            raise FileWriteError(f"to delete {self.folder}", error.strerror or str(error)) from error

    def _must_rest(self) -> None:
        if self.state.alive:
            raise TrainingError("a run that has ended", f"{self.folder.name}, which is {self.state}", "Stop it first.")

    def _facts(self) -> Facts:
        try:
            return Facts.model_validate_json(read_text(self.folder / STATE))
        except FileNotFoundError:
            return Facts()
        except (OSError, ValueError) as error:
            raise FileReadError("a readable state.json", f"{self.folder}: {error}") from error


def _is_training_process(pid: int) -> bool:
    try:
        return any(word.endswith(f"{__package__}.process.child") for word in psutil.Process(pid).cmdline())
    except psutil.Error:
        return False


def _by_step(folder: Path, kind: str) -> dict[int, Path]:
    numbered = [(path.stem.removeprefix(f"{kind}-"), path) for path in sorted(folder.glob(f"{kind}-*.png"))]
    return {int(number): path for number, path in numbered if number.isdecimal()}
