"""Imports that name torch's compiler, and don't need it: torchvision's, and what imports torchvision."""

from __future__ import annotations

import contextlib
import importlib
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

PACKAGE, MODULE = COMPILER = ("torch._dynamo", "torch._dynamo.utils")


class _StandIn(ModuleType):
    """A module of the compiler until something of it is asked for; then the compiler itself is loaded, in its place."""

    def __getattr__(self, name: str) -> Any:
        leads_inside = name == "__path__" and self.__name__ == PACKAGE
        if name.startswith("__") and not leads_inside:  # what imports and `inspect` ask any module for
            raise AttributeError(name)
        _give_way()
        return getattr(importlib.import_module(self.__name__), name)


def _is_compile_supported(device_type: str) -> bool:
    """Ask the compiler, which torchvision does as it runs, and names as it is imported."""
    from torch._dynamo.utils import is_compile_supported

    supported: bool = is_compile_supported(device_type)
    return supported


@contextlib.contextmanager
def without_compiler() -> Iterator[None]:
    """Keep the compiler out of an import, unless it is there already, or the import needs more of it than its name.

    It takes seconds, and brings Triton, with a copy of LLVM that ends a process in which Mesa has drawn with its own:
    napari, say.
    """
    if PACKAGE not in sys.modules:
        sys.modules |= {name: _StandIn(name) for name in COMPILER}
        sys.modules[MODULE].is_compile_supported = _is_compile_supported  # type: ignore[attr-defined]
    try:
        yield
    finally:
        _give_way()


def _give_way() -> None:
    for name in COMPILER:
        if isinstance(sys.modules.get(name), _StandIn):
            del sys.modules[name]
