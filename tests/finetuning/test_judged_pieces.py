"""Which pieces of held-out pictures are judged."""

from __future__ import annotations

import numpy as np

from napari_decrappify.finetuning.data.collection import LOOKED_AT, judged_pieces
from napari_decrappify.training.data.paired_pictures import pair_up
from napari_decrappify.training.data.pictures import ArrayPictures

SIDE = 32


def cells(*places, shape=(128, 128)):
    """Draw a bright square into some pieces of an empty picture."""
    drawn = np.zeros(shape, np.uint8)
    for row, column in places:
        drawn[SIDE * row + 8 : SIDE * row + 24, SIDE * column + 8 : SIDE * column + 24] = 200
    return drawn


def test_pieces_with_something_in_them_are_judged_and_not_empty_background():
    full = [(0, 1), (2, 3), (3, 0)]
    judged = judged_pieces(ArrayPictures([cells(*full)]), SIDE)
    assert len(judged) == 8, "half of 4 x 4"
    starts = {tuple(map(int, name.split(" from ")[1].split())) for name in judged.names}
    assert {(SIDE * row, SIDE * column) for row, column in full} <= starts


def test_a_single_piece_is_judged_whatever_is_in_it():
    assert len(judged_pieces(ArrayPictures([cells(shape=(SIDE, SIDE))]), SIDE)) == 1


def test_of_many_pieces_some_are_looked_at():
    many = ArrayPictures([cells((0, 0), shape=(16 * SIDE, 16 * SIDE))])
    assert len(judged_pieces(many, SIDE)) == LOOKED_AT // 2


def test_given_pairs_stay_pairs():
    clean = cells((1, 1))
    judged = judged_pieces(pair_up(ArrayPictures([clean]), ArrayPictures([clean[::2, ::2]])), SIDE)
    place = next(number for number in range(len(judged)) if judged[number].any())
    assert judged.scale == 2
    assert np.array_equal(judged[place][::2, ::2], judged.crappy[place])
