"""The old photo dock: scratches, folds and dust found and filled, grain and faded tones corrected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..on_layers import repair_photo_layer
from ..tasks import TASKS
from .base.finding_dock import OF_FOUND, FindingDock

if TYPE_CHECKING:
    import napari.viewer


class OldPhotoDock(FindingDock):
    """Repairs an old photo; adds the result and, if wanted, the damage that was found, to be corrected by hand."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        super().__init__(viewer, "Repair photo", repair_photo_layer, TASKS["old-photo"].main)
        for name, switch in (("scratches", self._on_mask), ("fading", self._on_fading)):
            self.fields[name].changed.connect(switch)

    def values(self) -> dict[str, Any]:
        """Return the call's keywords; damage that isn't looked for isn't added."""
        values = super().values()
        return values | {"return_mask": values["return_mask"] and values["scratches"]}

    def run_again(self) -> None:
        """Run with the mask as it is now, which is of no use where damage is left."""
        self.fields["scratches"].value = True
        super().run_again()

    def _on_mask(self, *_: Any) -> None:
        """Show what concerns damage that is looked for."""
        wanted = bool(self.fields["scratches"].value)
        for name in OF_FOUND:
            self.fields[name].visible = wanted and self.mask.layer.value is None
        self.fields["texture"].visible = self.mask.visible = wanted

    def _on_fading(self, fading: bool) -> None:
        self.fields["strength"].visible = fading
