"""The lattice of a tiled watermark is found, and its copies are heard."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.apply.finding import DamageRule
from napari_decrappify.apply.lattice import Lattice, agreed, find_lattice

NO, YES = -5.0, 4.0
MARK = np.zeros((14, 40), bool)
MARK[3:11, 2:8] = MARK[3:5, 12:30] = MARK[9:11, 14:38] = MARK[2:12, 33:36] = True
STEPS = {
    "upright": ((45.0, 0.0), (0.0, 80.0)),
    "turned": ((40.3, 20.6), (-31.5, 77.2)),
    "staggered": ((38.0, 40.0), (0.0, 80.0)),
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


def seen(mask: np.ndarray, rng: np.random.Generator, missed: float = 0.3) -> np.ndarray:
    """Logits of a net that misses places as large as letters, and takes other places for damage."""
    blocks = rng.random((mask.shape[0] // 16 + 1, mask.shape[1] // 16 + 1))
    wide = np.kron(blocks, np.ones((16, 16)))[: mask.shape[0], : mask.shape[1]]
    found = (mask & (wide > missed)) | (wide < 0.01)
    return (np.where(found, YES, NO) + rng.normal(0, 1, mask.shape)).astype(np.float32)


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
    shape, steps = (400, 500), STEPS["turned"]
    places = corners(shape, steps)
    mask, rest = marked(shape, places), marked(shape, places[1:])
    logits = np.where(rest, YES, NO).astype(np.float32)
    logits[200:206, 200:206] = YES * ~mask[200:206, 200:206] + NO * mask[200:206, 200:206]
    mean = agreed(logits, Lattice(*np.array(steps)))
    missed = mask & ~rest
    assert np.mean(mean[missed] > 0) > 0.8
    assert (mean[200:206, 200:206][~mask[200:206, 200:206]] < 0).all()


def test_the_rule_finds_faint_copies_of_a_mark_and_forgets_what_stands_alone() -> None:
    shape, rng = (400, 500), np.random.default_rng(1)
    mask = marked(shape, corners(shape, STEPS["staggered"]))
    probability = 1 / (1 + np.exp(-(seen(mask, rng, missed=0.5) + 2)))
    heard, alone = (
        DamageRule(0.5, 0.95, sure=0.99, evidence=evidence, dilate=0).found(probability) for evidence in (50, 0)
    )

    def agreement(found: np.ndarray) -> float:
        return float((found & mask).sum() / (found | mask).sum())

    assert agreement(heard) > agreement(alone) + 0.15
    assert agreement(heard) > 0.75
