"""What has become of each file of a batch, failures first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar, cast

from qtpy.QtCore import QSize
from qtpy.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from ...batch.job import BatchReport

NAME_WIDTH, LOWEST, HEIGHT = 130, 72, 110  # pixels
DONE, THERE = "done", "skipped: its result is there already"

T = TypeVar("T")


class OutcomeList(QTreeWidget):
    """A line for each file, added while the batch goes on."""

    def __init__(self) -> None:
        super().__init__()
        self.setHeaderLabels(("File", "What became of it"))
        self.setRootIsDecorated(False)
        self.setMinimumHeight(LOWEST)
        header = cast("QHeaderView", self.header())
        header.resizeSection(0, NAME_WIDTH)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
        self._shown: Counter[str] = Counter()

    def sizeHint(self) -> QSize:  # noqa: N802, of Qt
        """Return how high it would be; it takes what is left of a dock."""
        return QSize(super().sizeHint().width(), HEIGHT)

    def begin(self) -> None:
        """Forget the last batch."""
        self.clear()
        self._shown.clear()

    def follow(self, report: BatchReport) -> None:
        """Show what is new in a report."""
        place = self._shown["failed"]
        failed = [_line(path, f"failed: {reason}") for path, reason in self._new("failed", report.failed)]
        skipped = [_line(path, THERE, reason) for path, reason in self._new("skipped", report.skipped)]
        done = [_line(path, DONE) for path in self._new("done", report.done)]
        noted = [_line(path, f"note: {text}") for path, text in self._new("noted", report.noted)]
        self.insertTopLevelItems(place, failed)
        self.addTopLevelItems([*skipped, *done, *noted])

    def _new(self, kind: str, rows: Sequence[T]) -> Sequence[T]:
        new = rows[self._shown[kind] :]
        self._shown[kind] += len(new)
        return new


def _line(path: Path, text: str, more: str = "") -> QTreeWidgetItem:
    line = QTreeWidgetItem([path.name, text])
    for column in range(2):
        line.setToolTip(column, "\n".join([str(path), more or text]))
    return line
