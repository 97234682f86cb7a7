"""Contact sheets: what was given, what each method made of it, and the target, for people to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from ..files import write_image
from ..panels import enlarge, side_by_side
from ..quality import luma
from .cases import Case
from .photos import Picture
from .scores import Score
from .suite import Suite

PANEL = 256
SUFFIX = ".jpg"
Row: TypeAlias = list[tuple[str, Picture]]
Window: TypeAlias = tuple[slice, slice]


class Album:
    """Rows of pictures, a sheet for each model: given | the model | the others | target."""

    def __init__(self) -> None:
        self._rows: dict[str, list[Row]] = {}

    def add(
        self, suite: Suite, case: Case, scores: Sequence[Score], results: Mapping[str, Picture], number: int
    ) -> None:
        """Add a row to the sheet of every model that took part.

        Parameters
        ----------
        suite, case
            What was done; the suite says which part is shown.
        scores : sequence of Score
            All that took part.
        results : mapping
            What those made of the case that did it, by name.
        number : int
            The picture's, by which its figures are found.
        """
        window = _window(suite, case)
        took_part = [score for score in scores if score.method.name in results]
        panels = {
            score.method: (_caption(score, number), _panel(results[score.method.name], window, suite.zoom))
            for score in took_part
        }
        idle = [panel for one, panel in panels.items() if one.idle]
        given = idle or [("given", _panel(enlarge(case.given, case.scale), window, suite.zoom))]
        others = [panel for one, panel in panels.items() if not one.ours and not one.idle]
        target = ("target", _panel(case.target, window, suite.zoom))
        for one, panel in panels.items():
            if one.ours:
                self._rows.setdefault(one.name, []).append([*given, panel, *others, target])

    def write(self, folder: Path) -> list[Path]:
        """Write a sheet for each model into a folder; return their paths."""
        paths = []
        for name, rows in self._rows.items():
            paths.append(folder / f"{name}{SUFFIX}")
            write_image(paths[-1], side_by_side(rows))
        return paths


def _caption(score: Score, number: int) -> str:
    """Return the name without the library, and the first figure."""
    column, value = next(iter(score.figures[number].items()))
    return f"{score.method.name.split(' (')[0]}: {value:.1f}" + (" dB" if column.endswith("dB") else "")


def _window(suite: Suite, case: Case) -> Window:
    """Return the part that is shown: the central square, or what has most damage or else most detail."""
    y, x = case.target.shape[:2]
    if suite.view == "whole":
        side = min(y, x)
        return _square((y - side) // 2, (x - side) // 2, side)
    side = min(PANEL // suite.zoom, y, x)
    sums = np.pad(_interest(case), ((1, 0), (1, 0))).cumsum(0).cumsum(1)
    inside = sums[side:, side:] - sums[:-side, side:] - sums[side:, :-side] + sums[:-side, :-side]
    top, left = np.unravel_index(int(inside.argmax()), inside.shape)
    return _square(int(top), int(left), side)


def _square(top: int, left: int, side: int) -> Window:
    return slice(top, top + side), slice(left, left + side)


def _interest(case: Case) -> npt.NDArray[np.float64]:
    if case.mask is not None:
        return case.mask.astype(np.float64)
    grey = luma(case.target) if case.target.ndim == 3 else case.target.astype(np.float64)
    slopes: npt.NDArray[np.float64] = np.hypot(*np.gradient(grey))
    return slopes


def _panel(picture: Picture, window: Window, zoom: int) -> Picture:
    colored = picture if picture.ndim == 3 else picture[..., None].repeat(3, axis=-1)
    part = enlarge(colored[window], zoom)
    return part if len(part) <= PANEL else np.asarray(Image.fromarray(part).resize((PANEL, PANEL)))
