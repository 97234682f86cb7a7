"""The lattice of a tiled watermark is found, and its copies are heard."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.apply.finding import found_damage
from napari_decrappify.apply.lattice import Lattice, agreed, find_lattice
from napari_decrappify.models import DamageRule

NO, UNSURE, YES = -5.0, -1.0, 4.0
MARK = np.zeros((20, 48), bool)
MARK[3:17, 2:6] = MARK[3:7, 6:14] = MARK[9:13, 20:34] = MARK[13:17, 22:26] = MARK[2:18, 40:44] = True
STEPS = {
    "upright": ((46.0, 0.0), (0.0, 80.0)),
    "turned": ((48.3, 20.6), (-31.5, 77.2)),
    "staggered": ((42.0, 40.0), (0.0, 80.0)),
}


def corners(shape: tuple[int, int], steps: tuple[tuple[float, float], tuple[float, float]]) -> list[tuple[int, int]]:
    times = np.mgrid[-30:31, -30:31].reshape(2, -1).T
    places = np.floor(times @ np.array(steps) + (7, 11)).astype(int)
    inside = (places >= 0).all(1) & (places + MARK.shape <= shape).all(1)
    return [(int(y), int(x)) for y, x in places[inside]]


def marked(shape: tuple[int, int], places: list[tuple[int, int]]) -> np.ndarray:
    mask = np.zeros(shape, bool)
    for y, x in places:
        mask[y : y + MARK.shape[0], x : x + MARK.shape[1]] |= MARK
    return mask


def seen(mask: np.ndarray, rng: np.random.Generator, missed: float = 0.2) -> np.ndarray:
    """Logits of a net that is unsure in places as large as letters, and takes other places for damage."""
    blocks = rng.random((mask.shape[0] // 16 + 1, mask.shape[1] // 16 + 1))
    wide = np.kron(blocks, np.ones((16, 16)))[: mask.shape[0], : mask.shape[1]]
    logits = np.where(mask, np.where(wide < missed, UNSURE, YES), np.where(wide > 0.99, YES, NO))
    return (logits + rng.normal(0, 1, mask.shape)).astype(np.float32)


def whole_multiples(lattice: Lattice, steps: tuple[tuple[float, float], tuple[float, float]]) -> np.ndarray:
    return np.array(lattice) @ np.linalg.inv(np.array(steps))


@pytest.mark.parametrize("steps", STEPS.values(), ids=STEPS)
def test_the_steps_of_a_repeated_mark_are_found_within_a_pixel(steps) -> None:
    shape = (400, 500)
    lattice = find_lattice(seen(marked(shape, corners(shape, steps)), np.random.default_rng(0)))
    assert lattice is not None
    times = whole_multiples(lattice, steps)
    whole = np.rint(times)
    assert abs(np.linalg.det(whole)) == 1
    assert np.abs((times - whole) @ np.array(steps)).max() < 1


@pytest.mark.parametrize("seed", range(6))
def test_marks_that_stand_anywhere_are_on_no_lattice(seed: int) -> None:
    rng = np.random.default_rng(seed)
    places = [(int(rng.integers(0, 380)), int(rng.integers(0, 450))) for _ in range(40)]
    assert find_lattice(seen(marked((400, 500), places), rng)) is None


@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (40, 30), (512, 512)])
def test_where_nothing_is_found_there_is_no_lattice(shape: tuple[int, int]) -> None:
    assert find_lattice(np.full(shape, NO, np.float16)) is None


def test_copies_tell_of_a_mark_that_was_missed_and_against_what_has_none() -> None:
    shape, steps = (400, 500), STEPS["staggered"]
    places = corners(shape, steps)
    mask, found = marked(shape, places), marked(shape, places[1:])
    found[200:206, 200:206] = True
    mean = agreed(found.astype(np.float32), Lattice(*np.array(steps)))
    assert np.mean(mean[mask & ~found] > 0.5) > 0.6
    assert (mean[found & ~mask] < 0.2).all()


def test_where_most_copies_are_overlooked_those_that_are_seen_speak_for_all() -> None:
    shape, steps = (400, 500), STEPS["staggered"]
    places = corners(shape, steps)
    mask, found = marked(shape, places), marked(shape, places[::4])
    mean = agreed(np.where(found, 0.9, 0.05).astype(np.float32), Lattice(*np.array(steps)))
    assert mean[mask].mean() > 0.6
    assert np.percentile(mean[~mask], 90) < 0.1


@pytest.mark.parametrize("step", [(70.0, 13.0), (64.0, -31.0)])
def test_copies_that_only_stand_in_a_row_have_one_step(step: tuple[float, float]) -> None:
    """A line of words, as long as the plane is wide, again and again."""
    shape, words = (400, 500), np.array([[16, 130], [22, 195], [12, 300]])
    places = [(int(y), int(x)) for times in range(5) for y, x in words + np.array(step) * times]
    noise = np.random.default_rng(0).normal(0, 1, shape)
    lattice = find_lattice((np.where(marked(shape, places), YES, NO) + noise).astype(np.float32))
    assert lattice is not None
    assert np.abs(np.abs(lattice.first) - np.abs(step)).max() < 1
    assert np.linalg.norm(lattice.second) > np.hypot(*shape)
    assert (lattice.points(np.array(shape))[0][:, 1] == 0).all()


def test_two_copies_are_no_row() -> None:
    """What a single word and another share by chance tells nothing."""
    logits = seen(marked((400, 500), [(50, 60), (240, 370)]), np.random.default_rng(0))
    logits[180:184, 20:480] = logits[20:380, 10:14] = YES
    assert find_lattice(logits) is None


def test_the_rule_hears_the_copies_of_a_faint_mark() -> None:
    shape, rng = (400, 500), np.random.default_rng(1)
    mask = marked(shape, corners(shape, STEPS["staggered"]))
    probability = 1 / (1 + np.exp(-seen(mask, rng)))

    def agreement(evidence: int, coverage: bool = True) -> float:
        rule = DamageRule(0.5, 0.9, sure=0.95, evidence=evidence, dilate=0, coverage=coverage)
        found = found_damage(rule, probability)
        return float((found & mask).sum() / (found | mask).sum())

    assert agreement(50) > 0.85 > 0.77 > agreement(0)
    assert agreement(50, coverage=False) < 0.77  # what no mark is doesn't repeat
