"""The end of a run: the best moment against the start, and the model that is kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from ..errors import DecrappifyError, InvalidParameterError, TrainingError
from ..models import (
    ModelCard,
    load_model_file,
    read_card,
    save_model,
    user_model_path,
)
from ..models.store import catalogue
from ..training.evaluation.criterion import CRITERIA, DECIBELS
from .base import START
from .result import Finetuned, Row, best_of
from .run import Run, RunState
from .trainer import judge, recording_failure


def finish(run: Run, note: str = "") -> Finetuned:
    """Stop here and keep the best: what was learned since the last evaluation is judged first, and may be the best.

    The run can be resumed; what comes of it then is one more model. Where its pictures have gone, or can't be judged
    for another reason, the best of what was judged before is kept, and the summary says so.

    Parameters
    ----------
    run : Run
        A run that isn't going on in another process.
    note : str
        Why it ended; goes into the summary.

    Raises
    ------
    TrainingError
        If it hasn't been judged yet.
    FileWriteError
        If the model can't be written; the run can still be finished later.
    """
    _check_judged(run)
    stopped = run.resumable
    with recording_failure(run):
        run.set_state(RunState.RUNNING)
        return keep(run, " ".join(part for part in (note, _judged(run)) if part), stopped=stopped)


def keep(run: Run, note: str = "", *, stopped: bool = False) -> Finetuned:
    """Keep the best of what was judged: save it among the user's models, unless nothing beat the start.

    Parameters
    ----------
    run : Run
        A run that isn't going on in another process; its pictures aren't needed.
    note : str
        What is to be said of the end; goes into the summary.
    stopped : bool
        Whether it ended before its time, and so can be resumed.

    Raises
    ------
    TrainingError, FileWriteError
        As for `finish`.
    """
    _check_judged(run)
    rows = run.history
    best = best_of(rows)
    improved = best.step > rows[0].step
    kept = _saved(run, rows[0], best) if improved or run.spec.base is None else _path_of_base(run)
    parts = (note, _summary(run, rows[0], best, improved), _rollbacks(rows))
    run.set_state(RunState.FINISHED, " ".join(part for part in parts if part), kept, stopped=stopped)
    return outcome(run)


def outcome(run: Run) -> Finetuned:
    """Return what came of a finished run.

    Raises
    ------
    TrainingError
        If it isn't finished.
    ModelNotFoundError
        If its model has been deleted since.
    """
    path, rows = run.model, run.history
    if path is None or not rows:
        raise TrainingError("a finished run", f"{run.folder.name}, which is {run.state}")
    best = best_of(rows)
    name = str(run.spec.base) if path.parent == run.folder else path.stem
    return Finetuned(name, path, read_card(path), best.step > rows[0].step, rows, best, run.folder, run.note)


def free_name(wanted: str) -> str:
    """Return a name that no model has yet: the wanted one, or with a number behind it."""
    taken = {entry.name for entry in catalogue()}
    numbered = (f"{wanted}-{number}" for number in range(2, len(taken) + 3))
    return wanted if wanted not in taken else next(name for name in numbered if name not in taken)


def check_name(name: str) -> str:
    """Return a name for a new model; raise `InvalidParameterError` if one has it, or if no model can have it."""
    user_model_path(name)
    if name in {entry.name for entry in catalogue()}:
        raise InvalidParameterError("a name that no model has", repr(name), "Delete it, or choose another name.")
    return name


def _check_judged(run: Run) -> None:
    if not run.history or not run.best.exists():
        measured = CRITERIA[run.spec.recipe.evaluation.criterion].label
        raise TrainingError(f"a run that has been judged in {measured}", f"{run.folder.name}, which hasn't")


def _judged(run: Run) -> str:
    """Judge what hasn't been; return a sentence if that can't be done."""
    try:
        if run.unjudged:
            judge(run)
    except DecrappifyError as error:
        return f"What it learned last couldn't be judged: {error}"
    return ""


def _saved(run: Run, start: Row, best: Row) -> Path:
    path = user_model_path(free_name(run.spec.name))
    kept = load_model_file(run.best)
    facts = _facts(run, path.stem, kept.card, start, best)
    card = kept.card.model_copy(update={**facts, "options": kept.net.settled(kept.card.options)})
    save_model(path, kept.net, card, half=True)
    return path


def _facts(run: Run, name: str, card: ModelCard, start: Row, best: Row) -> dict[str, object]:
    """Return what the card says beside what the training wrote: the figures before, and the base by its name."""
    before = {f"{key}_before": value for key, value in start.figures.items() if key in card.metrics}
    recipe = {**card.recipe, "generator": {**card.recipe["generator"], "start": run.spec.base}}
    figures = {key: round(value, 4) for key, value in {**card.metrics, **before}.items()}
    created = datetime.now(UTC).date().isoformat()
    known = f" ({', '.join(run.spec.names)})" if run.spec.names else ""
    return {
        "name": name,
        "description": card.description.removesuffix(".") + f"{known}, by the recipe {run.spec.recipe_name}.",
        "recipe": recipe,
        "metrics": figures,
        "created": created,
        "steps": best.step,
    }


def _path_of_base(run: Run) -> Path:
    """Return the file of the model that a run started from: the store's, or the run's copy if that is gone."""
    stored = {entry.name: entry.path for entry in catalogue()}
    return stored.get(str(run.spec.base), run.folder / START)


def _summary(run: Run, start: Row, best: Row, improved: bool) -> str:
    spec = run.spec
    criterion = CRITERIA[spec.recipe.evaluation.criterion]
    before, after = (row.figures.get(criterion.name, math.nan) for row in (start, best))
    if not improved:
        kept = f"{spec.base} stays the model to use" if spec.base else "the untrained net was kept"
        return f"Nothing beat the start ({before:.2f} {criterion.label} on held-out pictures): {kept}."
    untouched = f", {best.psnr_input:.2f} {criterion.untouched}" if criterion.unit == DECIBELS else ""
    return f"{before:.2f} -> {after:.2f} {criterion.label} on held-out pictures{untouched}, after {best.step} steps."


def _rollbacks(rows: Sequence[Row]) -> str:
    times = sum(row.rolled_back is not None for row in rows)
    if not times:
        return ""
    return f"The critic collapsed {'once' if times == 1 else f'{times} times'}, and the training was rolled back."
