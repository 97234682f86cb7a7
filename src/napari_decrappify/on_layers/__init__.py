"""Every task on napari layers, without a window: what the docks run, for scripts, consoles and notebooks.

Each function takes an image layer, and the keywords of the call of the same name on arrays; it returns a new layer
that lies where the source does and says in ``metadata["decrappify"]`` how it was made. ``function.job(...)`` is the
same as a job, for progress and cancelling.

>>> from napari_decrappify.on_layers import upscale_layer
>>> viewer.add_layer(upscale_layer(viewer.layers["cells"], factor=2))  # doctest: +SKIP
"""

from typing import Any

from ..errors import InvalidParameterError
from ..layer_masks import LayerMask
from ..layers import (
    Region,
    current_plane,
    visible,
    whole,
)
from .crappifying import crappify_layer
from .layer_call import LayerCall
from .learning import TrainingData, training_data, training_script
from .python_script import python_script
from .repairing import (
    call_on_layers,
    colorize_layer,
    infill_layer,
    remove_watermark_layer,
    repair_photo_layer,
    restore_layer,
    upscale_layer,
)
from .replaying import replay_layer

__all__ = [
    "LayerCall",
    "LayerMask",
    "Region",
    "TrainingData",
    "call_on_layers",
    "colorize_layer",
    "crappify_layer",
    "current_plane",
    "infill_layer",
    "python_script",
    "remove_watermark_layer",
    "repair_photo_layer",
    "replay_layer",
    "restore_layer",
    "training_data",
    "training_script",
    "upscale_layer",
    "visible",
    "whole",
]


def __getattr__(name: str) -> Any:
    """Return the layer call of a task that has none of its own here: ``deblur_layer`` for a task with a ``deblur``."""
    if name.endswith("_layer"):
        try:
            return call_on_layers(name.removesuffix("_layer"))
        except InvalidParameterError as error:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from error
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
