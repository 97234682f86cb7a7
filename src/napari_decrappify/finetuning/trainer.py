"""The trainer of a run, to learn or to be judged; and how the run ended, written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from ..errors import DecrappifyError, FileWriteError
from ..jobs import Job, Progress, run_to_end
from ..training.running.run_folder import RunFolder
from .data.collection import divided, judged_pieces, open_items
from .data.pieces import watched_pieces
from .process.events import Placed
from .run import Run, RunState

if TYPE_CHECKING:
    from ..training.running.trainer import Trainer


def trained(run: Run) -> Job[None]:
    """Train a run from where it stands to its end."""
    from ..training.setup import memory_given_back

    with memory_given_back():
        trainer = yield from _trainer_of(run)
        steps = trainer.run()
        del trainer  # so that the training alone holds the nets, and gives them back
        yield from steps


def judge(run: Run) -> None:
    """Judge where a resting run stands, if it has learned since it was judged last; its best moment may be that.

    Raises
    ------
    DecrappifyError
        What the pictures, the device or the judging raise; the checkpoint is as it was then.
    """
    from ..training.setup import memory_given_back

    with memory_given_back():
        run_to_end(_trainer_of(run)).judge()


@contextmanager
def recording_failure(run: Run) -> Iterator[None]:
    """Write down how a run ended, if it ended early."""
    state: RunState | None = RunState.UNFINISHED
    note = ""
    try:
        yield
        state = None
    except FileWriteError as error:
        note = str(error)
        raise
    except DecrappifyError as error:
        state, note = RunState.FAILED, str(error)
        raise
    finally:
        if state is not None:
            with suppress(FileWriteError):  # the disk is full: its process tells, as it goes
                run.set_state(state, note)


def _trainer_of(run: Run) -> Job[Trainer]:
    from ..apply.engine.device import choose_device
    from ..training.running.distributed import ProcessGroup
    from ..training.setup import TrainingSetup

    spec, recipe = run.spec, run.spec.recipe
    yield Progress(0, 1, "Opening the pictures and the model")
    pictures = open_items(run.clean, run.crappy)
    training, held = divided(pictures, spec.holdout, recipe.seed)
    process_group, judged = ProcessGroup(choose_device(spec.device)), judged_pieces(held, recipe.evaluation.size)
    setup = TrainingSetup(recipe, training, judged, process_group, spec.precision, spec.fonts)
    folder = RunFolder(run.folder, recipe, resume=True)
    placed = Placed(str(process_group.device), str(setup.precision).removeprefix("torch."))
    yield Progress(0, 1, f"Judging the start on {placed.device}", placed)
    return setup.open_trainer(folder, spec.minutes, watched_pieces(pictures, spec.watched))
