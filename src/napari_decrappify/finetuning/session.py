"""The training of a run in this process: wait for its turn, train, keep the best."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import DecrappifyError, DivergedError, FileWriteError
from ..jobs import Job, Progress
from ..training.run_folder import RunFolder
from .collection import divided, judged_pieces, open_items
from .events import Placed, Waiting
from .pieces import watched_pieces
from .result import Finetuned
from .run import Run, RunState
from .saving import finish
from .turn import Turn

POLL = 0.3


def session(run: Run) -> Job[Finetuned]:
    """Train a run, from where it stands, to its end; closed before, it saves a checkpoint and stays "unfinished".

    Yields
    ------
    Progress
        One a step; payloads as `finetune` says.

    Raises
    ------
    DecrappifyError
        What the pictures, the device or the training raise; the run is "failed" then, or "unfinished" where the disk
        is full, and can be resumed either way.
    """
    turn = Turn(run.folder.parent)
    with _marked(run):
        yield from _waited(turn, run)
        with turn.ended():
            run.mark("running")
            note = yield from _trained(run)
            return finish(run, note)


def _waited(turn: Turn, run: Run) -> Job[None]:
    run.mark("waiting")
    while (other := turn.take(run.folder.name)) is not None:
        yield Progress(0, 1, f"Waiting for {other or 'another training'} to end", Waiting(other))
        time.sleep(POLL)


def _trained(run: Run) -> Job[str]:
    """Train to the end; return a sentence if the end came early."""
    try:
        yield from _training(run)
    except DivergedError as error:
        if not run.best.exists():
            raise
        return f"The training went astray ({error}), and was rolled back to its best moment."
    return ""


def _training(run: Run) -> Job[None]:
    from ..apply.device import choose_device
    from ..training.distributed import Crew
    from ..training.pairs import Pairs
    from ..training.preparation import memory_given_back, prepared_jury, prepared_studio
    from ..training.recipe_crappifier import chosen_crappifier
    from ..training.recorder import Recorder
    from ..training.trainer import Trainer

    order, recipe = run.order, run.order.recipe
    yield Progress(0, 1, "Opening the pictures and the model")
    pictures = open_items(run.clean, run.crappy)
    training, held = divided(pictures, order.holdout, recipe.seed)
    with memory_given_back():
        fonts = None if order.fonts is None else Path(order.fonts)
        pairs = Pairs(training, chosen_crappifier(recipe.data, fonts), recipe.data, recipe.seed)
        folder = RunFolder(run.folder, recipe, resume=True)
        studio = prepared_studio(recipe, Crew(choose_device(order.device)), order.precision)
        placed = Placed(str(studio.crew.device), str(studio.precision).removeprefix("torch."))
        yield Progress(0, 1, f"Judging the start on {placed.device}", placed)
        looked_at = watched_pieces(pictures, order.watched)
        jury = prepared_jury(studio, pairs, judged_pieces(held, recipe.evaluation.size), looked_at)
        steps = Trainer(studio, folder, Recorder(studio, folder, jury), pairs, order.minutes).run()
        del studio, jury  # so that the training alone holds the nets, and gives them back
        yield from steps


@contextmanager
def _marked(run: Run) -> Iterator[None]:
    """Write down how it ended, if it ended early."""
    state: RunState | None = "unfinished"
    note = ""
    try:
        yield
        state = None
    except FileWriteError as error:
        note = str(error)
        raise
    except DecrappifyError as error:
        state, note = "failed", str(error)
        raise
    finally:
        if state is not None:
            with suppress(FileWriteError):  # the disk is full: its process tells, as it goes
                run.mark(state, note)
