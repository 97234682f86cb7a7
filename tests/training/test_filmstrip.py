"""The filmstrip shows every kept moment beside the next, each under its step."""

from __future__ import annotations

import numpy as np

from napari_decrappify.training.evaluation.gallery import CAPTION, GAP, filmstrip


def test_frames_stand_side_by_side_under_their_captions() -> None:
    frames = [(step, np.full((20, 60, 3), step, np.uint8)) for step in (10, 20, 30)]
    strip = filmstrip(frames)
    assert strip.shape == (20 + CAPTION, 3 * 60 + 2 * GAP, 3)
    for number, (_, picture) in enumerate(frames):
        left = number * (60 + GAP)
        assert np.array_equal(strip[CAPTION:, left : left + 60], picture)
        assert (strip[:CAPTION, left : left + 60] < 128).any(), "a caption"
    assert (strip[:, 60 : 60 + GAP] == 255).all()


def test_captions_tell_the_steps_apart() -> None:
    picture = np.zeros((4, 80, 3), np.uint8)
    one, other = filmstrip([(100, picture)]), filmstrip([(200, picture)])
    assert not np.array_equal(one, other)
    assert np.array_equal(one[CAPTION:], picture)
