"""Every task on napari layers, without a window: what the docks run, for scripts, consoles and notebooks.

Each function takes an image layer, and the keywords of the call of the same name on arrays; it returns a new layer
that lies where the source does and says in ``metadata["decrappify"]`` how it was made. ``function.job(...)`` is the
same as a job, for progress and cancelling.

>>> from napari_decrappify.on_layers import upscale_layer
>>> viewer.add_layer(upscale_layer(viewer.layers["cells"], factor=2))  # doctest: +SKIP
"""

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
    colorize_layer,
    infill_layer,
    remove_watermark_layer,
    restore_layer,
    upscale_layer,
)
from .replaying import replay_layer

__all__ = [
    "LayerCall",
    "LayerMask",
    "Region",
    "TrainingData",
    "colorize_layer",
    "crappify_layer",
    "current_plane",
    "infill_layer",
    "python_script",
    "remove_watermark_layer",
    "replay_layer",
    "restore_layer",
    "training_data",
    "training_script",
    "upscale_layer",
    "visible",
    "whole",
]
