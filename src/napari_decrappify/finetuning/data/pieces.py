"""Pieces of pictures, and several collections as one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from ...errors import InvalidParameterError
from ...training.data.paired_pictures import PairedPictures
from ...training.data.picture_source import Pictures, Plane, Section

Watched: TypeAlias = Sequence[tuple[int, int, int, int, int]]
"""Rectangles of pictures: index, upper left corner, height and width in pixels."""
SMALLEST = 16


@dataclass(frozen=True)
class Piece:
    """A rectangle of a picture: its index, upper left corner, height and width in pixels."""

    picture: int
    y: int
    x: int
    height: int
    width: int

    def shrunk(self, scale: int) -> Piece:
        """Return the same place in a picture that is `scale` times smaller."""
        return Piece(self.picture, *(n // scale for n in (self.y, self.x, self.height, self.width)))


class Pieces(Pictures):
    """Rectangles of the pictures of a collection, each a picture of its own."""

    def __init__(self, pictures: Pictures, pieces: Sequence[Piece]) -> None:
        self._pictures, self._pieces = pictures, list(pieces)

    @property
    def names(self) -> Sequence[str]:
        """Names of the whole pictures, and where in them the pieces begin."""
        names = self._pictures.names
        return [f"{names[piece.picture]} from {piece.y} {piece.x}" for piece in self._pieces]

    @property
    def sections(self) -> Sequence[Section]:
        """Stacks and positions of the whole pictures."""
        sections = self._pictures.sections
        return [sections[piece.picture] for piece in self._pieces]

    @property
    def left_out(self) -> Sequence[str]:
        """Broken files of the whole collection."""
        return self._pictures.left_out

    def __len__(self) -> int:
        return len(self._pieces)

    def shape(self, index: int) -> tuple[int, int]:
        """Return the height and width of a piece."""
        return self._pieces[index].height, self._pieces[index].width

    def crop(self, index: int, y: int, x: int, height: int, width: int) -> Plane:
        """Return a rectangle of a piece."""
        piece = self._pieces[index]
        return self._pictures.crop(piece.picture, piece.y + y, piece.x + x, height, width)

    def readable(self, index: int) -> bool:
        """Tell whether the picture of a piece can be used."""
        return self._pictures.readable(self._pieces[index].picture)


class Joined(Pictures):
    """Several collections, one after the other."""

    def __init__(self, parts: Sequence[Pictures]) -> None:
        self._parts = list(parts)
        self._places = [(number, index) for number, part in enumerate(parts) for index in range(len(part))]

    @property
    def names(self) -> Sequence[str]:
        """The number of the collection before each name, so that no two are equal."""
        return [f"{number}/{name}" for number, part in enumerate(self._parts) for name in part.names]

    @property
    def sections(self) -> Sequence[Section]:
        """Stacks, numbered over all collections, and positions in them."""
        found: list[Section] = []
        for part in self._parts:
            first = max((stack for stack, _ in found), default=-1) + 1
            found += [(first + stack, position) for stack, position in part.sections]
        return found

    @property
    def left_out(self) -> Sequence[str]:
        """Broken files of all collections."""
        return [one for part in self._parts for one in part.left_out]

    def __len__(self) -> int:
        return len(self._places)

    def shape(self, index: int) -> tuple[int, int]:
        """Return the height and width of a picture in pixels."""
        number, inside = self._places[index]
        return self._parts[number].shape(inside)

    def crop(self, index: int, y: int, x: int, height: int, width: int) -> Plane:
        """Return a rectangle of a picture."""
        number, inside = self._places[index]
        return self._parts[number].crop(inside, y, x, height, width)

    def readable(self, index: int) -> bool:
        """Tell whether a picture can be used."""
        number, inside = self._places[index]
        return self._parts[number].readable(inside)


def cut_out(pictures: Pictures, pieces: Sequence[Piece]) -> Pictures:
    """Return pieces of pictures; given pairs stay pairs."""
    if isinstance(pictures, PairedPictures):
        small = [piece.shrunk(pictures.scale) for piece in pieces]
        return PairedPictures(Pieces(pictures.clean, pieces), Pieces(pictures.crappy, small), pictures.scale)
    return Pieces(pictures, pieces)


def watched_pieces(pictures: Pictures, places: Watched) -> Pictures | None:
    """Return the rectangles (picture, y, x, height, width) of a collection; None for none.

    Given pairs move them to where both sides have whole pixels.

    Raises
    ------
    InvalidParameterError
        For a place outside of the pictures, one smaller than 16 pixels, or places of several sizes.
    """
    scale = pictures.scale if isinstance(pictures, PairedPictures) else 1
    pieces = [Piece(number, *(n // scale * scale for n in place)) for number, *place in places]
    outside = [piece for piece in pieces if not _fits(piece, pictures)]
    if outside:
        least = f"places to watch of {SMALLEST} pixels or more, inside one of {len(pictures)} pictures"
        raise InvalidParameterError(least, str(outside[0]))
    if len({(piece.height, piece.width) for piece in pieces}) > 1:
        raise InvalidParameterError("places to watch of one size", str(list(places)))
    return cut_out(pictures, pieces) if pieces else None


def _fits(piece: Piece, pictures: Pictures) -> bool:
    if not 0 <= piece.picture < len(pictures) or min(piece.height, piece.width) < SMALLEST:
        return False
    height, width = pictures.shape(piece.picture)
    return min(piece.y, piece.x) >= 0 and piece.y + piece.height <= height and piece.x + piece.width <= width


def tiles(pictures: Pictures, side: int, multiple: int = 1) -> Iterator[Piece]:
    """Yield squares of that side beside each other in every picture, in the middle of it; cut where it is smaller."""
    for picture in range(len(pictures)):
        rows, columns = (_starts(n, side, multiple) for n in pictures.shape(picture))
        yield from (Piece(picture, y, x, height, width) for y, height in rows for x, width in columns)


def _starts(length: int, side: int, multiple: int) -> list[tuple[int, int]]:
    if length <= side:
        return [(0, length)]
    count = length // side
    margin = (length - count * side) // 2 // multiple * multiple
    return [(margin + number * side, side) for number in range(count)]
