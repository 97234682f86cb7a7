from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import threading
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import psutil
import pytest
from napari.components import ViewerModel
from napari.utils import progress
from napari.utils._proxies import PublicOnlyProxy
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication

HERE = Path(__file__).parent
WITHOUT_DISPLAY = sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def pytest_collection_modifyitems(items):
    """napari can't show an image without a display; `make test` starts a virtual one (xvfb-run)."""
    if WITHOUT_DISPLAY:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="needs a display: run it with xvfb-run"))


@pytest.fixture(scope="session", autouse=True)
def plugins_are_read_once():
    """Each new viewer looks for plugins; their manifests say the same each time."""
    from npe2 import PluginManifest

    found = list(PluginManifest.discover())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PluginManifest, "discover", lambda *_, **__: iter(found))
        yield


@pytest.fixture(scope="session", autouse=True)
def docks_find_loaded_what_they_need():
    """So that no test waits for it; tests of its absence start programs of their own."""
    from napari_decrappify.widgets.jobs.warm_up import load

    load()


@pytest.fixture(scope="session", autouse=True)
def napari_does_no_more_than_it_must():
    """It collects all garbage at each layer that goes, for drivers of Windows, and saves its settings at each dock."""
    from napari._vispy import canvas
    from napari.settings import NapariSettings

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(canvas, "gc", SimpleNamespace(collect=lambda: 0))
        patch.setattr(NapariSettings, "save", lambda *_, **__: None)
        yield


@pytest.fixture(autouse=True)
def nothing_goes_on():
    """After each test, let what still runs in threads come to its end: no test meets the work of another."""
    yield
    from qtpy.QtCore import QThreadPool
    from superqt.utils._qthreading import WorkerBase

    for worker in list(WorkerBase._worker_set):
        worker.quit()
    QThreadPool.globalInstance().waitForDone(10_000)


PROGRAM = """
import os, sys, warnings
warnings.simplefilter("ignore")
from qtpy.QtWidgets import QApplication
app = QApplication([])
{code}
os._exit(0)
"""
"""It leaves before the interpreter is cleared away: in about one of 40 such ends PyQt6's own `cleanup_on_exit`, which
looks at all that was ever made in Qt, reads what is no longer there, and the process dies of it (PyQt6 6.11)."""


@pytest.fixture
def fresh_program():
    """Return what runs code in an interpreter of its own that has a QApplication, `app`, and hands on its errors."""

    def run(code):
        program = [sys.executable, "-c", PROGRAM.format(code=code)]
        done = subprocess.run(program, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, done.stderr[-2000:]

    return run


class Clipboard:
    """A clipboard of this process alone; two that test at once share the screen's, and take it from each other."""

    def __init__(self):
        self._text = ""

    def setText(self, text):  # noqa: N802
        self._text = text

    def text(self):
        return self._text


@pytest.fixture(autouse=True)
def clipboard(monkeypatch):
    """Give each test a clipboard that nobody else writes to."""
    from qtpy.QtWidgets import QApplication

    own = Clipboard()
    monkeypatch.setattr(QApplication, "clipboard", lambda: own)
    return own


@pytest.fixture
def done_again(clipboard, tmp_path, monkeypatch):
    """Save an image where the script on the clipboard waits for one, run it, and return what it writes beside it."""
    from napari_decrappify.files import read_image, write_image

    def run(image):
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        monkeypatch.chdir(folder)
        write_image(folder / "image.tif", image)
        exec(compile(clipboard.text(), "copied", "exec"), {})
        (written,) = set(folder.iterdir()) - {folder / "image.tif"}
        return read_image(written).array

    return run


@pytest.fixture(scope="session")
def window(qapp):
    """A window for all tests that need none of their own: to make one and to clear it away takes 0.4 s."""
    import napari
    from napari._qt.qt_viewer import QtViewer
    from napari._qt.threads.status_checker import StatusChecker

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StatusChecker, "start", lambda *_: None)
        viewer = napari.Viewer(show=False, show_welcome_screen=False)
        QtViewer._instances.clear()  # napari's own fixture takes one that it didn't make for left over
        yield viewer
        viewer.close()


@pytest.fixture
def viewer(request):
    """An empty viewer, as a plugin sees it: the one of these kinds that the test, or else its file, says it uses."""
    kinds = [name for name in ("own_viewer", "shared_viewer", "bare_viewer") if name in request.fixturenames]
    return request.getfixturevalue(kinds[0] if kinds else "shared_viewer")


@pytest.fixture
def bare_viewer(qapp, home, monkeypatch):
    """An empty viewer without a window, where only layers and docks count: it takes a quarter of the time."""
    monkeypatch.setenv("NAPARI_ENSURE_PLUGIN_MAIN_THREAD", "True")
    return PublicOnlyProxy(ViewerModel())


@pytest.fixture
def own_viewer(make_napari_viewer_proxy, home):
    """An empty viewer with a window of its own, for tests that close it or leave something behind."""
    return make_napari_viewer_proxy()


@pytest.fixture
def shared_viewer(window, home, monkeypatch):
    """An empty viewer whose window other tests have used and will use."""
    monkeypatch.setenv("NAPARI_ENSURE_PLUGIN_MAIN_THREAD", "True")
    for bar in list(progress._all_instances):  # of docks that a test before has left to be cleared away
        bar.close()
    yield PublicOnlyProxy(window)
    window.window.remove_dock_widget("all")
    window.layers.clear()
    window.dims.ndisplay = 2
    assert window.dims.ndim == 2


@pytest.fixture
def open_dock(viewer):
    """Open a dock in the viewer, as the plugin menu does, or beside one that has no window."""
    beside = []

    def open_it(kind):
        dock = kind(viewer)
        if hasattr(viewer, "window"):
            viewer.window.add_dock_widget(dock, name=kind.__name__)
        else:
            beside.append(dock.native)
        return dock

    yield open_it
    for native in beside:
        with suppress(RuntimeError):  # the test has deleted it
            native.deleteLater()
            QApplication.sendPostedEvents(native, QEvent.Type.DeferredDelete)


@pytest.fixture
def open_with(open_dock, request):
    """Open a dock with the tiny model that a fixture makes, on the CPU."""

    def open_it(kind, fixture):
        name = request.getfixturevalue(fixture)
        dock = open_dock(kind)
        dock.model.value, dock.fields["device"].value = name, "cpu"
        return dock

    return open_it


@pytest.fixture
def finish(qtbot):
    """Press Run and wait until the job has ended."""

    def run(dock, timeout=30_000):
        dock.run_button.start.native.click()
        qtbot.waitUntil(lambda: not dock.run_button.running, timeout=timeout)

    return run


@pytest.fixture
def may_go():
    """Lets a job go on that `midway` holds."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def midway(qtbot, may_go):
    """Press a button of a dock, and return when its job has done something, and is held there."""

    def press(dock, button=None):
        job = dock.job
        dock.job = lambda: held(job(), may_go)
        (button or dock.run_button.start).native.click()
        qtbot.waitUntil(lambda: dock.run_button.bar.value >= 1, timeout=30_000)
        assert dock.run_button.running

    return press


def held(job, may_go):
    try:
        while True:
            step = next(job)
            yield step
            assert not step.done or may_go.wait(60)
    except StopIteration as end:
        return end.value
    finally:
        job.close()


@pytest.fixture
def notices(monkeypatch):
    """The messages of napari's notifications, instead of pop-ups."""
    from napari.utils.notifications import notification_manager

    seen = []
    notification_manager.notification_ready.connect(lambda notification: seen.append(notification.message))
    monkeypatch.setattr(notification_manager, "records", [])
    yield seen
    notification_manager.notification_ready.disconnect()


@pytest.fixture
def until(qtbot):
    """Wait until something holds: importing torch in a process takes long on a busy machine."""
    return lambda condition: qtbot.waitUntil(lambda: bool(condition()), timeout=120_000)


@pytest.fixture
def cells(viewer):
    """Three pictures with edges, as layers."""
    y, x = np.mgrid[:96, :96] / 96
    for seed in range(3):
        rng = np.random.default_rng(seed)
        drawn = (y + x) * 90
        for top, left in rng.integers(0, 76, (6, 2)):
            drawn[top : top + 20, left : left + 12] = rng.integers(0, 255)
        viewer.add_image(drawn.astype(np.uint8), name=f"cells {seed}")


@pytest.fixture
def set_up():
    """Check all layers in a fine-tuning dock, and set the recipe of a tiny net, with changes."""

    def set_it_up(dock, changes):
        for layer in dock.viewer.layers:
            dock.pictures.layers.check(layer)
        dock.pictures.patch.value = 32
        dock.form.finer["device"].value, dock.form.finer["precision"].value = "cpu", "fp32"
        small = {"evaluation.every": 4, "evaluation.pictures": 2, "data.workers": 0, "data.batch": 2}
        for path, value in {**small, **changes}.items():
            dock.form.settings.field(path).value = value
        return dock

    return set_it_up


@pytest.fixture
def fine_tune_dock(open_dock, cells, tiny_upscaler, set_up, monkeypatch):
    """A dock with all pictures checked, whose training lasts until it is stopped."""
    from napari_decrappify.widgets.fine_tune.dock import FineTuneDock

    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    return set_up(open_dock(FineTuneDock), {"stages.0.steps": 100_000, "stages.0.lr": "2e-3", "evaluation.every": 100})


@pytest.fixture
def gone():
    """Tell whether a process has ended, however short ago."""

    def ended(process: psutil.Process) -> bool:
        try:
            return process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    return ended


@pytest.fixture
def drop():
    """Drag files over a dock and let them go; return whether it takes them."""
    from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
    from qtpy.QtGui import QDragEnterEvent, QDropEvent
    from qtpy.QtWidgets import QApplication

    how = (Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)

    def drop_them(dock, *paths):
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        enter = QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, data, *how)
        enter.ignore()
        QApplication.sendEvent(dock.native, enter)
        if enter.isAccepted():
            QApplication.sendEvent(dock.native, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, data, *how))
        return enter.isAccepted()

    return drop_them
