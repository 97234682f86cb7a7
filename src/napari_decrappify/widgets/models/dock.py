"""The models dock: what models there are, what they can do, and one's own taken in, copied out and deleted."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar, cast

from magicgui.widgets import Container, PushButton, Widget
from napari.utils.notifications import show_error
from qtpy.QtCore import QTimer, QUrl
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import (
    QFileDialog,
    QHeaderView,
    QInputDialog,
    QMessageBox,
    QTextBrowser,
    QTreeWidget,
    QTreeWidgetItem,
)

from ...errors import DecrappifyError, FileWriteError, InvalidParameterError
from ...models import (
    UNKNOWN,
    Entry,
    ModelCard,
    catalogue,
    delete_model,
    export_model,
    import_model,
    is_foreign,
    user_folder,
    verify,
)
from ...models.card import is_model_name
from ...models.keeping import PICKLES
from ...models.store import SUFFIX
from ..base.fields import Text
from ..base.models_changed import models_changed
from ..base.preferences import use_model_folder
from ..file_drops import FileDrops
from ..jobs.background import Background
from ..jobs.warm_up import load
from .card_text import card_text, megabytes, purpose

T = TypeVar("T")

MIN_WIDTH, LIST_HEIGHT, DETAILS_HEIGHT = 340, 100, 64  # pixels
COLUMNS = ("Name", "For", "From", "Size")
ORIGINS = {"bundled": "bundled", "user": "own"}
NAMES = "The name of a model has letters from a to z, digits, dots, dashes and underscores."
NO_NAME = re.compile(r"[^A-Za-z0-9._-]+")
FILES = "Models (*.safetensors)"
ENDINGS = (SUFFIX, *PICKLES)
FOREIGN_FILES = f"Models ({' '.join(f'*{ending}' for ending in ENDINGS)})"
LICENCE = "It is of another project. Under which licence is it? The card of the model keeps it."


class ModelsDock(Container[Widget]):
    """Lists the models, shows the card of the chosen one, and imports, exports, deletes and verifies.

    A model file that is dropped on it is imported.
    """

    def __init__(self) -> None:
        self.list = QTreeWidget()
        self.details = QTextBrowser()
        self.verify, self.export, self.delete, self.take, self.folder = (
            PushButton(text=text, name=name, tooltip=tooltip)
            for text, name, tooltip in (
                ("Verify", "verify", "Load the chosen model and run it on a small picture."),
                ("Export…", "export", "Copy the chosen model to a file."),
                ("Delete…", "delete", "Delete the chosen model, if it is one of your own."),
                (
                    "Import…",
                    "take",
                    "Take a model file, ours or another project's, among your own models; it is verified. "
                    "A file can be dropped here, too.",
                ),
                ("Open folder", "folder", "Open the folder of your own models."),
            )
        )
        self.note, self.where = Text(name="note"), Text(name="where")
        of_one, of_all = (
            Container[Widget](widgets=buttons, layout="horizontal", labels=False)
            for buttons in ([self.verify, self.export, self.delete], [self.take, self.folder])
        )
        super().__init__(widgets=[of_one, of_all, self.where, self.note], labels=False)
        for row in (of_one, of_all):
            row.margins = (0, 0, 0, 0)
        self._entries: list[Entry] = []
        self._dropped: list[Path] = []
        self._background = Background(self, self._on_state)
        self._arrange()
        self._connect()
        use_model_folder()
        self.refresh()

    @property
    def chosen(self) -> Entry | None:
        """The entry that is chosen in the list."""
        number = self.list.indexOfTopLevelItem(self.list.currentItem())
        return self._entries[number] if number >= 0 else None

    @property
    def busy(self) -> bool:
        """Whether a model is being verified or taken in."""
        return self._background.busy

    def choose(self, name: str) -> None:
        """Choose a model by its name; if there is none, the first."""
        names = [entry.name for entry in self._entries]
        self.list.setCurrentItem(self.list.topLevelItem(names.index(name) if name in names else 0))

    def refresh(self, *_: object) -> None:
        """List the models that there are now."""
        chosen = self.chosen
        self._entries = catalogue()
        self.list.clear()
        self.list.addTopLevelItems([QTreeWidgetItem(_cells(entry)) for entry in self._entries])
        for column in range(1, len(COLUMNS)):
            self.list.resizeColumnToContents(column)
        self.where.value = f"Your own models are in {user_folder()}"
        self.choose("" if chosen is None else chosen.name)
        self._show()

    def import_file(self, path: str | Path, name: str | None = None, license: str | None = None) -> None:
        """Take a model file among the user's models, under another name if one is given; verified in a thread.

        A licence is for the card of another project's model.
        """
        self.note.value = f"Verifying {path} …"
        self._background.do(
            lambda: _checked(lambda: import_model(path, name, license=license)),
            lambda card: self._on_changed(card.name, "taken."),
        )

    def export_to(self, path: str | Path) -> None:
        """Copy the chosen model to a file; one that is there is overwritten, as the file dialog has asked."""
        name = self._name()
        self._try(lambda: export_model(name, path, replace=True), lambda file: f"{name}: copied to {file}.")

    def delete_chosen(self) -> None:
        """Delete the chosen model for good."""
        name = self._name()
        self._try(lambda: delete_model(name), lambda _: f"{name}: deleted.")
        models_changed()

    def verify_chosen(self) -> None:
        """Load the chosen model and run it, in a thread."""
        entry = self.chosen
        if entry is not None:
            self.note.value = f"Verifying {entry.name} …"
            self._background.do(
                lambda: _checked(lambda: verify(entry.path)), lambda card: self._say(f"{card.name}: whole, and runs.")
            )

    def _arrange(self) -> None:
        self.min_width = MIN_WIDTH
        self.list.setHeaderLabels(COLUMNS)
        self.list.setRootIsDecorated(False)
        self.list.setFixedHeight(LIST_HEIGHT)
        header = cast("QHeaderView", self.list.header())
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.details.setMinimumHeight(DETAILS_HEIGHT)
        for place, part in enumerate((self.list, self.details)):
            self.native.layout().insertWidget(place, part)

    def _connect(self) -> None:
        use_model_folder()
        self.list.currentItemChanged.connect(self._on_chosen)
        self.verify.changed.connect(self.verify_chosen)
        self.export.changed.connect(self._on_export)
        self.delete.changed.connect(self._on_delete)
        self.take.changed.connect(self._on_import)
        self.folder.changed.connect(self._on_folder)
        models_changed.connect(self.refresh)
        self.native.destroyed.connect(self._on_destroyed)
        FileDrops(self.native, _is_model, self._on_dropped)

    def _show(self) -> None:
        entry, busy = self.chosen, self.busy
        self.details.setHtml("" if entry is None else card_text(entry))
        self.take.enabled = not busy
        self.verify.enabled = self.export.enabled = entry is not None and not busy
        self.delete.enabled = entry is not None and entry.origin == "user" and not busy

    def _on_chosen(self, *_: object) -> None:
        self._show()

    def _on_destroyed(self) -> None:
        models_changed.disconnect(self.refresh)
        self._dropped.clear()

    def _name(self) -> str:
        return "" if self.chosen is None else self.chosen.name

    def _on_import(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self.native, "Import a model", "", FOREIGN_FILES)
        self._ask_and_import(path)

    def _on_dropped(self, paths: list[Path]) -> None:
        """Take in what was dropped, one file after the other."""
        self._dropped += paths
        self._take_next()

    def _take_next(self) -> None:
        while self._dropped and not self.busy:  # one that the user gives no name isn't taken
            self._ask_and_import(str(self._dropped.pop(0)))

    def _ask_and_import(self, path: str) -> None:
        """Take in a file, if there is one, under a name that is free; of another project under the licence it has."""
        name = Path(path).stem
        taken = name in [entry.name for entry in self._entries]
        if path and (taken or not is_model_name(name)):
            question = f"{f'There is a model {name} already.' if taken else NAMES} Another name for the new one:"
            offered = f"{name}-2" if taken else NO_NAME.sub("-", name).strip("-._")
            name, wanted = QInputDialog.getText(self.native, "Import a model", question, text=offered)
            path = path if wanted else ""
        licence = None
        if path and _is_foreign(path):
            licence, wanted = QInputDialog.getText(self.native, "Import a model", LICENCE, text=UNKNOWN)
            path = path if wanted else ""
        if path:
            self.import_file(path, name, licence)

    def _on_export(self) -> None:
        suggested = "" if self.chosen is None else self.chosen.path.name
        path, _ = QFileDialog.getSaveFileName(self.native, "Export a model", suggested, FILES)
        if path:
            self.export_to(path)

    def _on_delete(self) -> None:
        question = f"Delete the model {self._name()}? Its file is deleted for good."
        if QMessageBox.question(self.native, "Delete a model", question) == QMessageBox.StandardButton.Yes:
            self.delete_chosen()

    def _on_folder(self) -> None:
        try:
            user_folder().mkdir(parents=True, exist_ok=True)
        except OSError as error:
            self._say(str(FileWriteError(f"to make {user_folder()}", error.strerror or str(error))))
            return
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(user_folder())))

    def _on_changed(self, name: str, what: str) -> None:
        models_changed()
        self.choose(name)
        self._say(f"{name}: {what}")

    def _on_state(self, busy: bool, problem: str) -> None:
        self._show()
        if not busy:
            self.note.value = problem
            QTimer.singleShot(0, self._take_next)

    def _try(self, do: Callable[[], T], say: Callable[[T], str]) -> None:
        try:
            self._say(say(do()))
        except DecrappifyError as error:
            self._say(str(error))
            show_error(str(error))

    def _say(self, text: str) -> None:
        self.note.value = text


def _checked(check: Callable[[], ModelCard]) -> ModelCard:
    """Check a model, in a thread, once what that takes is loaded."""
    load()
    return check()


def _is_model(path: Path) -> bool:
    return path.suffix.lower() in ENDINGS


def _is_foreign(path: str) -> bool:
    try:
        return is_foreign(Path(path))
    except DecrappifyError:
        return False  # what is wrong with it, its import says


def _cells(entry: Entry) -> list[str]:
    unusable = "misnamed" if isinstance(entry.problem, InvalidParameterError) else "damaged"
    kind = unusable if entry.card is None else purpose(entry.card)
    size = megabytes(entry.path.stat().st_size) if entry.path.exists() else ""
    return [entry.name, kind, ORIGINS[entry.origin], size]
