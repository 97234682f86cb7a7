"""Places that the user watches: made worse and repaired at each evaluation, and nothing more."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify import finetune
from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.finetuning import read_preview, runs

PLACE = (2, 30, 11, 48, 64)
"""A picture, the upper left corner, height and width."""


def test_a_place_is_shown_at_each_evaluation(tiny_upscaler, pictures, quick):
    finetune(pictures, base=tiny_upscaler, watched=[PLACE], **quick)
    run = runs()[0]
    assert list(run.watched) == list(run.previews) == [0, 2, 4, 6, 8]
    first, last = (read_preview(run.watched[step]) for step in (0, 8))
    assert np.array_equal(first.target[..., 0][:48], pictures[2][30:78, 11:75])
    assert not np.array_equal(first.output, last.output)
    assert np.array_equal(first.input, last.input)


def test_the_figures_and_the_model_are_the_same_without_it(tiny_upscaler, pictures, quick):
    plain = finetune(pictures, base=tiny_upscaler, **quick)
    watched = finetune(pictures, base=tiny_upscaler, watched=[PLACE], **quick)
    assert [row.psnr for row in watched.history] == [row.psnr for row in plain.history]
    assert runs()[-1].watched == {}


def test_a_place_in_a_stack_and_in_given_pairs(tiny_upscaler, pictures, quick):
    stack = np.stack(pictures)
    finetune(stack, crappy=stack[:, ::2, ::2], base=tiny_upscaler, watched=[PLACE], **quick)
    seen = read_preview(runs()[0].watched[0])
    assert np.array_equal(seen.target[..., 0][:48], pictures[2][30:78, 10:74]), "where both sides have whole pixels"
    assert np.array_equal(seen.input[..., 0][:48:2, ::2], pictures[2][30:78:2, 10:74:2])


def test_a_large_place_is_shown_in_its_middle(tiny_upscaler, pictures, quick):
    large = np.tile(pictures[0], (6, 6))
    finetune([large, *pictures], base=tiny_upscaler, watched=[(0, 0, 0, 576, 576)], **quick)
    assert read_preview(runs()[0].watched[0]).target.shape[:2] == (512, 512)


@pytest.mark.parametrize(
    "places",
    [[(5, 0, 0, 32, 32)], [(-1, 0, 0, 32, 32)], [(0, 80, 0, 32, 32)], [(0, 0, 0, 8, 32)], [PLACE, (0, 0, 0, 32, 32)]],
    ids=["no such picture", "before the first", "over the edge", "too small", "of several sizes"],
)
def test_places_that_cannot_be_are_refused(tiny_upscaler, pictures, quick, places):
    with pytest.raises(InvalidParameterError, match="places to watch"):
        finetune(pictures, base=tiny_upscaler, watched=places, **quick)
    assert runs() == []
