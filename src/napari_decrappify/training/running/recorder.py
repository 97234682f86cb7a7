"""The recorder: judges the generator, and keeps what a training has reached in its run folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from ...models import save_model
from ..evaluation.criterion import CRITERIA
from ..evaluation.diagnostics import Diagnostics, is_blind
from ..evaluation.evaluator import EvaluationResult, Evaluator
from ..recipes.stages import Adversarial
from ..stages.predictions import Predictor
from ..stages.stage import LearningStage
from .card import card_of
from .checkpoint import (
    Checkpoint,
    load_checkpoint,
    restore_optimizers,
    save_checkpoint,
)
from .context import TrainingContext
from .events import Evaluated, Place
from .meter import Meter
from .run_folder import RunFolder

EVIDENCE = 10
"""Steps of the critic, since the evaluation before, that it takes to say that it has collapsed."""


class Recorder:
    """Figures, notes, previews, predictions, checkpoints and models of one training: all that it writes.

    Only the process that leads the process group writes; all of them judge, so that all know the same.

    Parameters
    ----------
    context : TrainingContext
        The nets.
    run : RunFolder
        Where it is written; if it holds a checkpoint, its weights and place are taken.
    evaluator : Evaluator
        Judges the generator.
    """

    def __init__(self, context: TrainingContext, run: RunFolder, evaluator: Evaluator) -> None:
        self._context, self._run, self._evaluator = context, run, evaluator
        self.place, self.meter, self._diagnostics = Place(), Meter(), Diagnostics()
        self.metrics: dict[str, float] = {}
        self.must_roll_back = False  # whether the last evaluation found that the critic has collapsed
        self._resumed: Checkpoint | None = None
        if run.resumes:
            self._resume(load_checkpoint(run.last, context.nets))

    def evaluate(self, learning: LearningStage) -> Evaluated:
        """Judge the generator; write figures, preview, models, and the checkpoint unless it `must_roll_back`."""
        place, adversarial = self.place, isinstance(learning.stage, Adversarial)
        place.judge()
        result = self._evaluator.evaluate()
        self.metrics = result.metrics
        evidence, row = self.meter.count("critic_real"), self.meter.flush()
        figures = {**row, **self.metrics}
        warnings = tuple(self._diagnostics.look(figures)) if adversarial else ()
        self.must_roll_back = evidence >= EVIDENCE and place.sound is not None and is_blind(figures)
        score = CRITERIA[self._context.recipe.evaluation.criterion].score(self.metrics)
        improved, place.best = score > place.best, max(score, place.best)
        preview = self._write(learning, row, result, warnings, improved) if self._run.writes else None
        if not self.must_roll_back:
            if adversarial and not is_blind(figures):
                self.save_rollback_point(learning)
            self.save(learning)
        return Evaluated(place.step, self.metrics, preview, warnings, place.seconds, row)

    def save_rollback_point(self, learning: LearningStage) -> None:
        """Keep the state to go back to, if the critic told held-out pictures apart at the last evaluation."""
        if "held_out_real" in self.metrics and not is_blind(self.metrics, "held_out"):
            self.place.sound = self.place.step
            self._save(self._run.rollback_point, learning)

    def roll_back(self) -> str:
        """Take the weights and figures of the rollback point, and its optimisers for `restore_stage`; say so."""
        self._resumed, place = load_checkpoint(self._run.rollback_point, self._context.nets), self.place
        self.metrics = self._resumed.facts["metrics"]
        place.rollbacks += 1
        self.must_roll_back, self._diagnostics = False, Diagnostics()
        then = "goes on with a slower critic" if place.adversarial_continues else "this stage ends"
        text = f"Rolled back to step {place.sound}, when the critic still told them apart; {then}."
        self.add_notes([text])
        return text

    def save(self, learning: LearningStage) -> None:
        """Write the checkpoint to go on from."""
        self._save(self._run.last, learning)

    def _save(self, path: Path, learning: LearningStage) -> None:
        learners = learning.learners.items()
        facts = {
            "place": asdict(self.place),
            "metrics": self.metrics,
            "meter": self.meter.state(),
            "watch": self._diagnostics.state(),
            "told": sorted(self._context.reported),
            "scalers": {name: one.scaler.state_dict() for name, one in learners},
            "learning": learning.state(),
        }
        if self._run.writes:
            optimizers = {name: one.optimizer for name, one in learners}
            save_checkpoint(path, self._context.nets, optimizers, facts)

    def restore_stage(self, learning: LearningStage) -> None:
        """Give a stage the optimisers of the checkpoint that the training goes on from, if it was in this stage."""
        resumed, self._resumed = self._resumed, None
        if resumed is None or not self.place.stage_step:
            return
        restore_optimizers(resumed, {name: one.optimizer for name, one in learning.learners.items()})
        for name, one in learning.learners.items():
            one.scaler.load_state_dict(resumed.facts["scalers"][name])
        learning.restore(resumed.facts["learning"])

    def note_origins(self) -> tuple[str, ...]:
        """Write down where pretrained weights came from, and say it; what was said before isn't said again."""
        new_origins = tuple(self._context.new_origins())
        self.add_notes(new_origins)
        return new_origins

    def add_notes(self, texts: Sequence[str]) -> None:
        """Write down what a person should know, a line each."""
        if self._run.writes:
            for text in texts:
                self._run.add_note(self.place.step, text)

    def interpolate(self, share: float) -> None:
        """Mix the averaged generator with the trunk it started from, and judge what comes of it."""
        self._context.mix_with_trunk(share)
        self.metrics = self._evaluator.evaluate().metrics

    def save_model(self, path: Path) -> None:
        """Write the averaged generator as a model file."""
        if self._run.writes:
            place, net = self.place, self._context.average.net
            folded, card = card_of(self._context.recipe, net, place.step, place.seconds, self.metrics)
            if path == self._run.model:  # measuring takes its time
                card = card.model_copy(update={"options": folded.settled(card.options)})
            save_model(path, folded, card, half=True)

    def save_predictions(self, predictor: Predictor) -> Iterator[tuple[str, float]]:
        """Write what a stage predicts; yield what is said of each, and the seconds that it took."""
        if self._run.writes:
            yield from predictor.save_all(self._run.predictions(self.place.stage))

    def save_filmstrip(self) -> None:
        """Draw the previews so far as one picture."""
        if self._run.writes:
            self._run.save_filmstrip()

    def _write(
        self,
        learning: LearningStage,
        row: dict[str, float],
        result: EvaluationResult,
        warnings: tuple[str, ...],
        best: bool,
    ) -> Path:
        """Write what an evaluation found, and the models that are due; return where the preview is."""
        place, run = self.place, self._run
        if best:  # before the row that says so, should the disk be full
            self.save_model(run.best)
        back = {"rolled_back": place.sound} if self.must_roll_back else {}
        run.add_metrics({"step": place.step, "seconds": place.seconds, **row, **self.metrics, **back})
        self.add_notes(warnings)
        if isinstance(learning.stage, Adversarial) and learning.stage.keep_every:
            self.save_model(run.kept(place.step))
        if result.watched is not None:
            run.save_preview(place.step, result.watched, "watched")
        return run.save_preview(place.step, result.preview)

    def _resume(self, checkpoint: Checkpoint) -> None:
        facts = checkpoint.facts
        self.place, self.metrics, self._resumed = Place(**facts["place"]), facts["metrics"], checkpoint
        self.meter.restore(facts["meter"])
        self._diagnostics.restore(facts["watch"])
        self._context.reported |= set(facts["told"])
        self._run.keep_metrics_until(self.place.step)
