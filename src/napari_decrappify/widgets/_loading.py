"""What a repairing job needs first, loaded in the worker: the model, and the pixels if they fit into memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..jobs import Job, Progress
from ..layers import Source

if TYPE_CHECKING:
    from ..models import Model

SHARE_OF_FREE = 0.5


def load(source: Source, model: str, growth: int = 1) -> Job[tuple[Any, Model]]:
    """Load a source's pixels and a model.

    A lazy array is read now if it and its result, `growth` times as large, fit into half of the free memory: the job
    then shows progress and can be cancelled. Otherwise it stays lazy, and so does the result, which napari computes
    where one looks.
    """
    yield Progress(0, 1, f"Loading model {model}")
    from ..apply.device import choose_device, free_memory
    from ..models import load_model

    loaded = load_model(model)
    pixels = source.array
    room = SHARE_OF_FREE * free_memory(choose_device("cpu"))
    if not isinstance(pixels, np.ndarray) and pixels.nbytes * (1 + growth) <= room:
        yield Progress(0, 1, "Reading the layer")
        pixels = np.asarray(pixels)
    return pixels, loaded
