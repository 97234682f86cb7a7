"""The trainer: a job that goes through the stages of a recipe and writes the model."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

from ...apply.engine.device import out_of_memory, release
from ...errors import DivergedError, ModelFileError, TrainingError
from ...jobs import Job, Progress
from ..data.loader import batches
from ..data.pairs import Batch, Pairs
from ..data.pictures import Pictures
from ..evaluation.evaluation_schedule import EvaluationSchedule
from ..optimization.schedule import learning_rate
from ..recipes.stages import (
    Adversarial,
    Interpolate,
    Learning,
    SavePredictions,
    Timed,
)
from ..stages import STAGES
from ..stages.predictions import Predictor, saved_predictions, weights_of
from ..stages.stage import LearningStage
from .context import TrainingContext
from .events import (
    Begun,
    Evaluated,
    Learned,
    LeftOut,
    Parted,
    TrainingResult,
)
from .recorder import Recorder
from .run_folder import RunFolder
from .time_budget import StageBudget, left, plan


class Trainer:
    """One training, from where its run folder stands to its end.

    Parameters
    ----------
    context : TrainingContext
        The nets.
    run : RunFolder
        Where everything is written.
    recorder : Recorder
        Judges and writes.
    pairs : Pairs
        Training pairs.
    minutes : float, optional
        Time budget.
    """

    def __init__(
        self, context: TrainingContext, run: RunFolder, recorder: Recorder, pairs: Pairs, minutes: float | None
    ) -> None:
        self._context, self._run, self._recorder, self._pairs = context, run, recorder, pairs
        self._place, self._meter = recorder.place, recorder.meter
        self._parts_reported = self._place.parts
        self._left_out_reported: set[str] = set()
        self._stages = context.recipe.sequence
        self._time_budget = plan(self._stages, len(pairs.pictures), pairs.config.batch, minutes)
        self._evaluation_schedule = EvaluationSchedule(context.recipe.evaluation.every, self._time_budget.seconds)

    def run(self) -> Job[TrainingResult]:
        """Go through the stages, then write the model."""
        for number in range(self._place.stage, len(self._stages)):
            if number != self._place.stage:
                self._place.enter(number)
            yield from self._stage(number)
        self._recorder.save_model(self._run.model)
        return TrainingResult(self._run.model, self._recorder.metrics)

    def judge(self) -> None:
        """Judge what the run folder's checkpoint holds, unless it was judged after its last step."""
        if self._run.resumes and self._place.judged < self._place.step:
            stage = self._stages[self._place.stage]
            if isinstance(stage, Learning):
                self._judged(self._open(stage))

    def _stage(self, number: int) -> Job[None]:
        stage, place = self._stages[number], self._place
        if isinstance(stage, SavePredictions):
            yield from self._predict(stage)
            return
        if isinstance(stage, Interpolate):
            self._recorder.interpolate(stage.share)
            return
        budget = self._time_budget.budget(number, place.seconds - place.stage_seconds)
        learning = self._open(stage)
        if isinstance(stage, Adversarial) and not place.stage_step:
            self._recorder.save_rollback_point(learning)
        origins = self._recorder.note_origins()
        begun = Begun(number, stage.kind, origins)
        yield self._progress(budget.share(place.stage_step, place.stage_seconds), "; ".join(origins), begun)
        if self._context.recipe.evaluation.at_start and not self._recorder.metrics:
            yield from self._report(learning, budget, self._evaluate(learning, costs=False))
        yield from self._learn_stage(learning, budget)
        if isinstance(stage, Adversarial) and stage.keep_every:
            self._recorder.save_filmstrip()

    def _open(self, stage: Learning) -> LearningStage:
        """Return a stage with fresh optimisers, or with those of the checkpoint that it goes on from."""
        learning = STAGES[stage.kind](self._context, stage, self._place.rollbacks)
        self._recorder.restore_stage(learning)
        return learning

    def _learn_stage(self, learning: LearningStage, budget: StageBudget) -> Job[None]:
        place, process_group, stage = self._place, self._context.process_group, learning.stage
        made = learning.batches(self._pairs.of_stage(stage), self._latest_predictions)
        with closing(batches(made, place.step, process_group.rank, process_group.world)) as source:
            while (done := self._done(budget)) < budget.steps:
                started = time.perf_counter()
                batch = next(source)
                waited = time.perf_counter() - started
                if left_out := self._left_out(batch):
                    yield from self._report(learning, budget, left_out)
                rate = learning_rate(stage, done, budget.steps)
                learning.set_rate(rate, done, budget.steps)
                figures = self._learn(learning, batch)
                spent = process_group.mean(time.perf_counter() - started)
                place.advance(spent)
                self._meter.add({"lr": rate, **figures}, waited, spent)
                reported: Evaluated | Learned = Learned(place.step, place.seconds, {"lr": rate, **figures})
                if self._done(budget) >= budget.steps or self._evaluation_is_due(stage):
                    learning, reported = self._judged(learning)
                yield from self._report(learning, budget, reported)

    def _done(self, budget: StageBudget) -> float:
        """Return how many steps of a stage are behind, by the clock or counted; all where it ends early."""
        place = self._place
        if not place.adversarial_continues:
            return budget.steps
        return budget.share(place.stage_step, place.stage_seconds) * budget.steps

    def _judged(self, learning: LearningStage) -> tuple[LearningStage, Evaluated]:
        """Judge; where the critic has collapsed, go on from the rollback point with a slower critic, and say so."""
        evaluated = self._evaluate(learning)
        if not (self._recorder.must_roll_back and isinstance(learning.stage, Adversarial)):
            return learning, evaluated
        text = self._recorder.roll_back()
        again = self._open(learning.stage)
        self._recorder.save(again)
        return again, replace(evaluated, warnings=(*evaluated.warnings, text))

    def _learn(self, learning: LearningStage, batch: Batch) -> dict[str, float]:
        """Take a step; where memory runs out, in more and smaller parts, with the same result."""
        place = self._place
        while True:
            parts = learning.stage.data_of(self._pairs.config).accumulate * place.parts
            try:
                return learning.learn(batch, place.step, min(parts, len(batch.targets)))
            except DivergedError as error:
                got = f"{error.got} at step {place.step + 1}"
                raise DivergedError(error.expected, got, f"{error.advice} {self._rescued()}") from error
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                self._check_divisible(parts, len(batch.targets), error)
                place.parts *= 2
            release(self._context.process_group.device)

    def _check_divisible(self, parts: int, patches: int, error: Exception) -> None:
        """Raise `TrainingError` where smaller parts can't help."""
        if self._context.process_group.world > 1:  # the others wait for this one's gradients
            raise TrainingError("memory for the step", str(error), "Raise accumulate.") from error
        if parts >= patches:
            raise TrainingError("memory for one patch at a time", str(error), "Use smaller patches.") from error

    def _rescued(self) -> str:
        """Save the averaged weights, if they are still of use; say where there are good ones."""
        try:
            self._recorder.save_model(self._run.last_good)
        except ModelFileError:
            return f"The best weights so far are in {self._run.best}."
        return f"The last good weights are in {self._run.last_good}."

    def _latest_predictions(self) -> Pictures:
        """Open what the last stage that saved predictions has saved."""
        before = self._stages[: self._place.stage]
        latest = max(number for number, other in enumerate(before) if isinstance(other, SavePredictions))
        return saved_predictions(self._run.predictions(latest), self._place.predictions)

    def _evaluation_is_due(self, stage: Timed) -> bool:
        kept = isinstance(stage, Adversarial) and stage.keep_every and self._place.stage_step % stage.keep_every == 0
        return bool(kept) or self._evaluation_schedule.due(self._place)

    def _evaluate(self, learning: LearningStage, *, costs: bool = True) -> Evaluated:
        """Judge the generator; that takes of the time budget too, but for the start."""
        started, place = time.perf_counter(), self._place
        evaluated = self._recorder.evaluate(learning)
        place.judging = self._context.process_group.mean(time.perf_counter() - started)
        if costs:
            place.spend(place.judging)
            place.judged_at = place.seconds
        return evaluated

    def _report(
        self, learning: LearningStage, budget: StageBudget, reported: Evaluated | Learned | LeftOut
    ) -> Iterator[Progress]:
        """Yield the progress of a step; closed here, the training is saved first, and nothing of it is lost."""
        share = budget.share(self._place.stage_step, self._place.stage_seconds)
        try:
            if self._place.parts > self._parts_reported:
                yield self._progress(share, "", self._parted(learning))
            yield self._progress(share, self._meter.note(self._recorder.metrics), reported)
        except GeneratorExit:
            self._recorder.save(learning)
            raise

    def _left_out(self, batch: Batch) -> LeftOut | None:
        """Note pictures that were found too small or broken, here or where batches are made, for the first time."""
        found = (*self._pairs.pictures.left_out, *batch.left_out)
        new = tuple(file for file in dict.fromkeys(found) if file not in self._left_out_reported)
        self._left_out_reported |= set(new)
        left_out = LeftOut(self._place.step, new)
        self._recorder.add_notes(left_out.warnings)
        return left_out if new else None

    def _parted(self, learning: LearningStage) -> Parted:
        """Note that memory has run out, and what was done about it."""
        place = self._place
        data = learning.stage.data_of(self._pairs.config)
        parted = Parted(place.step, math.ceil(data.batch / (data.accumulate * place.parts)))
        self._parts_reported = place.parts
        self._recorder.add_notes(parted.warnings)
        return parted

    def _progress(
        self, share: float, note: str, payload: Begun | Learned | Evaluated | LeftOut | Parted | None = None
    ) -> Progress:
        """Return the progress where that share of the stage is behind."""
        behind, steps = self._time_budget.behind(self._place.stage, share), self._time_budget.steps
        texts = (note, left(self._place.seconds, behind / steps))
        return Progress(round(behind), steps, ", ".join(text for text in texts if text), payload)

    def _predict(self, stage: SavePredictions) -> Job[None]:
        predictor, process_group = Predictor(self._context, self._pairs, stage), self._context.process_group
        spent = 0.0
        for note, seconds in self._recorder.save_predictions(predictor):
            spent += seconds
            yield self._progress(0.0, note)
        # the others wait here until all are written
        self._place.spend(process_group.mean(spent) * process_group.world)
        self._place.predictions = process_group.from_leader(weights_of(self._context.average.net))
