"""News of what others do to the user's models: a training that was left running, the command line, a file manager."""

from __future__ import annotations

import functools

from qtpy.QtCore import QFileSystemWatcher, QTimer
from qtpy.QtWidgets import QApplication

from ...models import user_folder
from ...models.store import SUFFIX
from ..base.models_changed import models_changed

REST = 300  # milliseconds without a further change until anyone is told


class ModelFolderWatcher(QFileSystemWatcher):
    """Calls `models_changed` when model files come or go in the user's folder; on the GUI thread."""

    def __init__(self) -> None:
        super().__init__(QApplication.instance())
        self._seen = _models()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST)
        self._rest.timeout.connect(self._look)
        self.directoryChanged.connect(self.follow)
        models_changed.connect(self._on_models_changed)

    def follow(self, *_: object) -> None:
        """Watch the folder that is the user's now, or would be in; look what is there as soon as it rests."""
        folder = user_folder()
        place = str(next(place for place in (folder, *folder.parents) if place.is_dir()))
        if self.directories() != [place]:
            if self.directories():
                self.removePaths(self.directories())
            self.addPath(place)
        self._rest.start()

    def _look(self) -> None:
        if _models() != self._seen:
            models_changed()

    def _on_models_changed(self, *_: object) -> None:
        self._seen = _models()


def _models() -> dict[str, int]:
    """Return when each of the user's model files was written."""
    try:
        return {file.name: file.stat().st_mtime_ns for file in user_folder().glob(f"*{SUFFIX}")}
    except OSError:  # one went in between: more news is on its way
        return {}


@functools.cache
def _watch() -> ModelFolderWatcher:
    return ModelFolderWatcher()


def watch_model_folder() -> None:
    """Let who lists models hear of what happens in the user's folder, from now on."""
    _watch().follow()
