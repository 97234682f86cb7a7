"""What became of the marks of an image, in numbers."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from ...jobs import Progress, ProgressCallback


@dataclass
class MarkCounts:
    """How many marks were solved and how many weren't: the payload of the last `Progress` of their removal.

    Large planes are solved in pieces that overlap; a mark that lies in several counts in each.

    Attributes
    ----------
    unblended : int
        Their coverage, colour and opacity explain what is seen, and what shone through them is back.
    filled : int
        They are opaque: nothing shines through, and what is there now is made up.
    unsolved : int
        No mark explains what is seen, so that this is made up too. Parts of a given mask that show none are among them.
    """

    unblended: int = 0
    filled: int = 0
    unsolved: int = 0

    def progress(self) -> Progress:
        """Return the step that says so."""
        note = (
            f"Marks: {self.unblended} un-blended, {self.filled} opaque and filled, {self.unsolved} unsolved and filled"
        )
        return Progress(1, 1, note, self)


class HeardCounts:
    """Listens to a job's steps for the marks' counts; passes all of them on.

    Parameters
    ----------
    further : callable, optional
        Receives each `Progress`, too.
    """

    def __init__(self, further: ProgressCallback | None = None) -> None:
        self._further = further
        self.marks: dict[str, int] | None = None

    def __call__(self, step: Progress) -> None:
        """Keep what a step says of marks."""
        if isinstance(step.payload, MarkCounts):
            self.marks = asdict(step.payload)
        if self._further is not None:
            self._further(step)
