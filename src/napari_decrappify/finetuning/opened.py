"""A run whose pictures and nets are opened, to learn or to be judged; and how it ended, written down."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DecrappifyError, FileWriteError
from ..jobs import Job, Progress, run_to_end
from ..training.run_folder import RunFolder
from .collection import divided, judged_pieces, open_items
from .events import Placed
from .pieces import watched_pieces
from .run import Run, RunState

if TYPE_CHECKING:
    from ..training.trainer import Trainer


def training_of(run: Run) -> Job[None]:
    """Train a run from where it stands to its end."""
    from ..training.preparation import memory_given_back

    with memory_given_back():
        trainer = yield from _opened(run)
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
    from ..training.preparation import memory_given_back

    with memory_given_back():
        run_to_end(_opened(run)).judge()


@contextmanager
def marked(run: Run) -> Iterator[None]:
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


def _opened(run: Run) -> Job[Trainer]:
    from ..apply.device import choose_device
    from ..training.distributed import Crew
    from ..training.pairs import Pairs
    from ..training.preparation import prepared_jury, prepared_studio
    from ..training.recipe_crappifier import chosen_crappifier
    from ..training.recorder import Recorder
    from ..training.trainer import Trainer

    order, recipe = run.order, run.order.recipe
    yield Progress(0, 1, "Opening the pictures and the model")
    pictures = open_items(run.clean, run.crappy)
    training, held = divided(pictures, order.holdout, recipe.seed)
    fonts = None if order.fonts is None else Path(order.fonts)
    pairs = Pairs(training, chosen_crappifier(recipe.data, fonts), recipe.data, recipe.seed)
    folder = RunFolder(run.folder, recipe, resume=True)
    studio = prepared_studio(recipe, Crew(choose_device(order.device)), order.precision)
    placed = Placed(str(studio.crew.device), str(studio.precision).removeprefix("torch."))
    yield Progress(0, 1, f"Judging the start on {placed.device}", placed)
    looked_at = watched_pieces(pictures, order.watched)
    jury = prepared_jury(studio, pairs, judged_pieces(held, recipe.evaluation.size), looked_at)
    return Trainer(studio, folder, Recorder(studio, folder, jury), pairs, order.minutes)
