from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
WITHOUT_DISPLAY = sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def pytest_collection_modifyitems(items):
    """napari can't show an image without a display; `make test` starts a virtual one (xvfb-run)."""
    if WITHOUT_DISPLAY:
        for item in items:
            if HERE in item.path.parents:
                item.add_marker(pytest.mark.skip(reason="needs a display: run it with xvfb-run"))


@pytest.fixture
def viewer(make_napari_viewer_proxy, home):
    """An empty viewer, as a plugin sees it, and an empty user's model folder."""
    return make_napari_viewer_proxy()


@pytest.fixture
def open_dock(viewer):
    """Open a dock in the viewer, as the plugin menu does."""

    def open_it(kind):
        dock = kind(viewer)
        viewer.window.add_dock_widget(dock, name=kind.__name__)
        return dock

    return open_it


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
def notices(monkeypatch):
    """The messages of napari's notifications, instead of pop-ups."""
    from napari.utils.notifications import notification_manager

    seen = []
    notification_manager.notification_ready.connect(lambda notification: seen.append(notification.message))
    monkeypatch.setattr(notification_manager, "records", [])
    yield seen
    notification_manager.notification_ready.disconnect()
