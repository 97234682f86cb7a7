"""Who takes part: a model of this package, or a peer, as a function from a case to a picture."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from .cases import Case
from .photos import Picture


class Package(NamedTuple):
    """A Python package: the module that is imported, and the name by which pip installs it."""

    module: str
    name: str


@dataclass(frozen=True)
class Method:
    """Something that repairs pictures.

    Parameters
    ----------
    name : str
        As it stands in the tables.
    repair : callable
        Makes an 8-bit picture of the target's size from a case; what it needs is imported when it is called.
    packages : tuple of Package
        What must be installed for it, beyond what this package needs.
    slow : bool
        Whether it takes part on a few pictures only.
    ours : bool
        Whether it is a model of this package.
    idle : bool
        Whether it leaves pictures as they were given.
    """

    name: str
    repair: Callable[[Case], Picture]
    packages: tuple[Package, ...] = ()
    slow: bool = False
    ours: bool = False
    idle: bool = False

    @property
    def missing(self) -> list[str]:
        """What pip must install before it can take part."""
        return [package.name for package in self.packages if importlib.util.find_spec(package.module) is None]
