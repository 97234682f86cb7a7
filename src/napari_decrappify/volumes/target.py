"""A result on disk: an OME-Zarr that says it is one only when it is finished, and goes on where it was left."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..atomic import atomic_path
from ..errors import FileWriteError, InvalidParameterError, TargetExistsError
from ..type_checks import shown
from .requirement import zarr

RECORD = "decrappify"
"""The attribute that says how a finished result was made."""
UNFINISHED = "decrappify_unfinished"
"""The attribute that says what is being made."""
OPTIONS = {"write_empty_chunks": True}
"""A chunk of zeros is a file too: what is there is done."""


@dataclass(frozen=True)
class Level:
    """One array of a result; plain values, so that it crosses process borders.

    Attributes
    ----------
    path : str
        Its folder.
    shape, chunks : tuple of int
        Its size, and that of what is one file.
    """

    path: str
    shape: tuple[int, ...]
    chunks: tuple[int, ...]

    def create(self, dtype: np.dtype[Any], names: tuple[str, ...]) -> None:
        """Make the array, without pixels, unless it is there."""
        if not (Path(self.path) / "zarr.json").exists():
            zarr().create_array(
                self.path, shape=self.shape, chunks=self.chunks, dtype=dtype, dimension_names=names, fill_value=0,
                config=OPTIONS,
            )  # fmt: skip

    def open(self) -> Any:
        """Return the array."""
        return zarr().open_array(self.path, mode="r+").with_config(OPTIONS)

    def written(self) -> set[str]:
        """Return the names of the chunks that are there, each of them whole: "c/0/1/0"."""
        root = Path(self.path)
        return {path.relative_to(root).as_posix() for path in (root / "c").rglob("*") if path.suffix == ""}

    def names(self, place: tuple[slice, ...]) -> list[str]:
        """Return the names of the chunks of a part."""
        spans = [range(part.start // n, -(-part.stop // n)) for part, n in zip(place, self.chunks, strict=True)]
        indices = np.ndindex(*(len(span) for span in spans))
        return ["/".join(["c", *(str(span[i]) for span, i in zip(spans, at, strict=True))]) for at in indices]


def begin(target: Path, plan: Mapping[str, Any], force: bool) -> None:
    """Make the folder of a result; what is there of the same result is kept, and with `force` nothing is.

    Raises
    ------
    TargetExistsError
        If something else is there.
    InvalidParameterError
        If an unfinished result is there that was asked for in other words.
    FileWriteError
        If the folder can't be written.
    """
    try:
        if target.exists() and (force or not any(target.iterdir() if target.is_dir() else [target])):
            shutil.rmtree(target) if target.is_dir() else target.unlink()
        if target.exists():
            _check_same(target, plan)
            _remove_halves(target)
            return
        target.mkdir(parents=True)
        _write(target, {UNFINISHED: plan})
    except OSError as error:
        if isinstance(error, FileWriteError):
            raise
        raise FileWriteError(f"to write {target}", error.strerror or str(error), "Choose another folder.") from error


def finish(target: Path, attributes: Mapping[str, Any], record: Mapping[str, Any]) -> None:
    """Say that a result is whole, what it is, and how it was made."""
    _write(target, {**attributes, RECORD: record})


def record_of(path: str | Path) -> dict[str, Any] | None:
    """Return how an OME-Zarr was made; None where it doesn't say, or isn't finished."""
    try:
        attributes = json.loads((Path(path) / "zarr.json").read_text(encoding="utf-8"))["attributes"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    record = attributes.get(RECORD)
    return record if isinstance(record, dict) else None


def _check_same(target: Path, plan: Mapping[str, Any]) -> None:
    begin_anew = "choose another target, or pass --force, or force=True, to begin anew."
    try:
        begun = json.loads((target / "zarr.json").read_text(encoding="utf-8"))["attributes"][UNFINISHED]
    except (OSError, ValueError, KeyError, TypeError) as error:
        expected = f"nothing at {target} yet, or an unfinished result"
        raise TargetExistsError(expected, "something else", begin_anew.capitalize()) from error
    older = isinstance(begun, dict) and "pixels" not in begun  # it didn't look at what was in files
    if begun != (_without_pixels(plan) if older else plan):
        was, now = _flat(begun), _flat(plan)
        names = [name for name in {**was, **now} if was.get(name) != now.get(name)]
        before, asked = (", ".join(f"{name} {shown(one.get(name))}" for name in names) for one in (was, now))
        raise InvalidParameterError(
            f"what the unfinished result at {target} was begun with ({before})", asked, f"Go on with that, {begin_anew}"
        )


def _without_pixels(plan: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in plan.items() if name != "pixels"}


def _flat(plan: Any) -> dict[str, Any]:
    """Return what a plan says, its record and that one's parameters one by one."""
    if not isinstance(plan, dict):
        return {}
    parts = {name: value for name, value in plan.items() if name not in ("record", "parameters")}
    return parts | _flat(plan.get("record")) | _flat(plan.get("parameters"))


def _remove_halves(target: Path) -> None:
    """Remove what zarr was at when its process was killed."""
    for path in target.rglob("*.partial"):
        path.unlink(missing_ok=True)


def _write(target: Path, attributes: Mapping[str, Any]) -> None:
    with atomic_path(target / "zarr.json") as part:
        head = {"zarr_format": 3, "node_type": "group", "attributes": attributes}
        part.write_text(json.dumps(head, indent=1), encoding="utf-8")
