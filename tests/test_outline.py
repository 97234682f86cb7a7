"""The outline of a crappifier: what it shows, and that its edits do what they say and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.degrade import (
    PRESETS,
    Blur,
    Crappifier,
    Dust,
    Fade,
    GaussianNoise,
    Greyscale,
    InTurn,
    Jpeg,
    OneOf,
    Sometimes,
)
from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.widgets.crappify import outline

NESTED = Crappifier(
    (OneOf((Blur(), InTurn((Dust(), Sometimes(Fade(), 0.25))), None), weights=(2.0, 1.0, 1.0)), Jpeg((30, 95))),
    probabilities=(1.0, 0.5),
)


def drawn(crappifier, seed=7):
    return crappifier.steps(np.random.default_rng(seed), (64, 64, 3))


def titles(crappifier):
    return ["  " * len(row.path) + row.title for row in outline.rows_of(crappifier)]


def test_rows_show_groups_with_their_members_and_how_often():
    assert titles(NESTED) == [
        "All steps",
        "  One of",
        "    Blur  (50%)",
        "    In turn  (25%)",
        "      Dust",
        "      Fade  (25%)",
        "    Nothing  (25%)",
        "  JPEG  (50%)",
    ]


@pytest.mark.parametrize("name", PRESETS)
def test_an_edit_that_is_taken_back_leaves_a_preset_that_draws_the_same(name):
    preset = PRESETS[name]
    grown, path = outline.added(preset, outline.ROOT, Blur())
    assert outline.row_at(grown, path).bare == Blur()
    for seed in range(5):
        assert drawn(outline.without(grown, path), seed) == drawn(preset, seed)


@pytest.mark.parametrize(("at", "expected"), [((), (2,)), ((0,), (0, 3)), ((0, 0), (0, 1)), ((0, 1, 0), (0, 1, 1))])
def test_a_step_is_added_into_the_chosen_group_or_after_the_chosen_step(at, expected):
    grown, path = outline.added(NESTED, at, GaussianNoise())
    assert path == expected
    assert outline.row_at(grown, path).title.startswith("Gaussian noise")
    assert len(outline.rows_of(grown)) == len(outline.rows_of(NESTED)) + 1


def test_a_step_moves_among_its_neighbours_with_its_weight():
    moved, path = outline.moved(NESTED, (0, 0), 1)
    assert path == (0, 1)
    assert outline.row_at(moved, (0, 1)).title == "Blur  (50%)"
    assert outline.row_at(moved, (0, 0)).title == "In turn  (25%)"
    assert outline.moved(NESTED, (0,), -1)[1] == (0,)


def test_how_often_and_settings_belong_to_one_row():
    often = outline.with_often(NESTED, (0, 1, 0), 0.1)
    assert outline.row_at(often, (0, 1, 0)).title == "Dust  (10%)"
    changed = outline.with_setting(often, (0, 1, 1), "lift", (0.2, 0.3))
    assert outline.row_at(changed, (0, 1, 1)).part == Sometimes(Fade(lift=(0.2, 0.3)), 0.25)
    assert outline.with_often(changed, (0, 1, 1), 1.0).operations[0].part.parts[1].parts[1] == Fade(lift=(0.2, 0.3))
    assert outline.with_setting(NESTED, outline.ROOT, "back", "bicubic").back == "bicubic"


def test_a_weight_changes_the_shares_of_all():
    heavier = outline.with_weight(NESTED, (0, 2), 5.0)
    assert [outline.row_at(heavier, (0, n)).share for n in range(3)] == [0.25, 0.125, 0.625]


def test_what_cannot_be_is_refused():
    with pytest.raises(InvalidParameterError, match=r"Fade\.lift"):
        outline.with_setting(NESTED, (0, 1, 1), "lift", (0.2, 3))
    single = Crappifier((OneOf((Blur(),)),))
    with pytest.raises(InvalidParameterError, match="weight"):
        outline.with_weight(single, (0, 0), 0.0)


def test_a_choice_with_nothing_left_goes_too():
    assert outline.without(Crappifier((OneOf((Blur(),)), Greyscale())), (0, 0)) == Crappifier((Greyscale(),))


def test_every_kind_of_part_is_offered_once_and_says_what_it_does():
    kinds = outline.offered()
    assert len({outline.title_of(kind) for kind in kinds}) == len(kinds)
    for kind in kinds:
        assert len(outline.summary_of(outline.new(kind))) > 10
    assert "Gaussian noise" in map(outline.title_of, kinds)
