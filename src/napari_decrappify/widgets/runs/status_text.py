"""What the fine-tuning dock says of a training that goes on."""

from __future__ import annotations

from ...finetuning import Phase
from ...training.running.time_budget import left
from .training import Training

NO_RUNS = "No run yet. Choose pictures and press Start: curves and pictures of held-out patches show up here."
OTHER_PROCESS = "It goes on in another process, which alone can stop it."
OWN_PROCESS = "It goes on in a process of its own, without this window. Press Stop to end it with a checkpoint."
MEGA = 2**20
STAGES = {
    "pretrain-generator": "learning from pairs",
    "save-predictions": "collecting its results",
    "pretrain-critic": "teaching the critic",
    "adversarial": "learning against the critic",
    "cycle": "critic and model in turns",
}
PHASES = {
    Phase.PREPARING: "Preparing",
    Phase.WAITING: "Waiting for its turn",
    Phase.RUNNING: "Training",
    Phase.PAUSING: "Pausing after this step",
    Phase.PAUSED: "Paused",
    Phase.ENDING: "Ending",
    Phase.ENDED: "Ended",
}


def status_text(training: Training) -> str:
    """Return in a line or two how far a training is, how fast, on what, and how long it will take."""
    step, phase = training.step, PHASES[training.phase]
    if training.phase in (Phase.PREPARING, Phase.WAITING) or not training.learned:
        return f"{phase}. {step.note}"
    last = training.learned[-1]
    parts = [f"{phase}: step {last.step}", _stage(training)]
    parts.append(left(last.seconds, step.done / max(step.total, 1)) if training.phase == Phase.RUNNING else "")
    speed, memory, placed = training.patches_a_second, training.memory(), training.placed
    parts.append("" if speed is None else f"{speed:.3g} patches a second")
    parts.append("" if placed is None else f"{placed.device}, {placed.precision}")
    parts.append("" if memory is None else f"{memory / MEGA:.0f} MB")
    return " · ".join(part for part in parts if part)


def _stage(training: Training) -> str:
    if training.run is None:
        return ""
    stages = training.run.spec.recipe.sequence
    return f"stage {training.stage + 1} of {len(stages)}, {STAGES[stages[training.stage].kind]}"
