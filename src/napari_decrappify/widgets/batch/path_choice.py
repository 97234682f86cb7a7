"""The choice of files, or of a folder of them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from magicgui.widgets import Container, PushButton, Widget
from psygnal import Signal
from qtpy.QtWidgets import QFileDialog

from ...files import READABLE, is_folder
from ..base.fields import Text

PICTURES = f"Pictures ({' '.join(f'*{suffix}' for suffix in READABLE)})"
SHOWN = 3


class PathChoice(Container[Widget]):
    """Buttons that ask for files or a folder, and what is chosen below them.

    Parameters
    ----------
    name, label : str
        Of the field.
    none : str
        What shows where nothing is chosen.
    tooltip : str
        What it is for.
    many : bool
        Whether there may be several files; a single one can be let go of again.
    """

    picked = Signal(tuple)

    def __init__(self, name: str, label: str, none: str, tooltip: str, *, many: bool) -> None:
        self._none, self._many = none, many
        self._paths: tuple[Path, ...] = ()
        self.files, self.folder, self.nothing = (
            PushButton(name=f"{name}_{part}", text=text, tooltip=tooltip)
            for part, text in (("files", "Files…" if many else "File…"), ("folder", "Folder…"), ("nothing", "None"))
        )
        self.chosen = Text(name=f"{name}_chosen", tooltip=tooltip)
        offered = [self.files, self.folder] if many else [self.files, self.folder, self.nothing]
        buttons = Container[Widget](widgets=offered, layout="horizontal", labels=False)
        super().__init__(name=name, label=label, widgets=[buttons, self.chosen], labels=False)
        for part in (self, buttons):
            part.margins = (0, 0, 0, 0)
        self.files.changed.connect(self._ask_for_files)
        self.folder.changed.connect(self._ask_for_folder)
        self.nothing.changed.connect(self._let_go)
        self._show()

    @property
    def value(self) -> tuple[Path, ...]:
        """The files and folders."""
        return self._paths

    @value.setter
    def value(self, paths: Sequence[Path]) -> None:
        self._paths = tuple(paths)
        self._show()
        self.picked.emit(self._paths)

    def _ask_for_files(self) -> None:
        ask = QFileDialog.getOpenFileNames if self._many else QFileDialog.getOpenFileName
        found, _ = ask(self.native, str(self.label), "", PICTURES)
        paths = [found] if isinstance(found, str) else found
        if any(paths):
            self.value = [Path(path) for path in paths]

    def _ask_for_folder(self) -> None:
        found = QFileDialog.getExistingDirectory(self.native, str(self.label))
        if found:
            self.value = [Path(found)]

    def _let_go(self) -> None:
        self.value = []

    def _show(self) -> None:
        names = [f"the folder {path.name or path}" if is_folder(path) else path.name for path in self._paths]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        self.chosen.value = ", ".join(names[:SHOWN]) + more if names else self._none
        self.chosen.tooltip = "\n".join(map(str, self._paths[:20])) or self.files.tooltip
