"""Prove the fine-tuning dock: press its buttons in a napari window, and print what came of it.

(a) upscale, on micrographs, to four times their size: held-out PSNR at least 0.5 dB above the bundled model, on the
    clean reductions that it was made for
(b) a logo that the bundled watermark model has never seen, on ten photos: at least 3 dB more where it was
(c) the training process is killed midway, the run resumed with the button, and finished
(d) as (a), to twice the size, with micrographs as a camera with half the pixels and little light takes them

Usage: python scripts/fine_tune_proof.py [--minutes 5] [--only a b c d] [--micrographs FOLDER] [--photos FOLDER]
       [--pictures FOLDER]  (without a screen, under xvfb-run; the data are not part of the repository)
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import napari
import numpy as np
import numpy.typing as npt
import psutil
from PIL import Image
from qtpy.QtWidgets import QApplication

from napari_decrappify.degrade import (
    Crappifier,
    GaussianNoise,
    PixelBinning,
    PoissonNoise,
    StampPicture,
)
from napari_decrappify.finetuning import Run, open_run
from napari_decrappify.widgets.fine_tune.dock import MODEL, FineTuneDock
from napari_decrappify.widgets.fine_tune.pictures_form import FOLDER, OWN

DATA = Path(__file__).parents[2] / "shared" / "data"
WINDOW = (1300, 900)
PHOTOS = 10
LONGEST_SIDE = 512
WANTED = {"a": 0.5, "b": 3.0, "d": 0.5}
LOW_LIGHT = Crappifier((PixelBinning(2), PoissonNoise((30, 200)), GaussianNoise((1, 3))))
"""Pixels of twice the side, 30 to 200 photons where the picture is white, and the noise of reading them out."""
SLACK = 180.0
"""Seconds that a training may take beyond its minutes: to start, to judge, to save."""


def main() -> int:
    """Do what was asked for; return 1 if any of it falls short."""
    asked = arguments()
    os.environ.setdefault("DECRAPPIFY_HOME", tempfile.mkdtemp(prefix="decrappify-proof-"))
    asked.pictures.mkdir(parents=True, exist_ok=True)
    parts = {"a": micrographs, "b": logo, "c": kill_and_resume, "d": low_light}
    results = [parts[name](asked) for name in asked.only]
    return 0 if all(results) else 1


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--only", nargs="+", choices=["a", "b", "c", "d"], default=["a", "b", "c"])
    parser.add_argument("--micrographs", type=Path, default=DATA / "microscopy" / "train")
    parser.add_argument("--photos", type=Path, default=DATA / "photos" / "val")
    parser.add_argument("--pictures", type=Path, default=Path(tempfile.gettempdir()) / "fine-tune-proof")
    return parser.parse_args()


def micrographs(asked: argparse.Namespace) -> bool:
    """Part (a): the folder is learned from, with what the model learned from."""
    window = Window(asked)
    window.dock.pictures.source.value = FOLDER
    window.dock.pictures.folder.value = asked.micrographs
    window.dock.form.base.value = "upscale-x4"
    return window.trained("a", "micrographs-x4")


def low_light(asked: argparse.Namespace) -> bool:
    """Part (d): the folder is learned from, with a composition that does what the camera does."""
    window = Window(asked)
    window.dock.pictures.source.value = FOLDER
    window.dock.pictures.folder.value = asked.micrographs
    window.dock.pictures.side.value = OWN
    window.dock.pictures.composition.value = LOW_LIGHT
    return window.trained("d", "micrographs-x2")


def logo(asked: argparse.Namespace) -> bool:
    """Part (b): ten photos as layers, and a stamp of a drawn logo as the composition."""
    window = Window(asked)
    for number, photo in enumerate(photos(asked.photos)):
        window.viewer.add_image(photo, name=f"photo {number}", rgb=True)
    dock = window.dock
    dock.task.value = "watermark"
    for layer in window.viewer.layers:
        dock.pictures.layers.check(layer)
    dock.pictures.side.value = OWN
    dock.pictures.composition.value = Crappifier((StampPicture.of(drawn_logo(), opacity=(0.5, 0.5), count=(2, 2)),))
    return window.trained("b", "without-my-logo")


def kill_and_resume(asked: argparse.Namespace) -> bool:
    """Part (c): kill the process midway, press Resume, and let it finish."""
    window = Window(asked)
    window.dock.pictures.source.value = FOLDER
    window.dock.pictures.folder.value = asked.micrographs
    run = window.start("killed-midway")
    training = window.dock.trainings[0]
    window.wait(lambda: len(run.history) > 1 and bool(training.learned))
    psutil.Process(training.pid).kill()
    window.wait(lambda: not window.dock.trainings)
    judged, state = len(run.history), run.state
    window.wait(lambda: window.dock.runs.pause.enabled)
    window.dock.runs.pause.native.click()
    window.wait(lambda: bool(window.dock.trainings))
    window.wait(lambda: not window.dock.trainings)
    passed = state == "unfinished" and run.state == "finished" and len(run.history) > judged
    tell(f"c: killed after {judged} evaluations ({state}); resumed: {run.state} after {len(run.history)}. {run.note}")
    window.close()
    return passed


class Window:
    """A napari window with the fine-tuning dock."""

    def __init__(self, asked: argparse.Namespace) -> None:
        self._pictures, self._minutes = asked.pictures, asked.minutes
        self._longest = 0.0
        self.viewer = napari.Viewer(title="napari", show=True)
        self.viewer.window.resize(*WINDOW)
        self.dock = FineTuneDock(self.viewer)
        self.viewer.window.add_dock_widget(self.dock, name="Fine-tune (Decrappify)")

    def trained(self, part: str, name: str) -> bool:
        """Train, with pictures before, during and after; print the figures, and tell whether they suffice."""
        self.dock.pictures.examples.show_some()
        self.settle(5)
        self.picture(f"{part}-before")
        run = self.start(name)
        self._longest = 0.0
        middle = time.monotonic() + 30 * self._minutes
        self.wait(lambda: not self.dock.trainings or time.monotonic() > middle)
        self.picture(f"{part}-during")
        self.wait(lambda: not self.dock.trainings)
        longest = self._longest
        self.settle(3)
        self.picture(f"{part}-after")
        rows = run.history
        best = max(rows, key=lambda row: row.score)
        gain = best.psnr - rows[0].psnr
        unit = "dB where it was covered" if part == "b" else "dB"
        tell(
            f"{part}: {rows[0].psnr:.2f} -> {best.psnr:.2f} {unit} held out ({gain:+.2f}, wanted {WANTED[part]:+.2f}), "
            f"{rows[0].psnr_input:.2f} untouched; {best.step} of {rows[-1].step} steps, {rows[-1].seconds:.0f} s; "
            f"meanwhile the window was busy for {1000 * longest:.0f} ms at the longest"
        )
        tell(f"   {self.dock.note.value}")
        self.close()
        return gain >= WANTED[part]

    def start(self, name: str) -> Run:
        """Press Start, and return the run."""
        self.dock.tabs.setCurrentIndex(MODEL)
        self.dock.form.minutes.value = self._minutes
        self.dock.form.name_field.value = name
        self.settle(1)
        if not self.dock.start.enabled:
            raise SystemExit(self.dock.estimate_text.value)
        self.dock.start.native.click()
        self.wait(lambda: not self.dock.trainings or self.dock.trainings[0].run is not None)
        if not self.dock.trainings:
            raise SystemExit(self.dock.note.value)
        run = self.dock.trainings[0].run
        if run is None:
            raise SystemExit("The training didn't begin.")
        return open_run(run.folder)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Let the window live until something holds."""
        end = time.monotonic() + 60 * self._minutes + SLACK
        while not condition():
            if time.monotonic() > end:
                raise SystemExit(f"It took too long: {self.dock.runs.status.value} {self.dock.note.value}")
            self.settle(0.2)

    def settle(self, seconds: float) -> None:
        """Let Qt draw and answer for a while; note the longest time in a training that it did nothing else."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            started = time.monotonic()
            QApplication.processEvents()
            if self.dock.trainings:  # when the last has ended, napari draws its notice
                self._longest = max(self._longest, time.monotonic() - started)
            time.sleep(0.005)

    def picture(self, name: str) -> None:
        """Save what the window shows; what that takes isn't the dock's."""
        longest = self._longest
        self.viewer.screenshot(str(self._pictures / f"{name}.png"), canvas_only=False, flash=False)
        self.settle(0.5)
        self._longest = longest

    def close(self) -> None:
        """Close the window."""
        self.viewer.close()
        self.settle(0.3)


def photos(folder: Path) -> list[npt.NDArray[np.uint8]]:
    """Return the first photos of a folder, reduced to a handy size."""
    found = []
    for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in (".jpg", ".jpeg", ".png")):
        photo = Image.open(path).convert("RGB")
        photo.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        found.append(np.asarray(photo))
        if len(found) == PHOTOS:
            return found
    raise SystemExit(f"Expected {PHOTOS} photos in {folder}, got {len(found)}.")


def drawn_logo() -> npt.NDArray[np.uint8]:
    """Draw a logo, (72, 96, 4): two rings and a bar through them, in two colours."""
    y, x = np.mgrid[:72, :96]
    rings = [np.abs(np.hypot(y - 36, x - centre) - 24) < 5 for centre in (34, 62)]
    bar = np.abs(y - 36) < 4
    drawn = np.zeros((72, 96, 4), np.uint8)
    drawn[rings[0]] = (240, 200, 40, 255)
    drawn[rings[1]] = (30, 120, 220, 255)
    drawn[bar] = (250, 250, 250, 255)
    return drawn


def tell(text: str) -> None:
    """Print a line at once."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
