"""The recipes of fine-tuning: short TOML files, each laid over what its task begins with."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..bounds import expanded, is_file
from ..errors import InvalidParameterError, RecipeError
from ..tasks import Task, finetuned_tasks, task_named
from ..training.recipes.files import laid_over, recipe_of, tables_of
from ..training.recipes.recipe import Recipe
from ..type_checks import is_one_of, shown

RECIPES = Path(__file__).parent / "recipes"
PLACEHOLDER = "finetuned"


def recipe_names(task: str | None = None) -> list[str]:
    """Return the names of the recipes, those for a task if one is named; "quick" comes first."""
    names = sorted(path.stem for path in RECIPES.glob("[!_]*.toml"))
    fitting = [name for name in names if task is None or task in _tasks_of(_for_menus(_file(name)))]
    return sorted(fitting, key=lambda name: name != "quick")


def recipe_summary(name: str) -> str:
    """Return what a recipe says of itself, in one line."""
    lines = _file(name).read_text(encoding="utf-8").splitlines()
    top = itertools.takewhile(lambda line: line.startswith("#"), lines)
    return " ".join(line.removeprefix("#").strip() for line in top)


def recipe_label(name: str) -> str:
    """Return what a menu calls a recipe: for whom it is, if it says so, and its name."""
    label = _for_menus(_file(name)).get("label", "")
    return f"{label} ({name})" if label else name


def recipe_tables(task: str, name: str, *, fresh: bool = False, finds: bool = False) -> dict[str, Any]:
    """Return a recipe's tables for a task, not validated yet: what `compose` fills with base and pictures.

    Parameters
    ----------
    task : str
        One of `tasks.finetuned_tasks()`.
    name : str
        One of `recipe_names(task)`, or the path of a TOML file of that form.
    fresh : bool
        For a net that has learned nothing yet.
    finds : bool
        For a net that only finds what is to be removed.

    Raises
    ------
    InvalidParameterError
        For another task, or a recipe that isn't for it, or not for such a net.
    RecipeError
        For a file that can't be read.
    """
    if not is_one_of(task, finetuned_tasks()):
        raise InvalidParameterError(f"task to be one of {', '.join(finetuned_tasks())}", shown(task))
    tables = tables_of(_file(name))
    if task not in _tasks_of(tables):
        raise InvalidParameterError(f"a recipe for {task}: {', '.join(recipe_names(task))}", repr(name))
    changes = tables.pop("fresh", {})
    for of_menu in ("tasks", "label"):
        tables.pop(of_menu, None)
    combined = laid_over(_beginning(task), tables)
    result: dict[str, Any] = laid_over(combined, changes) if fresh else combined
    return _finding(result, name) if finds else result


def plain_recipe(task: str, name: str, *, fresh: bool = False) -> Recipe:
    """Return a recipe as it is before base and pictures are known: its stages and settings, for a form to show."""
    return recipe_of({"name": PLACEHOLDER, **recipe_tables(task, name, fresh=fresh)}, (), name)


@functools.cache
def _for_menus(file: Path) -> Mapping[str, Any]:
    """Return a recipe's tables, read once: menus ask for those of all recipes again and again."""
    return tables_of(file)


def _beginning(task: Task) -> dict[str, Any]:
    """Return what every training for a task begins with: its net and loss, and what damages its pictures."""
    spec = task_named(task)
    beginning = tables_of(RECIPES / f"_{spec.begins}.toml")
    return {**beginning, "task": task, "data": {"preset": spec.damage(), **beginning["data"]}}


def _finding(tables: dict[str, Any], name: str) -> dict[str, Any]:
    """Return what a net learns from that makes no pictures: neither features nor a critic can judge it."""
    if "critic" in tables or "feature" in tables["loss"]:
        advice = "Choose 'quick', or a base that repairs what it finds."
        raise InvalidParameterError("a recipe for a base that only finds marks", repr(name), advice)
    result: dict[str, Any] = laid_over(tables, tables_of(RECIPES / "_finder.toml"))
    return result


def _tasks_of(tables: Mapping[str, Any]) -> Sequence[Task]:
    """Return the tasks that a recipe is for: all where it names none."""
    named: Sequence[Task] = tables.get("tasks", finetuned_tasks())
    return named


def _file(name: str) -> Path:
    if is_file(RECIPES / f"{name}.toml"):
        return RECIPES / f"{name}.toml"
    path = expanded(name)
    if path.suffix != ".toml" or not is_file(path):
        known = ", ".join(path.stem for path in sorted(RECIPES.glob("[!_]*.toml")))
        raise RecipeError(f"a fine-tuning recipe ({known}) or the path of a TOML file", shown(name))
    return path
