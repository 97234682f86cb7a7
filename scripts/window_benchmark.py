"""Measure how long napari's window is held up by the docks, and how long they take, with the bundled models.

Qt's event loop gets a tick every 5 ms; the longest time between two ticks is how long the window stood still. Each
number is from a fresh process: the first run loads torch. Adding an image to napari takes its time too, whoever does
it: the last table tells how much of the time to show a result that is.

Usage: python scripts/window_benchmark.py  (without a screen, under xvfb-run; about two minutes)
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numpy as np

TICK = 5  # milliseconds
PATIENCE = 120.0  # seconds
SIDE = 1024
DOCKS = ("Crappify", "Upscale", "Restore", "Remove watermark", "Infill", "Colourise")
TASKS = ("Upscale", "Remove watermark", "Infill")
Row = dict[str, float]


def main() -> None:
    """Measure everything, and write it as tables."""
    opened = {dock: measured("opening", dock) for dock in DOCKS}
    say("Time to open a dock", opened, {"seconds": "seconds"})
    ran = {task: measured("running", task) for task in TASKS}
    job = {"seconds": "seconds", "worst": "longest standstill, ms", "p99": "99th percentile, ms"}
    for run in ("first", "second"):
        say(f"The {run} run on {SIDE} x {SIDE} pixels", {task: ran[task][run] for task in TASKS}, job)
    shown = {task: ran[task]["shown"] for task in TASKS}
    say("Showing the result", shown, {"worst": "longest standstill, ms", "napari": "of that napari's own, ms"})
    previewed = {task: measured("previewing", task) for task in TASKS}
    say("A preview of 512 x 512 pixels", previewed, {"first": "the first, seconds", "second": "the next, seconds"})


def say(title: str, rows: dict[str, Row], columns: dict[str, str]) -> None:
    """Write a Markdown table."""
    lines = [f"{title}:", "", f"| | {' | '.join(columns.values())} |", "| --- |" + " --- |" * len(columns)]
    lines += [f"| {name} | {' | '.join(f'{row[key]:.3g}' for key in columns)} |" for name, row in rows.items()]
    sys.stdout.write("\n".join(lines) + "\n\n")
    sys.stdout.flush()


def measured(what: str, title: str) -> Any:
    """Return what a function of this file measures in a process of its own, with napari's default settings."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NAPARI_CONFIG": str(Path(folder) / "settings.yaml")}
        command = [sys.executable, __file__, what, title, str(Path(folder) / "figures.json")]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        return json.loads((Path(folder) / "figures.json").read_text(encoding="utf-8"))


def opening(title: str) -> Row:
    """Measure how long a dock takes to open."""
    viewer = window(photo())
    start = time.perf_counter()
    open_dock(viewer, title)
    return {"seconds": time.perf_counter() - start}


def running(title: str) -> dict[str, Row]:
    """Measure two runs, and how long the window stands still when the result shows."""
    viewer, dock = ready(title)
    pulse = Pulse()
    first, second = (run(viewer, dock, pulse) for _ in range(2))
    result = np.array(viewer.layers[-1].data)
    settle(0.5)
    start = time.perf_counter()
    viewer.add_image(result)
    settle(0.5)
    shown = {"worst": max(first.pop("shown"), second.pop("shown")), "napari": max(pulse.gaps(start))}
    return {"first": first, "second": second, "shown": shown}


def previewing(title: str) -> Row:
    """Measure the first preview, which loads torch, and the next."""
    viewer, dock = ready(title)
    viewer.scene.camera.zoom = 1.5 * min(viewer.canvas.size) / SIDE
    settle(0.5)
    seconds = []
    for _ in range(2):
        start = time.perf_counter()
        dock.preview.native.click()
        wait(dock)
        seconds.append(time.perf_counter() - start)
    return {"first": seconds[0], "second": seconds[1]}


class Pulse:
    """A timer that ticks whenever the event loop is free."""

    def __init__(self) -> None:
        from qtpy.QtCore import Qt, QTimer

        self._ticks: list[float] = []
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(lambda: self._ticks.append(time.perf_counter()))
        self._timer.start(TICK)

    def gaps(self, start: float, end: float = np.inf) -> Any:
        """Return the milliseconds between ticks from the last one before `start` to the first one after `end`."""
        ticks = np.array(self._ticks)
        return 1e3 * np.diff(ticks[max(0, np.searchsorted(ticks, start) - 1) : np.searchsorted(ticks, end) + 1])


def run(viewer: Any, dock: Any, pulse: Pulse) -> Row:
    """Press a dock's button; return how long the job took, and how long the window stood still."""
    added: list[float] = []
    viewer.layers.events.inserting.connect(lambda: added.append(time.perf_counter()))
    start = time.perf_counter()
    dock.run_button.start.native.click()
    wait(dock)
    settle(0.5)
    job, shown = pulse.gaps(start, added[0])[:-1], pulse.gaps(added[0])
    seconds = added[0] - start
    return {"seconds": seconds, "worst": max(job), "p99": float(np.percentile(job, 99)), "shown": max(shown)}


def ready(title: str) -> tuple[Any, Any]:
    """Return a viewer with what a task works on, and its dock."""
    from napari_decrappify import crappify

    image, mask = photo(), None
    if title == "Remove watermark":
        image = crappify(image, "stock-watermark", seed=2).image
    if title == "Infill":
        mask = crappify(image, "infill-freeform", seed=2).mask
    viewer = window(image)
    dock = open_dock(viewer, title)
    if mask is not None:
        viewer.add_labels(mask.astype(np.uint8), name="holes")
    settle(0.5)
    return viewer, dock


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
    figures = {"opening": opening, "running": running, "previewing": previewing}[what](title)
    Path(path).write_text(json.dumps(figures), encoding="utf-8")
    os._exit(0)  # without a word of napari's about windows that are open


if __name__ == "__main__":
    child(sys.argv[1:]) if len(sys.argv) > 1 else main()
