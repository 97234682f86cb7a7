"""The search for a learning rate goes as published."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.jobs import run_to_end
from napari_decrappify.training.optimization.lr_finder import RateSearch, draw, find_rate


def valley(rate: float) -> float:
    """A loss that falls most around 1e-3, and soars from 1 on."""
    return 2 - math.tanh(2 * math.log10(rate / 1e-3)) + (100 * rate if rate > 1 else 0)


def search(step: Callable[[float], float], **options: float) -> RateSearch:
    return run_to_end(find_rate(step, **options))


def test_rates_grow_by_equal_factors() -> None:
    asked: list[float] = []
    found = search(lambda rate: asked.append(rate) or 1.0)
    assert found.rates == asked
    assert len(asked) == 100
    assert asked[0] == 1e-7
    assert asked[50] == pytest.approx(1e-3)
    assert asked[99] == pytest.approx(10 * 1e-8**0.01)


def test_losses_are_smoothed_without_bias() -> None:
    raw = [3.0, 1.0, 2.0, 5.0, 0.5]
    waiting = iter(raw)
    found = search(lambda _: next(waiting), iterations=len(raw))
    for n in range(1, 6):
        weights = [0.98 ** (n - 1 - i) for i in range(n)]
        mean = sum(w * x for w, x in zip(weights, raw, strict=False)) / sum(weights)
        assert found.losses[n - 1] == pytest.approx(mean)


def test_it_stops_when_the_smoothed_loss_is_four_times_its_best() -> None:
    steps = iter([1.0] * 20 + [1000.0] * 80)
    found = search(lambda _: next(steps))
    assert len(found.losses) == 21
    assert found.losses[-1] > 4 * min(found.losses)
    assert all(loss <= 4 for loss in found.losses[:-1])


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_it_stops_at_a_loss_that_is_not_finite(bad: float) -> None:
    steps = iter([1.0] * 7 + [bad])
    found = search(lambda _: next(steps))
    assert found.losses == pytest.approx([1.0] * 7)
    assert found.suggestion is None


def test_the_suggestion_is_where_the_loss_falls_fastest() -> None:
    found = search(valley)
    steepest = min(range(11, len(found.losses) - 6), key=lambda i: found.losses[i + 1] - found.losses[i - 1])
    assert found.suggestion == found.rates[steepest]
    assert 1e-3 < found.suggestion < 1e-1  # smoothing lags behind


def test_nothing_is_suggested_where_nothing_falls() -> None:
    assert search(lambda rate: 1 + rate / 10).suggestion is None


def test_it_is_a_job_of_its_iterations() -> None:
    steps = list(find_rate(lambda _: 1.0, iterations=4))
    assert [(step.done, step.total) for step in steps] == [(n, 4) for n in range(1, 5)]


@pytest.mark.parametrize("options", [{"start": 1.0, "end": 0.1}, {"start": 0.0}, {"iterations": 0}])
def test_rates_must_grow(options: dict[str, float]) -> None:
    with pytest.raises(InvalidParameterError, match="start < end"):
        search(valley, **options)


def test_the_picture_marks_the_suggestion() -> None:
    found = search(valley)
    picture, plain = draw(found), draw(RateSearch(found.rates, found.losses, None))
    assert picture.dtype == np.uint8
    assert picture.shape == (400, 600, 3)
    assert not np.array_equal(picture, plain)
    assert np.array_equal(picture, draw(found))


def test_a_search_that_failed_at_once_can_be_drawn() -> None:
    assert draw(search(lambda _: math.nan)).shape == (400, 600, 3)
