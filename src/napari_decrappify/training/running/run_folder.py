"""The run folder: recipe.json, metrics.csv, notes.txt, previews/, checkpoints/, kept/, written atomically."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydantic import ValidationError

from ...atomic import atomic_path, remove_left_overs
from ...bounds import read_text
from ...errors import TrainingError
from ..evaluation.gallery import filmstrip
from ..recipes.recipe import Recipe


class RunFolder:
    """Where one training writes.

    Parameters
    ----------
    root : Path
        The folder; made if missing.
    recipe : Recipe
        What is trained. An existing run of another recipe is refused.
    resume : bool
        Go on with the run that is there, if there is one. Without it, an existing run is refused.
    writes : bool
        False in all but one of the processes that train together: those read only.

    Raises
    ------
    TrainingError
        If the folder holds a checkpoint of another run, or any and `resume` is False. A run that came to nothing
        is begun anew.
    """

    def __init__(self, root: Path, recipe: Recipe, resume: bool, writes: bool = True) -> None:
        self.root, self.writes = root, writes
        self.last = root / "checkpoints" / "last.safetensors"
        self.best = root / "checkpoints" / "best.safetensors"
        self.rollback_point = root / "checkpoints" / "sound.safetensors"
        self.last_good = root / "checkpoints" / "last-good.safetensors"
        self.model = root / f"{recipe.name}.safetensors"
        self._recipe_file = root / "recipe.json"
        self._rows: list[dict[str, Any]] = []
        self.resumes = self.last.exists()
        if writes:
            remove_left_overs(root)
        if self.resumes:
            self._check_same(recipe, resume)
        elif writes:
            self._write_text(self._recipe_file, recipe.model_dump_json(indent=2) + "\n")
            self._notes_file.unlink(missing_ok=True)

    def keep_metrics_until(self, step: int) -> None:
        """Read metrics.csv and forget what came after `step`, which will come again."""
        if self._metrics_file.exists():
            with self._metrics_file.open(newline="", encoding="utf-8") as opened:
                self._rows = [row for row in csv.DictReader(opened) if int(row["step"]) <= step]

    def add_metrics(self, row: dict[str, Any]) -> None:
        """Append a row to metrics.csv."""
        self._rows.append({key: f"{value:.6g}" if isinstance(value, float) else value for key, value in row.items()})
        text = io.StringIO()
        writer = csv.DictWriter(text, list(dict.fromkeys(key for row in self._rows for key in row)), restval="")
        writer.writeheader()
        writer.writerows(self._rows)
        self._write_text(self._metrics_file, text.getvalue())

    def save_preview(self, step: int, picture: npt.NDArray[np.uint8], kind: str = "step") -> Path:
        """Write previews/step-NNNNNN.png, or watched-NNNNNN.png of what is watched."""
        return self._write_picture(self.root / "previews" / f"{kind}-{step:06d}.png", picture)

    def predictions(self, stage: int) -> Path:
        """Return the folder of a stage's predictions; stages count from 0, their folders from 1."""
        return self.root / "predictions" / f"stage-{stage + 1}"

    def kept(self, step: int) -> Path:
        """Return where a model to choose from is kept."""
        return self.root / "kept" / f"step-{step:06d}.safetensors"

    def save_filmstrip(self) -> Path:
        """Write filmstrip.png: the previews of all kept models."""
        steps = [
            int(path.stem.removeprefix("step-")) for path in sorted((self.root / "kept").glob("step-*.safetensors"))
        ]
        frames = [(step, np.asarray(Image.open(self.root / "previews" / f"step-{step:06d}.png"))) for step in steps]
        return self._write_picture(self.root / "filmstrip.png", filmstrip(frames))

    def add_note(self, step: int, text: str) -> None:
        """Append a line to notes.txt: where weights came from, and warnings.

        What a training said before it was killed, and says again as it goes on, stands there once.
        """
        before = self._notes_file.read_text(encoding="utf-8") if self._notes_file.exists() else ""
        line = f"step {step}: {text}"
        if line not in before.splitlines():
            self._write_text(self._notes_file, f"{before}{line}\n")

    @property
    def _notes_file(self) -> Path:
        return self.root / "notes.txt"

    @property
    def _metrics_file(self) -> Path:
        return self.root / "metrics.csv"

    def _check_same(self, recipe: Recipe, resume: bool) -> None:
        if not resume:
            advice = "Pass resume=True (--resume) to go on with it."
            raise TrainingError("a folder without a run", str(self.root), advice)
        try:
            same = Recipe.model_validate_json(read_text(self._recipe_file)) == recipe
        except (OSError, ValidationError, UnicodeDecodeError) as error:
            raise TrainingError("a readable recipe.json", f"{self._recipe_file}: {error}") from error
        if not same:
            raise TrainingError("the run's own recipe", f"another one than {self._recipe_file}", "Use another folder.")

    def _write_picture(self, path: Path, picture: npt.NDArray[np.uint8]) -> Path:
        with atomic_path(path) as temporary:
            Image.fromarray(picture).save(temporary)
        return path

    def _write_text(self, path: Path, text: str) -> None:
        with atomic_path(path) as temporary:
            temporary.write_text(text, encoding="utf-8", newline="")
