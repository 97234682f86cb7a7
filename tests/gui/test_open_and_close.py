"""Docks come and go while napari runs: no Qt signal may reach a slot that Python is clearing away."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from npe2 import PluginManifest

import napari_decrappify

PACKAGE = Path(napari_decrappify.__file__).parent
TITLES = [widget.display_name for widget in PluginManifest.from_file(PACKAGE / "napari.yaml").contributions.widgets]
OPEN_AND_CLOSE = """
import gc, threading
import napari
from napari.utils.notifications import notification_manager
from qtpy.QtCore import QTimer

viewer = napari.Viewer(show=False)
todo = [(title, way) for way in ("x", "close") for title in {titles}]
gc.freeze()
gc.disable()  # collected is in another thread, as it is while a worker loads torch: Qt destroys a moment later

def open_next():
    if not todo:
        app.quit()
        return
    title, way = todo.pop(0)
    dock, _ = viewer.window.add_plugin_dock_widget("napari-decrappify", title)
    QTimer.singleShot(0, lambda: close(dock, way))

def close(dock, way):
    if way == "x":
        dock.title.close_button.click()
    else:
        dock.close()
        viewer.window.remove_dock_widget(dock)
    QTimer.singleShot(0, collect)

def collect():
    thread = threading.Thread(target=gc.collect)
    thread.start()
    thread.join()
    QTimer.singleShot(0, open_next)

QTimer.singleShot(0, open_next)
app.exec()
assert not todo
assert not notification_manager.records, notification_manager.records
"""


def test_every_dock_can_be_opened_and_closed_either_way(fresh_program, home, tmp_path, monkeypatch):
    monkeypatch.setenv("NAPARI_CONFIG", str(tmp_path / "settings.yaml"))
    assert len(TITLES) == 12
    fresh_program(OPEN_AND_CLOSE.format(titles=TITLES))


@pytest.mark.parametrize("file", sorted(PACKAGE.joinpath("widgets").rglob("*.py")), ids=lambda file: file.stem)
def test_qt_signals_are_connected_to_methods_alone(file):
    """PyQt holds a method weakly and forgets it with its object; a closure it calls when its cells are empty already.

    The fields' `changed` isn't Qt's: it lets a closure go with the field.
    """
    tree = ast.parse(file.read_text(encoding="utf-8"))
    inner = {
        function.name
        for outer in ast.walk(tree)
        if isinstance(outer, ast.FunctionDef)
        for function in ast.walk(outer)
        if isinstance(function, ast.FunctionDef) and function is not outer
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith(".connect"):
            slot = call.args[0]
            closure = not isinstance(slot, ast.Name | ast.Attribute) or ast.unparse(slot) in inner
            assert not closure or ast.unparse(call.func).endswith(".changed.connect"), ast.unparse(call)
