"""A crappifier as an outline: rows to show one below the other, and edits that give a new crappifier.

Crappifiers are never changed: an edit rebuilds the groups on the way from the root to the row. A step's probability
belongs to its row, so `Sometimes` is no row of its own.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

from ...degrade import (
    Crappifier,
    InTurn,
    OneOf,
    Sometimes,
)
from ...degrade.operation import OPERATIONS, Part
from ...parameters import parameters_of

Path: TypeAlias = tuple[int, ...]
GROUP_TITLES: dict[type[Part], str] = {OneOf: "One of", InTurn: "In turn", Crappifier: "Composition"}
NOTHING = "Nothing"
WHOLE = "All steps"
ROOT: Path = ()
"""The path of the row for the crappifier as a whole."""


@dataclass(frozen=True)
class Child:
    """A member of a group: a part, None to do nothing, and its weight, which counts in a `OneOf`."""

    part: Part | None
    weight: float = 1.0


@dataclass(frozen=True)
class Row:
    """A row of the outline: where it is, what it is, and its weight and share if it is one of several."""

    path: Path
    part: Part | None
    weight: float | None = None
    share: float | None = None

    @property
    def bare(self) -> Part | None:
        """The part without its probability."""
        return bare(self.part)

    @property
    def probability(self) -> float:
        """How often the part is taken."""
        return probability(self.part)

    @property
    def title(self) -> str:
        """What the row says: the part and, if it isn't always taken, how often."""
        if self.path == ROOT:
            return WHOLE
        often = self.probability * (1 if self.share is None else self.share)
        return title(self.bare) + ("" if often == 1 else f"  ({often:.0%})")


def title(part: Part | None) -> str:
    """Return the name of a part in words."""
    return NOTHING if part is None else title_of(type(part))


def title_of(kind: type[Part]) -> str:
    """Return the name of a kind of part in words: "Local variance noise"."""
    words = re.sub(r"(?<!^)(?=[A-Z])", " ", kind.__name__).capitalize()
    return GROUP_TITLES.get(kind, re.sub("jpeg", "JPEG", words, flags=re.IGNORECASE))


def summary_of(part: Part | None) -> str:
    """Return what a part does, from the beginning of its docstring."""
    if part is None:
        return "Do nothing."
    first = re.split(r"[;:(.]", (type(part).__doc__ or "").replace("`", ""), maxsplit=1)[0]
    return " ".join(first.split()) + "."


def settings_of(part: Part) -> list[str]:
    """Return the names of a part's parameters that are its own; weights belong to the rows of what is chosen from."""
    return [name for name in parameters_of(type(part)) if name != "weights"]


def offered() -> list[type[Part]]:
    """Return the kinds of parts to compose of, by their titles; `Resize` follows from `Crappifier.back`."""
    kinds = [kind for name, kind in OPERATIONS.items() if name != "Resize"]
    return [*sorted(kinds, key=title_of), OneOf, InTurn]


def new(kind: type[Part]) -> Part:
    """Return a part of a kind as it is by default; a new group has nothing in it yet."""
    groups: dict[type[Part], Part] = {OneOf: OneOf((None,)), InTurn: InTurn(())}
    return groups.get(kind) or kind()


def rows_of(root: Crappifier) -> list[Row]:
    """Return all rows, each group's members below it; the first is the whole."""
    return [Row(ROOT, root), *_rows(root, ROOT)]


def row_at(root: Crappifier, path: Path) -> Row:
    """Return the row at a path."""
    return next(row for row in rows_of(root) if row.path == path)


def with_part(root: Crappifier, path: Path, part: Part | None) -> Crappifier:
    """Return the crappifier with another part at a path, taken as often as the one before."""
    if path == ROOT:
        return cast("Crappifier", part)
    return _edited(
        root, path, lambda row, at: _replace(row, at, part=with_probability(part, probability(row[at].part)))
    )


def with_setting(root: Crappifier, path: Path, name: str, value: Any) -> Crappifier:
    """Return the crappifier with another value of a parameter of the part at a path.

    Raises
    ------
    InvalidParameterError
        If the part can't have that value.
    """
    part = row_at(root, path).bare
    changes = {name: value}
    return with_part(root, path, None if part is None else dataclasses.replace(part, **changes))


def with_often(root: Crappifier, path: Path, share: float) -> Crappifier:
    """Return the crappifier with another probability at a path."""
    return _edited(root, path, lambda row, at: _replace(row, at, part=with_probability(bare(row[at].part), share)))


def with_weight(root: Crappifier, path: Path, weight: float) -> Crappifier:
    """Return the crappifier with another weight at a path; raise `InvalidParameterError` if none is left above 0."""
    return _edited(root, path, lambda row, at: _replace(row, at, weight=weight))


def without(root: Crappifier, path: Path) -> Crappifier:
    """Return the crappifier without a part; a choice that would have nothing left goes too."""
    parent = row_at(root, path[:-1]).bare
    if isinstance(parent, OneOf) and len(parent.parts) == 1:
        return without(root, path[:-1])
    return _edited(root, path, lambda row, at: row[:at] + row[at + 1 :])


def moved(root: Crappifier, path: Path, by: int) -> tuple[Crappifier, Path]:
    """Return the crappifier with a part moved among its neighbours, and where it is now; at the end it stays."""
    parent = row_at(root, path[:-1]).bare
    to = min(max(path[-1] + by, 0), len(children_of(parent)) - 1)

    def move(row: list[Child], at: int) -> list[Child]:
        rest = row[:at] + row[at + 1 :]
        return [*rest[:to], row[at], *rest[to:]]

    return _edited(root, path, move), (*path[:-1], to)


def added(root: Crappifier, path: Path, part: Part | None) -> tuple[Crappifier, Path]:
    """Return the crappifier with a new part, and its path: in the group at a path, else after the part there."""
    if isinstance(row_at(root, path).bare, tuple(GROUP_TITLES)):
        place: Path = (*path, len(children_of(row_at(root, path).bare)))
    else:
        place = (*path[:-1], path[-1] + 1)
    return _edited(root, place, lambda row, at: [*row[:at], Child(part), *row[at:]]), place


def children_of(part: Part | None) -> list[Child]:
    """Return the members of a group; none for any other part."""
    part = bare(part)
    if isinstance(part, OneOf):
        weights = part.weights or (1.0,) * len(part.parts)
        return [Child(one, weight) for one, weight in zip(part.parts, weights, strict=True)]
    if isinstance(part, Crappifier):
        return [Child(one) for one in part.parts()]
    return [Child(one) for one in part.parts] if isinstance(part, InTurn) else []


def bare(part: Part | None) -> Part | None:
    """Return a part without its probability."""
    return bare(part.part) if isinstance(part, Sometimes) else part


def probability(part: Part | None) -> float:
    """Return how often a part is taken."""
    return part.probability * probability(part.part) if isinstance(part, Sometimes) else 1.0


def with_probability(part: Part | None, share: float) -> Part | None:
    """Return a part that is taken so often."""
    return part if part is None or share == 1 else Sometimes(part, share)


def _rows(group: Part, path: Path) -> Iterator[Row]:
    members = children_of(group)
    total = sum(child.weight for child in members)
    for index, child in enumerate(members):
        among = (child.weight, child.weight / total) if isinstance(group, OneOf) else ()
        yield Row((*path, index), child.part, *among)
        inner = bare(child.part)
        if inner is not None:
            yield from _rows(inner, (*path, index))


def _edited(root: Crappifier, path: Path, edit: Callable[[list[Child], int], list[Child]]) -> Crappifier:
    return cast("Crappifier", _rebuilt(root, path, edit))


def _rebuilt(group: Part, path: Path, edit: Callable[[list[Child], int], list[Child]]) -> Part:
    members, at = children_of(group), path[0]
    if len(path) == 1:
        return _with_children(group, edit(members, at))
    inner = members[at].part
    rebuilt = None if inner is None else _rebuilt(inner, path[1:], edit)
    return _with_children(group, _replace(members, at, part=rebuilt))


def _with_children(group: Part, members: list[Child]) -> Part:
    parts = tuple(child.part for child in members)
    if isinstance(group, Sometimes):
        return dataclasses.replace(group, part=_with_children(group.part, members))
    if isinstance(group, OneOf):
        return OneOf(parts, tuple(child.weight for child in members))
    kept = tuple(part for part in parts if part is not None)
    if isinstance(group, Crappifier):
        return dataclasses.replace(group, operations=kept, probabilities=())
    return dataclasses.replace(cast("InTurn", group), parts=kept)


def _replace(members: list[Child], at: int, **changes: Part | float | None) -> list[Child]:
    return [*members[:at], dataclasses.replace(members[at], **changes), *members[at + 1 :]]  # type: ignore[arg-type]
