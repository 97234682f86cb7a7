"""The trainer: a job that learns a generator from pairs, evaluates, checkpoints and writes the model."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy.typing as npt
import torch
from torch import Tensor

from ..apply.device import choose_device, choose_precision
from ..errors import TrainingError
from ..jobs import Call, Job, Progress, ProgressCallback
from ..models import save_model
from ..nets import Generator, Repaired, build
from ..parameters import Doc
from .card import card_of
from .checkpoint import load_checkpoint, save_checkpoint
from .ema import AveragedWeights
from .evaluation import Evaluation, gallery, mean_metrics, to_tensor
from .losses import generator_loss
from .optimizer import make_optimizer
from .pairs import Batch, Pairs, batches, find_crappifier
from .pictures import open_pictures, split
from .recipe import Recipe, StageConfig, load_recipe
from .run_folder import RunFolder
from .schedule import learning_rate


@dataclass(frozen=True)
class Evaluated:
    """What an evaluation found: the payload of its `Progress`."""

    step: int
    metrics: dict[str, float]
    preview: Path | None


@dataclass(frozen=True)
class TrainingResult:
    """A finished training: the model file and the figures of the last evaluation."""

    model: Path
    metrics: dict[str, float]


@Call
def train(
    recipe: Annotated[str | Path | Recipe, Doc("Name of a recipe in the package, or path of a TOML file.")],
    data: Annotated[str | Path | Sequence[npt.NDArray[Any]], Doc("Folder of clean pictures (or arrays).")],
    out: Annotated[str | Path, Doc("Run folder: recipe, metrics, previews, checkpoints and the model.")],
    *,
    val: Annotated[str | Path | None, Doc("Folder of pictures to evaluate on, instead of a share of the data.")] = None,
    fonts: Annotated[str | Path | None, Doc("Folder of font files for degradations that draw text.")] = None,
    resume: Annotated[bool, Doc("Go on with the run in the folder.")] = False,
    overrides: Annotated[Sequence[str], Doc("Changes to the recipe, such as stages.0.steps=100.")] = (),
    device: Annotated[str, Doc("auto, cpu, cuda or mps.")] = "auto",
    precision: Annotated[str, Doc("auto, fp32 or bf16: auto takes bf16 where the processor has it.")] = "auto",
    progress: ProgressCallback | None = None,
) -> Job[TrainingResult]:
    """Train a generator by a recipe, from pictures that need no labels.

    Parameters
    ----------
    recipe : str, Path or Recipe
        What to train: a name (``"upscale-x2"``), a TOML file, or a recipe.
    data : str, Path or sequence of ndarray
        Clean pictures: a folder, searched with its sub-folders, or arrays (Y, X), (Y, X, 3) or stacks of them.
    out : str or Path
        The run folder. The model appears there as ``<recipe name>.safetensors`` at the end.
    val : str or Path, optional
        Pictures to evaluate on. By default a share of `data`, split by picture, is held out.
    fonts : str or Path, optional
        Font files (.ttf, .otf) for text; Pillow's default font otherwise.
    resume : bool
        Go on from ``checkpoints/last.safetensors``: on a CPU the numbers are those of a run never stopped.
    overrides : sequence of str
        ``"dotted.key=value"``, see `load_recipe`.
    device, precision : str
        Where and how to compute.
    progress : callable, optional
        Receives a `Progress` a step; its payload is an `Evaluated` after each evaluation.

    Raises
    ------
    RecipeError, TrainingError, FileWriteError
        For a recipe that doesn't validate, a foreign run folder, no pictures, a loss that is not finite.
    """
    chosen = recipe if isinstance(recipe, Recipe) else load_recipe(recipe, overrides)
    training, held = split(open_pictures(data), 0.0 if val else chosen.data.held_out, chosen.seed)
    crappifier = find_crappifier(chosen.data.preset, font_files(fonts))
    pairs = Pairs(training, crappifier, chosen.data, chosen.seed)
    evaluation = Evaluation(chosen, open_pictures(val) if val else held, crappifier)
    where = choose_device(device)
    dtype = choose_precision(precision, where)
    run = RunFolder(Path(out), chosen, resume)
    return (yield from Trainer(chosen, run, pairs, evaluation, where, dtype).run())


class Trainer:
    """The state of one training: nets, optimiser, average, step.

    Parameters
    ----------
    recipe : Recipe
        What is trained.
    run : RunFolder
        Where it writes.
    pairs : Pairs
        What it learns from.
    evaluation : Evaluation
        What judges it.
    device : torch.device
        Where it computes.
    precision : torch.dtype
        torch.bfloat16 for autocast, torch.float32 for none.
    """

    def __init__(
        self,
        recipe: Recipe,
        run: RunFolder,
        pairs: Pairs,
        evaluation: Evaluation,
        device: torch.device,
        precision: torch.dtype,
    ) -> None:
        self._recipe, self._run, self._pairs, self._evaluation = recipe, run, pairs, evaluation
        self._device, self._precision = device, precision
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(recipe.seed)
            net = build(recipe.generator.architecture, recipe.generator.options)
        self._net = net.to(device).to(memory_format=torch.channels_last)
        self._average = AveragedWeights(self._net, recipe.optimizer.ema)
        self._optimizer = make_optimizer(recipe.optimizer, self._net, precision)
        self._step, self._seconds, self._best = 0, 0.0, -math.inf
        self._metrics: dict[str, float] = {}
        if run.resumes and run.last.exists():
            self._load()

    def run(self) -> Job[TrainingResult]:
        """Train to the last step of the last stage, then write the model."""
        meter = Meter()
        with closing(batches(self._pairs, self._step)) as source:
            while self._step < self._recipe.steps:
                started = time.perf_counter()
                batch = next(source)
                waited = time.perf_counter() - started
                parts = self._learn(batch)
                self._step += 1
                meter.add(parts, waited, time.perf_counter() - started)
                payload = self._evaluate(meter) if self._evaluation_is_due() else None
                yield Progress(self._step, self._recipe.steps, meter.note(self._metrics), payload)
        self._save_model(self._run.model)
        return TrainingResult(self._run.model, self._metrics)

    def _learn(self, batch: Batch) -> dict[str, float]:
        stage, step = self._stage()
        rate = learning_rate(stage, step)
        for group in self._optimizer.param_groups:
            group["lr"] = rate * group["lr_factor"]
        target = to_tensor(batch.targets).to(self._device)
        mask = torch.from_numpy(batch.masks).to(self._device)[:, None].float()
        self._net.train()
        output = self._forward(self._net, to_tensor(batch.inputs))
        loss, parts = generator_loss(stage.loss or self._recipe.loss, output, target, mask)
        self._optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        limit = self._recipe.optimizer.clip or math.inf
        norm = float(torch.nn.utils.clip_grad_norm_(self._net.parameters(), limit))
        if not (math.isfinite(norm) and math.isfinite(loss.item())):
            advice = f"The last good weights are in {self._run.last}. Lower the learning rate."
            raise TrainingError("a finite loss", f"{loss.item()} at step {self._step + 1}", advice)
        self._optimizer.step()
        self._average.update(self._net, self._step)
        return {"lr": rate, "loss": loss.item(), **{name: part.item() for name, part in parts.items()}}

    def _forward(self, net: Generator, inputs: Tensor) -> Repaired:
        inputs = inputs.to(self._device, memory_format=torch.channels_last)
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._precision == torch.bfloat16):
            output: Repaired = net(inputs)
        return output

    def _stage(self) -> tuple[StageConfig, int]:
        step = self._step
        for stage in self._recipe.stages:
            if step < stage.steps:
                break
            step -= stage.steps
        return stage, step

    def _evaluation_is_due(self) -> bool:
        return self._step % self._recipe.evaluation.every == 0 or self._step == self._recipe.steps

    def _evaluate(self, meter: Meter) -> Evaluated:
        with torch.inference_mode():
            judged = self._evaluation.judge(self._average.net, self._forward)
        self._metrics = mean_metrics(judged)
        row, spent = meter.flush()
        self._seconds += spent
        self._run.add_metrics({"step": self._step, "seconds": self._seconds, **row, **self._metrics})
        shown = judged[: self._recipe.evaluation.gallery]
        preview = self._run.save_preview(self._step, gallery(shown)) if shown else None
        score = self._metrics.get(self._recipe.evaluation.criterion, -math.inf)
        if score > self._best:
            self._best = score
            self._save_model(self._run.best)
        self._save()
        return Evaluated(self._step, self._metrics, preview)

    def _save(self) -> None:
        facts = {"step": self._step, "seconds": self._seconds, "best": self._best, "metrics": self._metrics}
        save_checkpoint(self._run.last, self._nets(), self._optimizer, facts)

    def _load(self) -> None:
        facts = load_checkpoint(self._run.last, self._nets(), self._optimizer)
        self._step, self._seconds = facts["step"], facts["seconds"]
        self._best, self._metrics = facts["best"], facts["metrics"]
        self._run.keep_metrics_until(self._step)

    def _nets(self) -> dict[str, torch.nn.Module]:
        return {"generator": self._net, "average": self._average.net}

    def _save_model(self, path: Path) -> None:
        net, card = card_of(self._recipe, self._average.net, self._step, self._seconds, self._metrics)
        save_model(path, net, card, half=True)


class Meter:
    """Averages of a stretch of steps: losses, and the share of the time spent waiting for data."""

    def __init__(self) -> None:
        self._rows: list[dict[str, float]] = []
        self._loss = math.nan
        self._waited = self._spent = 0.0

    def add(self, parts: dict[str, float], waited: float, spent: float) -> None:
        """Add one step: its loss parts and its seconds."""
        self._rows.append(parts)
        self._loss = parts["loss"]
        self._waited += waited
        self._spent += spent

    def flush(self) -> tuple[dict[str, float], float]:
        """Return the averages and the seconds since the last flush, and start again."""
        names = self._rows[-1]
        row = {name: sum(row[name] for row in self._rows) / len(self._rows) for name in names}
        row |= {"lr": names["lr"], "wait_share": self._waited / self._spent, "steps_per_second": self.speed}
        spent = self._spent
        self._rows, self._waited, self._spent = [], 0.0, 0.0
        return row, spent

    @property
    def speed(self) -> float:
        """Steps a second since the last flush."""
        return len(self._rows) / self._spent if self._spent else 0.0

    def note(self, metrics: dict[str, float]) -> str:
        """One line for a progress bar."""
        figures = {"loss": self._loss, **{k: v for k, v in metrics.items() if k.startswith("psnr")}}
        return ", ".join(f"{name} {value:.4g}" for name, value in figures.items())


def font_files(folder: str | Path | None) -> list[str]:
    """Return the .ttf and .otf files below a folder, sorted; none without a folder."""
    if folder is None:
        return []
    found = sorted(str(p) for p in Path(folder).rglob("*") if p.suffix.lower() in (".ttf", ".otf"))
    if not found:
        raise TrainingError("a folder with .ttf or .otf files", f"{folder} with none")
    return found
