"""Patches lie anywhere, or where there is something to see."""

from __future__ import annotations

import numpy as np

from napari_decrappify.training.data.patches import (
    Place,
    cut,
    draw_place,
    gradient,
    piece,
    turned,
)
from napari_decrappify.training.data.pictures import ArrayPictures


def test_small_pictures_are_continued_by_reflection() -> None:
    picture = np.arange(6, dtype=np.uint8).reshape(2, 3)
    patch = cut(ArrayPictures([picture]), Place(0, 0, 0, 7))
    assert np.array_equal(patch[..., 0], np.pad(picture, ((0, 5), (0, 4)), mode="symmetric"))


def test_a_piece_over_every_edge_is_reflected() -> None:
    picture = np.arange(20, dtype=np.uint8).reshape(4, 5)
    found = piece(ArrayPictures([picture]), 0, -3, -7, 10, 20)
    assert np.array_equal(found[..., 0], np.pad(picture, ((3, 3), (7, 8)), mode="symmetric"))


def test_flat_background_is_rarely_chosen_among_candidates() -> None:
    """A cell on a twentieth of a noisy picture."""
    rng = np.random.default_rng(0)
    picture = rng.normal(100, 5, (256, 256))
    picture[100:157, 100:157] += np.kron(rng.integers(0, 2, (57 // 3, 57 // 3)), np.ones((3, 3))) * 100
    pictures = ArrayPictures([picture.clip(0, 255).astype(np.uint8)])

    def share(candidates: int) -> float:
        places = [draw_place(pictures, 32, np.random.default_rng(i), candidates) for i in range(120)]
        return float(np.mean([68 < p.y < 157 and 68 < p.x < 157 for p in places]))

    assert share(1) < 0.3
    assert share(16) > 0.9


def test_empty_planes_of_a_stack_are_passed_over() -> None:
    stack = np.zeros((10, 40, 40), np.uint8)
    stack[7] = np.random.default_rng(0).integers(0, 2, (10, 10)).repeat(4, 0).repeat(4, 1) * 200
    pictures = ArrayPictures([stack])
    places = [draw_place(pictures, 16, np.random.default_rng(i), 20) for i in range(50)]
    assert np.mean([place.picture == 7 for place in places]) > 0.75


def test_the_chosen_place_depends_on_the_generator_alone() -> None:
    pictures = ArrayPictures([np.random.default_rng(0).integers(0, 256, (3, 50, 60), dtype=np.uint8)])
    places = [draw_place(pictures, 16, np.random.default_rng(4), 5) for _ in range(2)]
    assert places[0] == places[1]


def test_corners_lie_on_the_grid_of_the_smaller_side() -> None:
    pictures = ArrayPictures([np.zeros((40, 60), np.uint8)])
    places = [draw_place(pictures, 20, np.random.default_rng(i), 1, 4) for i in range(60)]
    assert {place.y for place in places} == set(range(0, 21, 4))
    assert all(place.x % 4 == 0 and place.x <= 40 for place in places)


def test_gradient_sees_structure_more_than_noise() -> None:
    rng = np.random.default_rng(0)
    noise = rng.normal(0.5, 0.05, (32, 32, 1)).repeat(3, -1).astype(np.float32)
    ramp = np.linspace(0, 1, 32, dtype=np.float32)[:, None, None].repeat(32, 1).repeat(3, 2)
    assert gradient(np.full((32, 32, 3), 7, np.uint8)) == 0
    assert gradient(ramp) > 2 * gradient(noise)
    assert gradient(ramp[:3, :2]) == 0


def test_the_eight_ways_to_turn_differ() -> None:
    patch = np.arange(27).reshape(3, 3, 3)
    assert len({turned(patch, way).tobytes() for way in range(8)}) == 8
