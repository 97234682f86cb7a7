"""The trainer: a job that goes through the stages of a recipe and writes the model."""

from __future__ import annotations

import gc
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import torch

from ..errors import TrainingError
from ..jobs import Job, Progress
from .adversarial_stage import AdversarialStage
from .course import Course, courses, left
from .critic_stage import CriticStage
from .events import Evaluated, TrainingResult
from .feeding import BatchSource, batches
from .generator_stage import GeneratorStage
from .learning_stage import LearningStage
from .pairs import Batch, Pairs
from .pictures import FolderPictures
from .predictions import CriticPairs, Predictor
from .recipe_data import DataConfig
from .recipe_stages import Adversarial, PretrainCritic, PretrainGenerator, SavePredictions, Timed
from .recorder import Recorder
from .resized_pictures import resized
from .run_folder import RunFolder
from .schedule import learning_rate
from .studio import Studio


class Trainer:
    """One training, from where its run folder stands to its end.

    Parameters
    ----------
    studio : Studio
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

    def __init__(self, studio: Studio, run: RunFolder, recorder: Recorder, pairs: Pairs, minutes: float | None) -> None:
        self._studio, self._run, self._recorder, self._pairs = studio, run, recorder, pairs
        self._place, self._meter = recorder.place, recorder.meter
        self._stages = studio.recipe.sequence
        self._courses = courses(self._stages, len(pairs.pictures), pairs.config.batch, minutes)
        self._steps = sum(course.steps for course in self._courses if course)

    def run(self) -> Job[TrainingResult]:
        """Go through the stages, then write the model."""
        try:
            for number in range(self._place.stage, len(self._stages)):
                if number != self._place.stage:
                    self._place.enter(number)
                yield from self._stage(number)
            self._recorder.save_model(self._run.model)
            return TrainingResult(self._run.model, self._recorder.metrics)
        finally:
            gc.collect()  # a net and its modules refer to each other
            torch.cuda.empty_cache()

    def _stage(self, number: int) -> Job[None]:
        stage, course = self._stages[number], self._courses[number]
        if isinstance(stage, SavePredictions):
            yield from self._predict(stage, number)
        elif course is not None:
            learning = self._open(stage)
            yield self._progress(course, self._recorder.note_origins())
            yield from self._learn_stage(learning, course)
            if isinstance(stage, Adversarial) and stage.keep_every and self._run.writes:
                self._run.save_filmstrip()

    def _open(self, stage: PretrainGenerator | PretrainCritic | Adversarial) -> LearningStage:
        """Return a stage with fresh optimisers, or with those of the checkpoint that it goes on from."""
        learning: LearningStage
        if isinstance(stage, PretrainGenerator):
            learning = GeneratorStage(self._studio, stage)
        elif isinstance(stage, PretrainCritic):
            learning = CriticStage(self._studio, stage)
        else:
            learning = AdversarialStage(self._studio, stage)
        self._recorder.take_up(learning)
        return learning

    def _learn_stage(self, learning: LearningStage, course: Course) -> Job[None]:
        place, crew, stage = self._place, self._studio.crew, learning.stage
        with closing(batches(self._source(stage), place.step, crew.rank, crew.world)) as source:
            while (done := course.share(place.stage_step, place.stage_seconds) * course.steps) < course.steps:
                started = time.perf_counter()
                batch = next(source)
                waited = time.perf_counter() - started
                rate = learning_rate(stage, done, course.steps)
                learning.set_rate(rate, done, course.steps)
                figures = self._learn(learning, batch)
                spent = crew.mean(time.perf_counter() - started)
                place.advance(spent)
                self._meter.add({"lr": rate, **figures}, waited, spent)
                ended = course.share(place.stage_step, place.stage_seconds) >= 1
                due = ended or self._evaluation_is_due(stage)
                yield from self._report(learning, course, self._recorder.evaluate(learning) if due else None)

    def _learn(self, learning: LearningStage, batch: Batch) -> dict[str, float]:
        """Take a step; where memory runs out, in more and smaller parts, with the same result."""
        place = self._place
        while True:
            parts = self._config_of(learning.stage).accumulate * place.parts
            try:
                return learning.learn(batch, place.step, min(parts, len(batch.targets)))
            except torch.OutOfMemoryError as error:
                if parts >= len(batch.targets):
                    raise TrainingError("memory for one patch at a time", str(error), "Use smaller patches.") from error
                place.parts *= 2
                torch.cuda.empty_cache()
            except TrainingError as error:
                got = f"{error.got} at step {place.step + 1}"
                advice = f"{error.advice} The last good weights are in {self._run.last}."
                raise TrainingError(error.expected, got, advice) from error

    def _source(self, stage: Timed) -> BatchSource:
        """Return what makes a stage's batches."""
        config = self._config_of(stage)
        pictures = resized(self._pairs.pictures, config.resize)
        if not isinstance(stage, PretrainCritic):
            return replace(self._pairs, config=config, pictures=pictures)
        before = self._stages[: self._place.stage]
        latest = max(number for number, other in enumerate(before) if isinstance(other, SavePredictions))
        return CriticPairs(pictures, FolderPictures(self._run.predictions(latest)), config, self._pairs.seed)

    def _config_of(self, stage: Timed) -> DataConfig:
        """Return the recipe's data with what the stage changes."""
        changes = {key: getattr(stage, key) for key in ("resize", "patch", "batch", "accumulate")}
        return self._pairs.config.model_copy(update={key: value for key, value in changes.items() if value is not None})

    def _evaluation_is_due(self, stage: Timed) -> bool:
        kept = isinstance(stage, Adversarial) and stage.keep_every and self._place.stage_step % stage.keep_every == 0
        return bool(kept) or self._place.step % self._studio.recipe.evaluation.every == 0

    def _report(self, learning: LearningStage, course: Course, evaluated: Evaluated | None) -> Iterator[Progress]:
        """Yield the progress of a step; closed here, the training is saved first, and nothing of it is lost."""
        try:
            yield self._progress(course, self._meter.note(self._recorder.metrics), evaluated)
        except GeneratorExit:
            self._recorder.save(learning)
            raise

    def _progress(self, course: Course, note: str, payload: Evaluated | None = None) -> Progress:
        place = self._place
        earlier = sum(one.steps for one in self._courses[: place.stage] if one)
        behind = earlier + course.share(place.stage_step, place.stage_seconds) * course.steps
        texts = (note, left(place.seconds, behind / self._steps))
        return Progress(round(behind), self._steps, ", ".join(text for text in texts if text), payload)

    def _predict(self, stage: SavePredictions, number: int) -> Job[None]:
        predictor = Predictor(self._studio, self._pairs, stage)
        if self._run.writes:
            for note in predictor.save_all(self._run.predictions(number)):
                yield Progress(self._place.step, self._steps, note)
        self._studio.crew.mean(0.0)  # the others wait here until all are written
