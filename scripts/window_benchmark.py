"""Measure how long napari's window is held up by the docks, and how long they take, with the bundled models.

Qt's event loop gets a tick every 5 ms; the longest time between two ticks is how long the window stood still. Each
row is from a fresh process. A dock that has just opened loads torch, and times its model, while the window rests: the
first run and the first preview come after that; "at once" is a run for which the button was pressed before. Adding an
image to napari takes its time too, whoever does it: the last column tells how much of the time to show a result that
is.

Usage: python scripts/window_benchmark.py [TABLE ...]  (without a screen, under xvfb-run; about three minutes)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

TICK = 5  # milliseconds
PATIENCE = 120.0  # seconds
SIDE = 1024
CHILD = "--child"
DOCKS = ("Crappify", "Upscale", "Restore", "Remove watermark", "Infill", "Colourise")
TASKS = ("Upscale", "Remove watermark", "Infill")


OF_RUN = ("seconds", "longest standstill, ms", "99th percentile, ms")
OF_RUNS = [f"{run} run: {figure}" for run in ("first", "next") for figure in OF_RUN]
TABLES = {
    "opening": ("Opening a dock", DOCKS, ["seconds"]),
    "warming": ("Getting ready after that", TASKS, OF_RUN),
    "running": (
        f"Running on {SIDE} x {SIDE} pixels",
        TASKS,
        [*OF_RUNS, "showing the result, ms", "of that napari's own, ms"],
    ),
    "at_once": ("The same at once, before the dock is ready", TASKS, OF_RUN),
    "previewing": ("Previewing 512 x 512 pixels", TASKS, ["first, seconds", "next, seconds"]),
}


def main(names: Sequence[str]) -> None:
    """Measure all of it, or some, and write it as tables, each row as soon as it is known."""
    for name in names or TABLES:
        title, docks, columns = TABLES[name]
        say(title, columns)
        for dock in docks:
            row(dock, measured(name, dock))


def say(title: str, columns: Sequence[str]) -> None:
    """Begin a Markdown table."""
    sys.stdout.write(f"\n{title}:\n\n| | {' | '.join(columns)} |\n| --- |{' --- |' * len(columns)}\n")


def row(name: str, figures: list[float]) -> None:
    """Write a row of it."""
    sys.stdout.write(f"| {name} | {' | '.join(f'{figure:.3g}' for figure in figures)} |\n")
    sys.stdout.flush()


def measured(what: str, title: str) -> list[float]:
    """Return what a function of this file measures in a process of its own, with napari's default settings."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NAPARI_CONFIG": str(Path(folder) / "settings.yaml")}
        command = [sys.executable, __file__, CHILD, what, title, str(Path(folder) / "figures.json")]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        return list(json.loads((Path(folder) / "figures.json").read_text(encoding="utf-8")))


def opening(title: str) -> list[float]:
    """Measure how long a dock takes to open."""
    viewer = window(photo())
    start = time.perf_counter()
    open_dock(viewer, title)
    return [time.perf_counter() - start]


def warming(title: str) -> list[float]:
    """Measure how long a dock takes from its opening until it says what a run takes."""
    _viewer, dock = opened(title)
    pulse = Pulse()
    start = time.perf_counter()
    live(lambda: says_what_it_takes(dock))
    gaps = pulse.gaps(start)
    return [time.perf_counter() - start, max(gaps), float(np.percentile(gaps, 99))]


def at_once(title: str) -> list[float]:
    """Measure a run that is started as soon as the dock is there."""
    viewer, dock = opened(title)
    pulse = Pulse()
    return list(run(viewer, dock, pulse)[:3])


def running(title: str) -> list[float]:
    """Measure two runs, and how long the window stands still when a result shows."""
    viewer, dock = ready(title)
    pulse = Pulse()
    (*first, shown), (*second, shown_again) = (run(viewer, dock, pulse) for _ in range(2))
    result = np.array(viewer.layers[-1].data)
    settle(0.5)
    start = time.perf_counter()
    viewer.add_image(result)
    settle(0.5)
    return [*first, *second, max(shown, shown_again), max(pulse.gaps(start))]


def previewing(title: str) -> list[float]:
    """Measure the first preview and the next."""
    viewer, dock = ready(title)
    viewer.scene.camera.zoom = 1.5 * min(viewer.canvas.size) / SIDE
    settle(0.5)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        dock.preview.native.click()
        wait(dock)
        seconds.append(time.perf_counter() - start)
    return seconds


class Pulse:
    """A timer that ticks whenever the event loop is free."""

    def __init__(self) -> None:
        from qtpy.QtCore import Qt, QTimer

        self._ticks = [time.perf_counter()]
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(lambda: self._ticks.append(time.perf_counter()))
        self._timer.start(TICK)

    def gaps(self, start: float, end: float = np.inf) -> Any:
        """Return the milliseconds between ticks from the last one before `start` to the first one after `end`."""
        ticks = np.array(self._ticks)
        return 1e3 * np.diff(ticks[max(0, np.searchsorted(ticks, start) - 1) : np.searchsorted(ticks, end) + 1])


def run(viewer: Any, dock: Any, pulse: Pulse) -> tuple[float, float, float, float]:
    """Press a dock's button; return the job's seconds, its longest and 99th percentile gap, and that of the showing."""
    added: list[float] = []
    viewer.layers.events.inserting.connect(lambda: added.append(time.perf_counter()))
    start = time.perf_counter()
    dock.run_button.start.native.click()
    wait(dock)
    settle(0.5)
    job, shown = pulse.gaps(start, added[0])[:-1], pulse.gaps(added[0])
    return added[0] - start, max(job), float(np.percentile(job, 99)), max(shown)


def ready(title: str) -> tuple[Any, Any]:
    """Return a viewer with what a task works on, and its dock when it says what a run takes."""
    viewer, dock = opened(title)
    live(lambda: says_what_it_takes(dock))
    settle(0.5)
    return viewer, dock


def says_what_it_takes(dock: Any) -> bool:
    """Tell whether a dock has timed its model."""
    return str(dock.estimate_label.value).endswith("of memory.")


def opened(title: str) -> tuple[Any, Any]:
    """Return a viewer with what a task works on, and its dock as soon as it shows."""
    from napari_decrappify import crappify

    image, mask = photo(), None
    if title == "Remove watermark":
        image = crappify(image, "stock-watermark", seed=2).image
    if title == "Infill":
        mask = crappify(image, "infill-freeform", seed=2).mask
    viewer = window(image)
    if mask is not None:
        viewer.add_labels(mask.astype(np.uint8), name="holes")
        settle(0.5)
    return viewer, open_dock(viewer, title)


def photo() -> Any:
    """Return scikit-image's astronaut in four mirror images."""
    import skimage.data

    half = np.concatenate([skimage.data.astronaut(), skimage.data.astronaut()[:, ::-1]], axis=1)
    return np.ascontiguousarray(np.concatenate([half, half[::-1]]))


def window(image: Any) -> Any:
    """Open napari with an image."""
    import napari

    viewer = napari.Viewer(show=True)
    viewer.window.resize(1240, 800)
    viewer.add_image(image, name="photo")
    settle(1.0)
    return viewer


def open_dock(viewer: Any, title: str) -> Any:
    """Open a dock as the menu does, and let it be drawn."""
    from qtpy.QtWidgets import QApplication

    _shell, dock = viewer.window.add_plugin_dock_widget("napari-decrappify", title)
    QApplication.processEvents()
    return dock


def wait(dock: Any) -> None:
    """Let the window live until a job has ended well."""
    end = time.perf_counter() + PATIENCE
    live(lambda: not dock.run_button.running or time.perf_counter() > end)
    if dock.run_button.note.value != "Done.":
        raise SystemExit(f"{type(dock).__name__}: {dock.run_button.note.value}")


def settle(seconds: float) -> None:
    """Let the window live for a while."""
    end = time.perf_counter() + seconds
    live(lambda: time.perf_counter() > end)


def live(until: Callable[[], bool]) -> None:
    """Run Qt's event loop until something holds."""
    from qtpy.QtCore import QEventLoop, QTimer

    loop, timer = QEventLoop(), QTimer()
    timer.timeout.connect(lambda: loop.quit() if until() else None)
    timer.start(TICK)
    loop.exec()


def child(words: Iterable[str]) -> None:
    """Measure one thing, and write the figures into a file."""
    what, title, path = words
    measure = {
        "opening": opening,
        "warming": warming,
        "running": running,
        "at_once": at_once,
        "previewing": previewing,
    }
    figures = measure[what](title)
    Path(path).write_text(json.dumps(figures), encoding="utf-8")
    os._exit(0)  # without a word of napari's about windows that are open


if __name__ == "__main__":
    child(sys.argv[2:]) if CHILD in sys.argv else main(sys.argv[1:])
