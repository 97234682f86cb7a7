"""Examples of what a crappifier makes of a layer: six small pictures, each of another seed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from magicgui.widgets import Container, PushButton, Widget
from napari.layers import Image
from PIL import Image as Picture
from qtpy.QtCore import QSize
from qtpy.QtGui import QIcon, QImage, QPixmap
from qtpy.QtWidgets import QButtonGroup, QGridLayout, QToolButton, QWidget

from ...degrade import Crappifier, crappify
from ...errors import DecrappifyError, InvalidParameterError
from ...layers import (
    Region,
    current_plane,
    source_of,
    visible,
)
from ..base.fields import SEED_MAXIMUM, Text
from ..jobs.background import Background

if TYPE_CHECKING:
    import napari.viewer

COLUMNS, ROWS = 3, 2
LARGEST = 1000
"""Longest side of what is made worse for an example: six of them in about a second."""
SHOWN = 160
"""Pixels of the image, along each side, that an example shows."""
SIDE = 94
"""Pixels of an example on the screen."""


@dataclass(frozen=True)
class Request:
    """What to make examples of, taken from layers and fields on the GUI thread.

    Parameters
    ----------
    layer : Image
        What is made worse.
    region : Region
        The part of it that is.
    centre : (y, x)
        The pixel in the middle of the examples, counted in the region.
    crappifier : str or Crappifier
        What happens.
    seeds : sequence of int
        One an example.
    keywords : mapping
        Of `crappify`.
    """

    layer: Image
    region: Region
    centre: tuple[int, int]
    crappifier: str | Crappifier
    seeds: tuple[int, ...]
    keywords: Mapping[str, Any]

    def work(self) -> Callable[[], list[tuple[int, npt.NDArray[np.uint8]]]]:
        """Return what makes the examples, in another thread: (seed, 8-bit RGB picture) for each."""
        source, show = source_of(self.layer, self.region), _shown_as(self.layer)

        def make() -> list[tuple[int, npt.NDArray[np.uint8]]]:
            pixels, examples = np.asarray(source.array), []
            for seed in self.seeds:
                worse = crappify(pixels, self.crappifier, seed=seed, rgb=source.rgb, **self.keywords).image
                plane = worse[(0,) * len(source.layout.leading)]
                examples.append((seed, show(_around(plane, self.centre, source.layout.yx))))
            return examples

        return make


class Examples(Container[Widget]):
    """A button, and six pictures to choose a seed by.

    Parameters
    ----------
    request : callable
        Returns the `Request` as it stands; its errors are shown. It is called with whether other seeds are wanted.
    choose : callable
        Called with the seed of the example that is clicked.
    """

    def __init__(self, request: Callable[[bool], Request], choose: Callable[[int], None]) -> None:
        self._request, self._choose = request, choose
        self.button = PushButton(
            text="Show six examples",
            name="button",
            tooltip="Try it on what the window shows, with six seeds. Click on one to take its seed.",
        )
        self.note = Text(name="note", visible=False)
        super().__init__(widgets=[self.button, self.note], labels=False, name="examples")
        self.margins = (0, 0, 0, 0)
        self.pictures = [QToolButton() for _ in range(COLUMNS * ROWS)]
        self.grid = self._grid()
        self._background = Background(self, self._on_state)
        self._again = False
        self.button.changed.connect(self._on_button)

    @property
    def busy(self) -> bool:
        """Whether examples are being made."""
        return self._background.busy

    def refresh(self, *_: Any) -> None:
        """Make the examples that show again, as something has changed; the seeds stay."""
        self._again = self.busy
        if not self.grid.isHidden() and not self.busy:
            self.show_some(anew=False)

    def show_some(self, *, anew: bool) -> None:
        """Make examples, with other seeds if they are to be `anew`, and show them when they are there."""
        try:
            work = self._request(anew).work()
        except DecrappifyError as error:
            self._background.fail(error)
            return
        self._background.do(work, self._show)

    def _grid(self) -> QWidget:
        grid = QWidget()
        clicks = QButtonGroup(grid)
        clicks.idClicked.connect(self._on_picture)
        layout = QGridLayout(grid)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        for number, picture in enumerate(self.pictures):
            picture.setIconSize(QSize(SIDE, SIDE))
            picture.setFixedSize(SIDE + 4, SIDE + 4)
            clicks.addButton(picture, number)
            layout.addWidget(picture, number // COLUMNS, number % COLUMNS)
        grid.setVisible(False)
        self.native.layout().addWidget(grid)
        return grid

    def _on_button(self) -> None:
        self.show_some(anew=True)

    def _on_picture(self, number: int) -> None:
        self._choose(self.pictures[number].property("seed"))

    def _show(self, examples: list[tuple[int, npt.NDArray[np.uint8]]]) -> None:
        for picture, (seed, pixels) in zip(self.pictures, examples, strict=True):
            height, width = pixels.shape[:2]
            image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
            picture.setIcon(QIcon(QPixmap.fromImage(image.copy())))
            picture.setProperty("seed", seed)
            picture.setToolTip(f"Seed {seed}: click to take it.")
        self.grid.setVisible(True)
        if self._again:
            self.refresh()

    def _on_state(self, busy: bool, problem: str) -> None:
        self.button.enabled = not busy
        self.note.value, self.note.visible = problem, bool(problem)


def request_of(
    layer: Image, viewer: napari.viewer.Viewer, crappifier: str | Crappifier, seed: int, keywords: Mapping[str, Any]
) -> Request:
    """Return the request for examples of the plane that shows, around the middle of what shows of it.

    Parameters
    ----------
    layer, viewer
        The layer, and the viewer that shows it.
    crappifier : str or Crappifier
        What happens.
    seed : int
        Of the first example; the others follow it.
    keywords : mapping
        Of `crappify`, apart from the seed.

    Raises
    ------
    InvalidParameterError
        If the layer has no plane where the sliders are.
    """
    plane = current_plane(layer, viewer)
    try:
        seen = visible(layer, viewer)
    except InvalidParameterError:  # nothing of it shows: then its middle
        seen = plane
    middle = [(start + stop) // 2 for start, stop in seen.bounds[-2:]]
    box = [_span(at, LARGEST, stop) for at, (_, stop) in zip(middle, plane.bounds[-2:], strict=True)]
    centre = (middle[0] - box[0][0], middle[1] - box[1][0])
    seeds = tuple((seed + number) % (SEED_MAXIMUM + 1) for number in range(COLUMNS * ROWS))
    return Request(layer, Region((*plane.bounds[:-2], *box)), centre, crappifier, seeds, keywords)


def _span(middle: int, length: int, size: int) -> tuple[int, int]:
    """Return start and stop of a stretch around a place, inside of 0 to `size`."""
    start = min(max(middle - length // 2, 0), max(size - length, 0))
    return start, min(start + length, size)


def _around(plane: npt.NDArray[Any], centre: tuple[int, int], yx: tuple[int, int]) -> npt.NDArray[Any]:
    """Cut the stretch around a centre, counted in an image of size `yx`, out of what became of that image."""
    cuts = []
    for at, before, after in zip(centre, yx, plane.shape[:2], strict=True):
        length = max(round(min(SHOWN, before) * after / before), 1)
        cuts.append(slice(*_span(at * after // before, length, after)))
    cut: npt.NDArray[Any] = plane[tuple(cuts)]
    return cut


def _shown_as(layer: Image) -> Callable[[npt.NDArray[Any]], npt.NDArray[np.uint8]]:
    """Return what turns pixels into the colours in which napari shows the layer, as large as an example."""
    rgb, (low, high), colormap = bool(layer.rgb), layer.contrast_limits, layer.colormap

    def show(pixels: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        if rgb:
            unit = pixels[..., :3] / (255 if pixels.dtype == np.uint8 else 1)
        else:
            unit = colormap.map(np.clip((pixels.astype(np.float64) - low) / ((high - low) or 1), 0, 1).ravel())
            unit = unit.reshape(*pixels.shape, 4)[..., :3]
        picture = Picture.fromarray(np.rint(np.clip(unit, 0, 1) * 255).astype(np.uint8))
        times = SIDE / max(picture.size)
        size = (max(round(picture.width * times), 1), max(round(picture.height * times), 1))
        how = Picture.Resampling.NEAREST if times > 1 else Picture.Resampling.BOX
        return np.asarray(picture.resize(size, how))

    return show
