"""Parts by name, each imported when it is first asked for: of this package, and of others through entry points."""

from __future__ import annotations

import pkgutil
from collections.abc import Collection, Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Generic, TypeVar

from .errors import InvalidParameterError, PluginError
from .type_checks import shown

T = TypeVar("T")


class LazyRegistry(Collection[str], Generic[T]):
    """Parts of one kind by their names, as they stand in recipes and on cards.

    Iterating, counting and asking ``name in registry`` import nothing. A line in `places` or an entry point adds a part
    for good, ``registry[name] = part`` for as long as the process lives.

    Parameters
    ----------
    what : str
        A part in words, with its article, for messages: "a critic".
    package : str
        The package that `places` are seen from.
    places : mapping of str to str
        Name to ``"module:attribute"``, as entry points have it.
    group : str, optional
        Entry point group by which other packages add parts. Names of `places` can't be taken by them.
    kind : type, optional
        Class that a part of another package must be derived from.
    """

    def __init__(
        self,
        what: str,
        package: str,
        places: Mapping[str, str],
        *,
        group: str | None = None,
        kind: type | None = None,
    ) -> None:
        self._what, self._group, self._kind = what, group, kind
        self._places = {name: f"{package}.{place}" for name, place in places.items()}
        self._added: dict[str, T] = {}

    def __getitem__(self, name: str) -> T:
        """Return the part of that name.

        Raises
        ------
        InvalidParameterError
            For a name that there isn't; it lists those there are.
        PluginError
            For a part of another package that can't be imported, or is none of this kind.
        """
        if name in self._added:
            return self._added[name]
        if name in self._places:
            part: T = pkgutil.resolve_name(self._places[name])
            return part
        return self._of_plugin(self._plugins()[self.check(name)])

    def __setitem__(self, name: str, part: T) -> None:
        self._added[name] = part

    def __delitem__(self, name: str) -> None:
        del self._added[name]

    def __contains__(self, name: object) -> bool:
        return name in self._own() or name in self._plugins()

    def __iter__(self) -> Iterator[str]:
        return iter({**self._own(), **self._plugins()})

    def __len__(self) -> int:
        return len(list(iter(self)))

    def get(self, name: str, default: T | None = None) -> T | None:
        """Return the part of that name, or the default if there is none."""
        if name not in self:
            return default
        return self[name]

    def check(self, name: str) -> str:
        """Return the name of a part that there is; raise `InvalidParameterError` for another."""
        if name not in self:
            raise InvalidParameterError(f"{self._what} among {sorted(self)}", shown(name))
        return name

    def _own(self) -> dict[str, object]:
        return {**self._places, **self._added}

    def _plugins(self) -> dict[str, EntryPoint]:
        """Return what the packages that are installed now add; nothing of theirs is imported."""
        return {} if self._group is None else {point.name: point for point in entry_points(group=self._group)}

    def _of_plugin(self, point: EntryPoint) -> T:
        package = "an installed package" if point.dist is None else point.dist.name
        advice = f"Repair, update or uninstall {package}."
        try:
            part: T = point.load()
        except Exception as error:  # importing another's code may raise anything
            got = f"{point.value} of {package}, which raised {type(error).__name__}: {error}"
            raise PluginError(f"{self._what} {point.name!r} that can be imported", got, advice) from error
        if self._kind is not None and not (isinstance(part, type) and issubclass(part, self._kind)):
            expected = f"{self._what} {point.name!r} that is derived from {self._kind.__name__}"
            raise PluginError(expected, f"{point.value} of {package}, which is {shown(part)}", advice)
        return part
