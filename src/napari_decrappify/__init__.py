"""Make images worse on purpose, learn the way back, and apply it.

Importing the package is cheap: each name below is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .apply.tasks import (
        colorize,
        infill,
        remove_watermark,
        restore,
        upscale,
    )
    from .degrade import crappify
    from .finetuning.finetune import finetune
    from .models import list_models, load_model
    from .provenance import replay
    from .training.find_learning_rate import find_learning_rate
    from .training.train import train

    __version__: str

_HOMES = {
    "crappify": ".degrade",
    "upscale": ".apply.tasks",
    "remove_watermark": ".apply.tasks",
    "restore": ".apply.tasks",
    "infill": ".apply.tasks",
    "colorize": ".apply.tasks",
    "list_models": ".models",
    "load_model": ".models",
    "replay": ".provenance",
    "train": ".training.train",
    "finetune": ".finetuning.finetune",
    "find_learning_rate": ".training.find_learning_rate",
}

__all__ = [
    "__version__",
    "colorize",
    "crappify",
    "find_learning_rate",
    "finetune",
    "infill",
    "list_models",
    "load_model",
    "remove_watermark",
    "replay",
    "restore",
    "train",
    "upscale",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("napari-decrappify")
    if name in _HOMES:
        found = getattr(importlib.import_module(_HOMES[name], __name__), name)
        globals()[name] = found
        return found
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
