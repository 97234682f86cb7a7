from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from napari_decrappify.degrade import Crappifier, StampPicture, crappify
from napari_decrappify.errors import InvalidImageError, InvalidParameterError


@pytest.fixture
def badge():
    """Red, its left half opaque, its right half transparent."""
    drawn = np.zeros((10, 8, 4), np.uint8)
    drawn[..., 0] = 200
    drawn[:, :4, 3] = 255
    return drawn


@pytest.fixture
def plane():
    return np.full((60, 80, 3), 90, np.uint8)


def test_a_picture_is_stamped_where_it_is_said(badge, plane):
    stamped = crappify(plane, Crappifier((StampPicture.of(badge, places=((5, 20), (-10, -8))),)), seed=1)
    expected = np.zeros((60, 80), bool)
    expected[5:15, 20:24] = expected[50:60, 72:76] = True
    assert np.array_equal(stamped.mask, expected)
    assert (stamped.image[expected] == (200, 0, 0)).all()
    assert (stamped.image[~expected] == 90).all()


def test_places_are_drawn_from_the_seed_with_the_centre_inside(badge, plane):
    crappifier = Crappifier((StampPicture.of(badge, count=(3, 3)),))
    one, same, other = (crappify(plane, crappifier, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one.image, same.image)
    assert not np.array_equal(one.image, other.image)
    assert len(one.steps[-1]["values"]["stamps"]) == 3
    assert one.mask.any()


def test_it_is_enlarged_turned_and_faded(badge, plane):
    crappifier = Crappifier(
        (StampPicture.of(badge, scale=(2, 2), angle=(90, 90), opacity=(0.5, 0.5), places=((0, 0),)),)
    )
    image = crappify(plane, crappifier, seed=1).image
    assert image[12, 4].tolist() == pytest.approx([145, 45, 45], abs=1)
    assert image[2, 4].tolist() == [90, 90, 90]


def test_grey_planes_take_its_grey_and_other_dtypes_their_own_range(badge):
    deep = np.linspace(1000, 5000, 3600, dtype=np.uint16).reshape(60, 60)
    stamped = crappify(deep, Crappifier((StampPicture.of(badge, places=((9, 9),)),)), seed=1)
    inside = stamped.image[stamped.mask]
    assert inside.max() - inside.min() <= 1
    assert 1000 < inside[0] < 5000
    assert np.array_equal(stamped.image[~stamped.mask], deep[~stamped.mask])


def test_a_file_is_stamped(badge, plane, tmp_path):
    Image.fromarray(badge).save(tmp_path / "badge.png")
    assert StampPicture.of(tmp_path / "badge.png") == StampPicture.of(badge)


def test_what_is_no_picture_is_refused(plane):
    with pytest.raises(InvalidImageError, match="picture to stamp"):
        StampPicture.of(np.zeros((4, 4, 2), np.uint8))
    with pytest.raises(InvalidImageError, match="float64"):
        StampPicture.of(np.zeros((4, 4)))
    with pytest.raises(InvalidParameterError, match="PNG in base64"):
        StampPicture("no picture")
    assert not crappify(plane, Crappifier((StampPicture(),)), seed=1).mask.any()
