"""Recipe files: TOML, in the package by name or anywhere by path; one may extend another."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ...bounds import parse_toml, read_text
from ...errors import RecipeError
from ...type_checks import shown
from .recipe import Recipe

LONGEST = 2**20
BUNDLED = resources.files(__package__)


def recipe_names() -> list[str]:
    """Return the names of the recipes in the package; those that are only there to be extended begin with ``_``."""
    return [name for name in _bundled_names() if not name.startswith("_")]


def recipe_summary(name: str) -> str:
    """Return what a recipe in the package says of itself: the comment at its top, in one line."""
    top = itertools.takewhile(lambda line: line.startswith("#"), _read(name).splitlines())
    return " ".join(line.removeprefix("#").strip() for line in top)


def load_recipe(name_or_path: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """Read a recipe of the package by its name, or a TOML file by its path.

    Parameters
    ----------
    name_or_path : str or Path
        ``"upscale-x2"``, or ``"my/recipe.toml"``.
    overrides : sequence of str
        ``"dotted.key=value"`` with a TOML value: ``"stages.0.steps=2000"``, ``"data.batch=8"``.

    Raises
    ------
    RecipeError
        For an unknown name, a file that is no TOML, or a value that doesn't validate; the message names the field.
    """
    try:
        content = tables_of(name_or_path)
    except ValueError as error:
        if isinstance(error, RecipeError):
            raise
        raise RecipeError("a recipe in TOML", f"{name_or_path}: {error}") from error
    return recipe_of(content, overrides, str(name_or_path))


def recipe_of(content: dict[str, Any], overrides: Sequence[str], where: str) -> Recipe:
    """Return the recipe that tables make, after changes to them, as for `load_recipe`; `where` is for errors."""
    try:
        for override in overrides:
            _override(content, override)
        return Recipe.model_validate(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise RecipeError("a valid recipe", f"{where}: {place}: {first['msg']}") from error


def tables_of(name_or_path: str | Path, above: Sequence[str] = ()) -> dict[str, Any]:
    """Return a recipe's tables; with ``extends`` they are laid over those of the recipe that it names.

    That is a recipe of the package, or a path as seen from the file; `above` are those that extend this one.
    """
    chain = [*above, str(name_or_path)]
    if chain[-1] in above:
        raise RecipeError("a chain of extends that ends", " -> ".join(chain))
    content = parse_toml(_read(name_or_path))
    base = content.pop("extends", None)
    if base is None:
        return content
    if not isinstance(base, str):
        raise RecipeError("extends: the name of a recipe, or the path of a TOML file", repr(base))
    named = base if base in _bundled_names() else (Path(name_or_path).parent / base).resolve()
    result: dict[str, Any] = laid_over(tables_of(named, chain), content)
    return result


def laid_over(base: Any, change: Any) -> Any:
    """Return `base` with the keys of `change` replaced, and lists of as many tables changed table by table.

    A table of another kind replaces the old one, and so do options, which belong to one architecture.
    """
    if isinstance(base, dict) and isinstance(change, dict):
        if change.get("kind", base.get("kind")) != base.get("kind"):
            return change
        kept = {key: value for key, value in base.items() if key not in _replaced_by(change)}
        return {**kept, **{key: laid_over(kept.get(key), value) for key, value in change.items()}}
    tables = isinstance(base, list) and isinstance(change, list) and len(base) == len(change)
    if tables and all(isinstance(table, dict) for table in [*base, *change]):
        return [laid_over(old, new) for old, new in zip(base, change, strict=True)]
    return change


def _replaced_by(change: Iterable[str]) -> set[str]:
    """Return the keys that make way for those of a change."""
    length = {"steps", "epochs"}
    return {"options"} & set(change) | (length if length & set(change) else set())


def _bundled_names() -> list[str]:
    return sorted(entry.name.removesuffix(".toml") for entry in BUNDLED.iterdir() if entry.name.endswith(".toml"))


def _read(name_or_path: str | Path) -> str:
    bundled = BUNDLED.joinpath(f"{name_or_path}.toml")
    if str(name_or_path) in _bundled_names():
        return bundled.read_text(encoding="utf-8")
    try:
        return read_text(Path(name_or_path), LONGEST)
    except (OSError, UnicodeDecodeError) as error:
        known = ", ".join(recipe_names())
        raise RecipeError(f"a recipe name ({known}) or the path of a TOML file", shown(str(name_or_path))) from error


def _override(content: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        raise RecipeError("an override of the form key.key=value", repr(override))
    try:
        parsed = parse_toml(f"value = {value}")["value"]
    except ValueError:
        parsed = value
    *parents, last = key.strip().split(".")
    place: Any = content
    try:
        for parent in parents:
            place = place[int(parent)] if isinstance(place, list) else place.setdefault(parent, {})
        for replaced in [key for key in _replaced_by([last]) if key in place]:
            del place[replaced]
        place[int(last) if isinstance(place, list) else last] = parsed
    except (ValueError, IndexError, TypeError, AttributeError) as error:
        raise RecipeError("an override of a field that recipes have", repr(override)) from error
