"""The choice of layers to learn from: check the clean ones and, where pairs are given, name the crappy side of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, Widget
from napari.layers import Image
from psygnal import Signal
from qtpy.QtCore import Qt
from qtpy.QtWidgets import QComboBox, QTreeWidget, QTreeWidgetItem

from ..base.dock import layers_of
from ..base.fields import Text

if TYPE_CHECKING:
    import napari.viewer

HEIGHT = 118  # pixels
CLEAN, CRAPPY = "Clean image", "Crappy side of it"
OWN_LAYER = "decrappify fine-tuning"
"""What layers that the fine-tuning dock has added itself have in their metadata."""
NO_IMAGE = "Open the images to learn from first: File > Open, or drop them onto the window."


class LayerPairs(Container[Widget]):
    """The image layers of a viewer with a check box each; `edited` is emitted when the choice changes.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
        Whose layers are offered; those that are selected are checked first.
    """

    edited = Signal()

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._checked: set[Image] = {layer for layer in viewer.layers.selection if isinstance(layer, Image)}
        self._partners: dict[Image, Image] = {}
        self._paired = False
        self._rows: list[Image] = []
        self.table = QTreeWidget()
        self.note = Text(name="note")
        super().__init__(widgets=[self.note], labels=False, name="layers")
        self.margins = (0, 0, 0, 0)
        self.table.setHeaderLabels([CLEAN, CRAPPY])
        self.table.setRootIsDecorated(False)
        self.table.setFixedHeight(HEIGHT)
        self.table.setToolTip("Check one or many. Every plane of a stack is a picture.")
        self.native.layout().insertWidget(0, self.table)
        self.table.itemChanged.connect(self._on_item)
        self.refresh()

    @property
    def clean(self) -> list[Image]:
        """The layers that are checked, the topmost first."""
        return [layer for layer in self._rows if layer in self._checked]

    @property
    def crappy(self) -> list[Image | None]:
        """The crappy side of each of `clean`; None where none is chosen."""
        return [self._partner(layer) for layer in self.clean]

    def check(self, layer: Image, on: bool = True) -> None:
        """Check a layer, or no longer."""
        (self._checked.add if on else self._checked.discard)(layer)
        self.refresh()
        self.edited.emit()

    def pair(self, clean: Image, crappy: Image) -> None:
        """Name the crappy side of a layer."""
        self._partners[clean] = crappy
        self.refresh()
        self.edited.emit()

    def ask_for_pairs(self, wanted: bool) -> None:
        """Show, or hide, the column for the crappy side."""
        self._paired = wanted
        self.refresh()

    def refresh(self, *_: Any) -> None:
        """Offer the layers that there are now."""
        there = [layer for _, layer in layers_of(self._viewer, Image) if OWN_LAYER not in layer.metadata]
        self._checked &= set(there)
        if len(there) == 1 and not self._rows:
            self._checked = set(there)
        self._partners = {one: other for one, other in self._partners.items() if {one, other} <= set(there)}
        self._rows = there
        self._show()

    def _show(self) -> None:
        blocked = self.table.blockSignals(True)
        self.table.clear()
        for layer in self._rows:
            item = QTreeWidgetItem([layer.name, ""])
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(0, Qt.CheckState.Checked if layer in self._checked else Qt.CheckState.Unchecked)
            self.table.addTopLevelItem(item)
            if self._paired:
                self.table.setItemWidget(item, 1, self._partner_list(layer))
        self.table.setColumnHidden(1, not self._paired)
        self.table.setColumnWidth(0, self.table.width() // 2)
        self.table.blockSignals(blocked)
        self.note.value, self.note.visible = "" if self._rows else NO_IMAGE, not self._rows

    def _partner_list(self, layer: Image) -> QComboBox:
        others = [other for other in self._rows if other is not layer]
        return PartnerList(layer, others, self._partner(layer), self._on_partner)

    def _partner(self, layer: Image) -> Image | None:
        """Return the crappy side: the chosen one, or the topmost layer that was made from the clean one."""
        if layer in self._partners:
            return self._partners[layer]
        made = (other for other in self._rows if _made_from(other) == layer.name and other not in self._checked)
        return next(made, None)

    def _on_item(self, item: QTreeWidgetItem) -> None:
        layer = self._rows[self.table.indexOfTopLevelItem(item)]
        (self._checked.add if item.checkState(0) == Qt.CheckState.Checked else self._checked.discard)(layer)
        self.edited.emit()

    def _on_partner(self, layer: Image, other: Image | None) -> None:
        if other is None:
            self._partners.pop(layer, None)
        else:
            self._partners[layer] = other
        self.edited.emit()


class PartnerList(QComboBox):
    """Offers the layers that can be the crappy side of a clean one.

    Parameters
    ----------
    clean : Image
        The clean layer.
    others : sequence of Image
        What is offered, besides none.
    chosen : Image or None
        What is chosen first.
    choose : callable
        Called with the clean layer and its crappy side, or None, when the user chooses.
    """

    def __init__(
        self,
        clean: Image,
        others: Sequence[Image],
        chosen: Image | None,
        choose: Callable[[Image, Image | None], None],
    ) -> None:
        super().__init__()
        self._clean, self._others, self._choose = clean, [None, *others], choose
        self.addItems(["none" if other is None else other.name for other in self._others])
        self.setCurrentIndex(self._others.index(chosen))
        self.currentIndexChanged.connect(self._on_index)

    def _on_index(self, number: int) -> None:
        self._choose(self._clean, self._others[number])


def _made_from(layer: Image) -> str | None:
    """Return the name of the layer that one was crappified from."""
    done = layer.metadata.get("decrappify") or {}
    if done.get("operation") != "crappify":
        return None
    name: str | None = (done.get("source") or {}).get("layer")
    return name
