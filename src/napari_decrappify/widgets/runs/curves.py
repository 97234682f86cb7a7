"""The curves of a run, drawn by Matplotlib into a picture: in any thread, so that the window never waits for it."""

from __future__ import annotations

import gc
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ...finetuning import Row
from ...training.running.events import Learned

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

DPI = 100
SWITCH = 0.0005  # seconds; Python's own is ten times that
SMALL = 7.5
BLUE, ORANGE, GREEN, RED, GREY = "tab:blue", "tab:orange", "tab:green", "tab:red", "0.5"
PARTS_SHOWN = 6
MARGINS = {"left": 0.15, "right": 0.985, "top": 0.945, "bottom": 0.065, "hspace": 0.62, "wspace": 0.3}
"""As shares of the picture; Matplotlib would take twice the time to find them out."""
ONE_AT_A_TIME = threading.Lock()
"""Held by who draws: of two at once, the one that ends last would leave the interpreter as it found the other's."""
LABELLED = (0.7, 0.35)
"""Powers of ten that a logarithmic axis may span for some, or all, marks between them to be labelled."""


@dataclass(frozen=True)
class Style:
    """Size in pixels, and the colours of the window."""

    width: int = 340
    height: int = 290
    text: str = "#d0d0d0"
    ratio: float = 1.0


def draw_curves(rows: Sequence[Row], learned: Sequence[Learned], style: Style) -> npt.NDArray[np.uint8]:
    """Draw what a run has come to: PSNR against the start and doing nothing, losses, critic, learning rate.

    Parameters
    ----------
    rows : sequence of Row
        Evaluations.
    learned : sequence of Learned
        Single steps after the last evaluation, for what can be known between two.
    style : Style
        How large, in which colours.

    Returns
    -------
    ndarray
        (Y, X, 4), 8-bit; transparent where nothing is drawn.
    """
    with giving_way():
        return _drawn(rows, learned, style)


@contextmanager
def giving_way() -> Iterator[None]:
    """Let the window's thread have the interpreter more often, which it needs many times to draw itself once.

    A drawing leaves many objects that refer to each other. They are collected while they are young: with all the old
    ones of napari that takes a fifth of a second, in which every thread stands still.
    """
    with ONE_AT_A_TIME:
        before, collects = sys.getswitchinterval(), gc.isenabled()
        sys.setswitchinterval(SWITCH)
        gc.disable()
        try:
            yield
        finally:
            gc.collect(0)
            if collects:
                gc.enable()
            sys.setswitchinterval(before)


def _drawn(rows: Sequence[Row], learned: Sequence[Learned], style: Style) -> npt.NDArray[np.uint8]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(_figure(rows, learned, style))
    canvas.draw()
    return np.asarray(canvas.buffer_rgba(), dtype=np.uint8).copy()


def _figure(rows: Sequence[Row], learned: Sequence[Learned], style: Style) -> Figure:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(style.width / DPI, style.height / DPI), dpi=DPI * style.ratio)
    figure.patch.set_alpha(0)
    critic = any(row.critic_real is not None for row in rows)
    grid = figure.add_gridspec(3, 2, height_ratios=(4, 3, 2.4), **MARGINS)
    last: Any = (grid[2, 0], grid[2, 1]) if critic else (grid[2, :], None)
    fresh = [one for one in learned if not rows or one.step > rows[-1].step]
    _draw_quality(_axes(figure, grid[0, :], style, "PSNR on held-out pictures, dB"), rows, style)
    _draw_losses(_axes(figure, grid[1, :], style, "loss"), rows, fresh, style)
    _draw_rate(_axes(figure, last[0], style, "learning rate"), rows, fresh)
    if critic:
        _draw_critic(_axes(figure, last[1], style, "critic right, %"), rows, style)
    return figure


def _axes(figure: Any, place: Any, style: Style, title: str) -> Axes:
    axes: Axes = figure.add_subplot(place)
    axes.set_title(title, fontsize=SMALL + 0.5, color=style.text, loc="left", pad=3, y=1.0)  # found out, y takes long
    axes.tick_params(which="both", labelsize=SMALL, colors=style.text, length=2, pad=2)
    axes.patch.set_alpha(0)
    for side, spine in axes.spines.items():
        spine.set_visible(side in ("left", "bottom"))
        spine.set_color(style.text)
    axes.grid(alpha=0.15, color=style.text)
    return axes


def _draw_quality(axes: Axes, rows: Sequence[Row], style: Style) -> None:
    if not rows:
        return
    steps = [row.step for row in rows]
    axes.plot(steps, [row.psnr for row in rows], ".-", color=BLUE, markersize=3, label="this run")
    axes.axhline(rows[0].psnr_start, color=ORANGE, linestyle="--", linewidth=1, label="the start")
    axes.axhline(rows[0].psnr_input, color=GREY, linestyle=":", linewidth=1.2, label="doing nothing")
    best = max(rows, key=lambda row: row.score)
    axes.plot([best.step], [best.psnr], "o", color=GREEN, markersize=5, label="kept")
    for row in rows:
        if row.rolled_back is not None:
            axes.axvline(row.step, color=RED, linestyle=":", linewidth=1)
    _legend(axes, style)


def _draw_losses(axes: Axes, rows: Sequence[Row], fresh: Sequence[Learned], style: Style) -> None:
    from matplotlib.ticker import LogFormatterSciNotation

    names = list(dict.fromkeys(name for row in rows for name in row.losses))[:PARTS_SHOWN]
    names = names or [name for name in (fresh[-1].figures if fresh else {}) if name.endswith("loss")]
    positive = True
    for name in names:
        points = [(row.step, row.losses[name]) for row in rows if name in row.losses]
        points += [(one.step, one.figures[name]) for one in fresh if name in one.figures]
        positive &= all(value > 0 for _, value in points)
        axes.plot(*_columns(points), linewidth=1, marker="." if len(points) == 1 else "", label=name.replace("_", " "))
    if names and positive:
        axes.set_yscale("log")
        axes.yaxis.set_minor_formatter(LogFormatterSciNotation(minor_thresholds=LABELLED))
    if len(names) > 1:
        _legend(axes, style)


def _draw_rate(axes: Axes, rows: Sequence[Row], fresh: Sequence[Learned]) -> None:
    points = [(row.step, row.lr) for row in rows if row.lr is not None]
    points += [(one.step, one.figures["lr"]) for one in fresh if "lr" in one.figures]
    axes.plot(*_columns(points), color=RED, linewidth=1)
    axes.yaxis.set_major_formatter("{x:.0e}")


def _draw_critic(axes: Axes, rows: Sequence[Row], style: Style) -> None:
    for name, label, color in (("critic_real", "real", GREEN), ("critic_generated", "generated", ORANGE)):
        points = [(row.step, 100 * value) for row in rows if (value := getattr(row, name)) is not None]
        axes.plot(*_columns(points), color=color, linewidth=1, marker=".", markersize=3, label=label)
    axes.set_ylim(-5, 105)
    _legend(axes, style, columns=1)


def _columns(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _legend(axes: Axes, style: Style, columns: int = 2) -> None:
    axes.legend(fontsize=SMALL - 0.5, frameon=False, labelcolor=style.text, handlelength=1.4, ncols=columns)
