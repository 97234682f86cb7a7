"""Where a result goes that memory can't hold: a field that shows for layers that are read part by part, or huge."""

from __future__ import annotations

from typing import Any

import numpy as np
from magicgui.types import FileDialogMode
from magicgui.widgets import FileEdit
from napari.layers import Image

HUGE = 2**30
"""Bytes of a layer in memory whose result may go to disk."""
HELP = (
    "A new .ome.zarr that the result is written to, region by region, and shown from, so that it needn't fit into "
    "memory. A run that was cancelled goes on with the same file. Empty: in memory, or worked out as it is looked at."
)


class DiskChoice(FileEdit):
    """The path of a result on disk; shown, and looked at, only for layers that may be too large for memory."""

    def __init__(self) -> None:
        super().__init__(
            name="to_disk", label="To disk", mode=FileDialogMode.OPTIONAL_FILE, filter="*.zarr", tooltip=HELP,
            nullable=True, visible=False,
        )  # fmt: skip
        self._layer: Image | None = None

    def follow(self, layer: Image | None) -> None:
        """Show the field if the layer may be too large for memory; what was chosen for another one doesn't stay."""
        if layer is not self._layer:
            self.value = None
        self._layer = layer
        self.visible = layer is not None and _may_be_too_large(layer)


def _may_be_too_large(layer: Image) -> bool:
    data: Any = layer.data[0] if layer.multiscale else layer.data
    in_memory = isinstance(data, np.ndarray) and not isinstance(data, np.memmap)
    return not in_memory or data.nbytes > HUGE
