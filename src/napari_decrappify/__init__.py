"""Make images worse on purpose, learn the way back, and apply it.

Importing the package is cheap: each public name is imported when it is first used, from where `__init__.pyi` says.
"""

from __future__ import annotations

from typing import Any

import lazy_loader

_public_name, _, __all__ = lazy_loader.attach_stub(__name__, __file__)
__all__ += ["__version__"]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("napari-decrappify")
    return _public_name(name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
