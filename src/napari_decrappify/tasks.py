"""The tasks there are, each declared once: cards, recipes, fine-tuning, layers, records and commands follow from it.

A new task is its call (a module of `apply.tasks`), its dock, and its entry in `TASKS`.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from .errors import InvalidParameterError
from .type_checks import is_one_of, shown

Task: TypeAlias = str
"""The name of a task: a key of `TASKS`."""


@dataclass(frozen=True)
class TaskSpec:
    """What models can be for, and how that is asked for.

    Parameters
    ----------
    name : str
        As model cards, recipes and run folders have it.
    call : str
        Where its public call is, as "module:name"; empty if there is none, and models only come out of training.
    title : str
        Of its dock and in the menu.
    summary : str
        One line, without a capital or a full stop: what the command does.
    suffix : str
        What the names of result files end in.
    result : str
        What is put behind a layer's name to name its result: a word for what was done.
    mask : {"none", "optional", "required"}
        Whether the call's second argument is a mask; results are bit-identical outside it. One that is required marks
        holes, whose content doesn't matter at all; without an optional one the model finds what is to be replaced.
    scales : bool
        Whether results are larger than their images: the call has a `factor`, and models a scale above 1.
    colors : bool
        Whether results are in colour whatever the image is, by models that see each plane as a whole, made small.
    upright : bool
        Whether models read letters, so that an ensemble shows them shifted pictures, not turned ones.
    uses : mapping of str
        Names of further models that the call runs, by the parameter that asks for each.
    elsewhere : str
        Name of the model that runs by default on images that are no photos, as `planes.is_photo` tells; empty where
        that makes no difference.
    main : sequence of str
        The parameters of the call that docks always show, in this order; those that it doesn't have are passed over.
    preset : str
        Of `degrade.PRESETS`: what damages the pictures of a fine-tuning that isn't told. ``{scale}`` stands for the
        enlargement.
    begins : str
        Name of the file, ``finetuning/recipes/_NAME.toml``, that every fine-tuning for the task begins with; empty if
        there is no fine-tuning for it.
    """

    name: str
    call: str = ""
    title: str = ""
    summary: str = ""
    suffix: str = ""
    result: str = ""
    mask: Literal["none", "optional", "required"] = "none"
    scales: bool = False
    colors: bool = False
    upright: bool = False
    uses: Mapping[str, str] = field(default_factory=dict)
    elsewhere: str = ""
    main: tuple[str, ...] = ("model", "strength")
    preset: str = ""
    begins: str = ""

    @property
    def operation(self) -> str:
        """The name of the public call, as records have it."""
        return self.call.partition(":")[2]

    @property
    def command(self) -> str:
        """The name of the command line's command."""
        return self.operation.replace("_", "-")

    @property
    def replaces(self) -> bool:
        """Whether only what a mask covers, given or found, is replaced."""
        return self.mask != "none"

    @property
    def fills(self) -> bool:
        """Whether holes are filled: models are shown where they are, and nothing of what lies in them."""
        return self.mask == "required"

    def plain_name(self, scale: int = 1) -> str:
        """Return the name of the model that runs by default, if it is there; for images enlarged so many times."""
        return f"{self.name}-x{scale}" if self.scales else self.name

    def default_names(self, scale: int = 1, *, photo: bool = True) -> list[str]:
        """Return the names of models that run by default, the first that is there; see `elsewhere` for `photo`."""
        first = [self.elsewhere] if self.elsewhere and not photo else []
        return [*first, self.plain_name(scale)]

    def default_reason(self, *, photo: bool) -> str:
        """Say which images the default model is the default for; nothing where it is for all."""
        if not self.elsewhere:
            return ""
        return "the default for 8-bit photos in colour" if photo else "the default for all but 8-bit photos in colour"

    def damage(self, scale: int = 2) -> str:
        """Return the preset that damages pictures for it; for models of that scale."""
        return self.preset.format(scale=scale)


_DECLARED = (
    TaskSpec(
        "upscale",
        "napari_decrappify.apply.tasks.upscale:upscale",
        title="Upscale",
        summary="enlarge images with a trained model",
        suffix="-upscaled",
        result="sharp",
        scales=True,
        main=("factor", "model", "strength", "texture"),
        preset="bicubic-x{scale}",
        begins="upscale",
    ),
    TaskSpec(
        "restore",
        "napari_decrappify.apply.tasks.restore:restore",
        title="Restore",
        summary="undo compression, noise and other damage all over images with a trained model",
        suffix="-restored",
        result="restored",
        elsewhere="denoise",
        preset="restore-training",
        begins="restore",
    ),
    TaskSpec(
        "watermark",
        "napari_decrappify.apply.tasks.remove_watermark:remove_watermark",
        title="Remove watermark",
        summary="find text, watermarks and logos in images and remove them",
        suffix="-repaired",
        result="cleaned",
        mask="optional",
        upright=True,
        main=("shared", "dilate", "model", "strength", "return_mask"),
        preset="watermark-training",
        begins="watermark",
    ),
    TaskSpec(
        "infill",
        "napari_decrappify.apply.tasks.infill:infill",
        title="Infill",
        summary="fill the holes that a mask shows with a trained model",
        suffix="-filled",
        result="infilled",
        mask="required",
        main=("dilate", "model", "strength", "texture", "along"),
        preset="infill-training",
        begins="infill",
    ),
    TaskSpec(
        "colorize",
        "napari_decrappify.apply.tasks.colorize:colorize",
        title="Colourise",
        summary="colour images with a trained model; their luminance is kept",
        suffix="-colored",
        result="coloured",
        colors=True,
        main=("model", "strength", "evenness"),
        preset="grey",
        begins="colorize",
    ),
    TaskSpec(
        "old-photo",
        "napari_decrappify.apply.tasks.repair_photo:repair_photo",
        title="Old photo",
        summary="find scratches, folds, dust and stains in old photos and repair them, and faded tones",
        suffix="-mended",
        result="repaired",
        mask="optional",
        uses={"scratches": "infill", "grain": "denoise"},
        main=("scratches", "fading", "grain", "strength", "texture", "dilate", "model", "return_mask"),
        preset="photo-damage-training",
        begins="old-photo",
    ),
    TaskSpec("generate"),
)
TASKS: dict[str, TaskSpec] = {spec.name: spec for spec in _DECLARED}


def task_named(name: object) -> TaskSpec:
    """Return the task of this name.

    Raises
    ------
    InvalidParameterError
        If there is none.
    """
    if not is_one_of(name, tuple(TASKS)):
        raise InvalidParameterError(f"a task, one of {', '.join(TASKS)}", shown(name))
    return TASKS[str(name)]


def callable_tasks() -> list[TaskSpec]:
    """Return the tasks that there is a call for."""
    return [spec for spec in TASKS.values() if spec.call]


def finetuned_tasks() -> tuple[Task, ...]:
    """Return the names of the tasks that there is a fine-tuning for."""
    return tuple(spec.name for spec in TASKS.values() if spec.begins)


def operations() -> dict[str, str]:
    """Return what records may name: `crappify` and the call of each task, and where each of them is."""
    calls = {spec.operation: spec.call for spec in callable_tasks()}
    return {"crappify": "napari_decrappify.degrade:crappify", **calls}


def task_of(operation: str) -> TaskSpec:
    """Return the task that a call is for.

    Raises
    ------
    InvalidParameterError
        If there is no such call.
    """
    for spec in callable_tasks():
        if spec.operation == operation:
            return spec
    known = ", ".join(spec.operation for spec in callable_tasks())
    raise InvalidParameterError(f"the call of a task, one of {known}", shown(operation))


def suffix_of(operation: str) -> str:
    """Return what the names of files end in that hold a call's results: `crappify`'s, or a task's."""
    return "-crappified" if operation == "crappify" else task_of(operation).suffix or f"-{operation}"


def check_operation(operation: object) -> None:
    """Raise `InvalidParameterError` for what is none of `operations`."""
    known = operations()
    if not is_one_of(operation, tuple(known)):
        raise InvalidParameterError(f"an operation among {', '.join(known)}", shown(operation))


def call_named(operation: str) -> Any:
    """Return the public call of this name, one of `operations`; its module is imported only now."""
    check_operation(operation)
    module, _, name = operations()[operation].partition(":")
    return getattr(importlib.import_module(module), name)
