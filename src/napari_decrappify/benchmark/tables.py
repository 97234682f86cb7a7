"""Figures in rows, written as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

Cell = str | float | int | None


@dataclass
class Table:
    """A titled table with a note on how its figures came about.

    Parameters
    ----------
    title : str
        What was measured.
    note : str
        On what, and how.
    header : sequence of str
        The columns.
    rows : list of sequences
        Text, numbers that are written with two or three decimals where they aren't whole, or None
        for what wasn't measured.
    """

    title: str
    note: str
    header: Sequence[str]
    rows: list[Sequence[Cell]] = field(default_factory=list)

    def markdown(self) -> str:
        """Return the table as Markdown, names to the left and figures to the right."""
        sides = ["---", *["---:"] * (len(self.header) - 1)]
        lines = [self.header, sides, *([_text(cell) for cell in row] for row in self.rows)]
        body = "\n".join("| " + " | ".join(line) + " |" for line in lines)
        return f"## {self.title}\n\n{self.note}\n\n{body}\n"


def _text(cell: Cell) -> str:
    if cell is None:
        return "-"
    if isinstance(cell, float):
        return f"{cell:.3f}" if abs(cell) < 1 else f"{cell:.2f}"
    return str(cell)
