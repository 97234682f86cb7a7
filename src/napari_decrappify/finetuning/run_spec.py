"""What a run was asked for, as it is kept in its folder: enough to begin it, and to go on with it, anywhere."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, ValidationError

from ..atomic import atomic_path
from ..bounds import read_text
from ..errors import FileReadError
from ..training.recipes.config import Config
from ..training.recipes.recipe import Recipe

RUN_SPEC = "order.json"


class RunSpec(Config):
    """Everything that a training further needs beside the pictures and the base, which lie in its folder."""

    name: str = Field(description="Of the model that comes out.")
    task: str
    base: str | None = Field(description="Name of the model that it starts from; None begins with fresh weights.")
    recipe_name: str
    recipe: Recipe = Field(description="As it is trained, with base, crappifier and patch filled in.")
    minutes: float
    holdout: float
    clean: tuple[str, ...] = Field(description="Clean images: files in the run folder, or absolute paths.")
    crappy: tuple[str, ...] = Field(default=(), description="The crappy side of given pairs.")
    watched: tuple[tuple[int, int, int, int, int], ...] = Field(
        default=(), description="Places to see repaired at each evaluation: picture, y, x, height, width."
    )
    names: tuple[str, ...] = Field(default=(), description="What the images are called.")
    intensities: tuple[tuple[float, float], ...] = Field(
        default=(), description="For each array the values that become 0 and 1."
    )
    pictures: int
    patches: int
    fonts: str | None = None
    device: str = "auto"
    precision: str = "auto"
    created: str = Field(description="ISO 8601, UTC.")

    def write(self, folder: Path) -> None:
        """Write it into a run folder."""
        with atomic_path(folder / RUN_SPEC) as temporary:
            temporary.write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_run_spec(folder: Path) -> RunSpec:
    """Read what a run was asked for from its folder.

    Raises
    ------
    FileReadError
        If there is none, or it isn't one.
    """
    try:
        return RunSpec.model_validate_json(read_text(folder / RUN_SPEC))
    except (OSError, UnicodeDecodeError, ValidationError) as error:
        raise FileReadError("the folder of a fine-tuning run", f"{folder}: {error}") from error
