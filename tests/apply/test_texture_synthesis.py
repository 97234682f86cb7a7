"""Texture of the picture itself in its holes."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from napari_decrappify.apply.texture import synthesis
from napari_decrappify.apply.texture.gradient_blend import blend
from napari_decrappify.apply.texture.patch_match import PatchDescriptor, PatchField
from napari_decrappify.apply.texture.synthesis import synthesize

SHAPE = (72, 80)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def stripes(shape: tuple[int, int] = SHAPE, period: int = 8, channels: int = 3) -> Tensor:
    """Soft vertical stripes around mid-grey."""
    row = 0.5 + 0.3 * torch.sin(2 * torch.pi * torch.arange(shape[1]) / period)
    return row.expand(channels, *shape).clone()


def tiles(shape: tuple[int, int] = SHAPE, side: int = 8, seed: int = 3) -> Tensor:
    """One random tile again and again."""
    tile = torch.rand((3, side, side), generator=seeded(seed))
    return tile.repeat(1, -(-shape[0] // side), -(-shape[1] // side))[:, : shape[0], : shape[1]]


def noise(shape: tuple[int, int] = SHAPE, channels: int = 3) -> Tensor:
    return torch.rand((channels, *shape), generator=seeded(7))


def box(top: int, left: int, height: int, width: int, shape: tuple[int, int] = SHAPE) -> Tensor:
    hole = torch.zeros(shape, dtype=torch.bool)
    hole[top : top + height, left : left + width] = True
    return hole


def mean_guide(image: Tensor, hole: Tensor) -> Tensor:
    """The colour around the hole, everywhere."""
    return image[:, ~hole].mean(1)[:, None, None].expand_as(image)


def filled(image: Tensor, hole: Tensor, seed: int = 0) -> Tensor:
    unseen = torch.where(hole, torch.nan, image)
    return synthesize(unseen, hole, mean_guide(image, hole), generator=seeded(seed))


@pytest.mark.parametrize("picture", [stripes(), stripes().transpose(1, 2), tiles()], ids=["stripes", "lying", "tiles"])
def test_a_periodic_texture_goes_on_through_the_hole(picture: Tensor) -> None:
    hole = box(28, 30, 16, 18, tuple(picture.shape[1:]))

    result = filled(picture, hole)

    assert (result - picture)[:, hole].abs().max() < 0.06  # a little of its contrast is the guide's


def test_pixels_outside_the_hole_are_bit_identical() -> None:
    image, hole = noise(), box(20, 20, 20, 20)

    assert torch.equal(filled(image, hole)[:, ~hole], image[:, ~hole])


def test_a_seed_gives_the_same_pixels_and_another_seed_others(monkeypatch: pytest.MonkeyPatch) -> None:
    for limit in ("EXHAUSTIVE", "ALWAYS"):
        monkeypatch.setattr(synthesis, limit, 0)  # by random search, as in large pictures
    image, hole = noise(), box(30, 30, 12, 12)

    first, again, other = (filled(image, hole, seed) for seed in (1, 1, 2))

    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_the_fill_has_the_texture_that_its_guide_lacks() -> None:
    image, hole = noise(), box(24, 28, 20, 20)

    result = filled(image, hole)

    assert result[:, hole].std() > 0.7 * image[:, ~hole].std()


@pytest.mark.parametrize("side", [7, 5])
def test_the_fill_is_about_as_bright_as_its_guide(side: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesis, "SIDES", (side,))
    image, hole = noise() * 0.2 + 0.4, box(8, 8, 56, 64)
    guide = image.clone()
    guide[:, hole] = 0.7

    result = synthesize(image, hole, guide, generator=seeded())

    assert result[:, 30:42, 34:46].mean() == pytest.approx(0.7, abs=0.12)


def test_no_rim_shows_where_the_guide_is_off() -> None:
    image, hole = stripes(), box(24, 26, 24, 28)
    guide = image.clone()
    guide[:, hole] = 0.7

    result = synthesize(image, hole, guide, generator=seeded())

    across = (result[:, 24, 26:54] - result[:, 23, 26:54]).abs().mean()
    assert across < 0.03


@pytest.mark.parametrize("hole", [box(0, 0, 14, 14), box(30, 70, 12, 10), box(0, 30, 72, 9)])
def test_holes_may_touch_the_border(hole: Tensor) -> None:
    image = stripes()

    assert (filled(image, hole) - image)[:, hole].abs().mean() < 0.03


@pytest.mark.parametrize("channels", [1, 5])
def test_any_number_of_channels(channels: int) -> None:
    image, hole = stripes(channels=channels), box(28, 30, 12, 12)

    assert (filled(image, hole) - image)[:, hole].abs().max() < 0.03


def test_without_anything_known_the_result_is_the_guide() -> None:
    image, guide = noise(), torch.full((3, *SHAPE), 0.25)

    result = synthesize(image, torch.ones(SHAPE, dtype=torch.bool), guide, generator=seeded())

    assert torch.equal(result, guide)


def test_where_no_patch_fits_into_what_is_known_the_result_is_the_guide() -> None:
    image, guide, hole = noise((6, 9)), torch.full((3, 6, 9), 0.25), torch.ones((6, 9), dtype=torch.bool)
    hole[:, :2] = False

    result = synthesize(image, hole, guide, generator=seeded())

    assert torch.equal(result, torch.where(hole, guide, image))


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (5, 4), (9, 9), (17, 200)])
def test_tiny_pictures(shape: tuple[int, int]) -> None:
    image, hole = noise(shape), torch.zeros(shape, dtype=torch.bool)
    hole[-1, -1] = True

    result = filled(image, hole) if image[0].numel() > 1 else synthesize(image, hole, image, generator=seeded())

    assert torch.isfinite(result).all()
    assert torch.equal(result[:, ~hole], image[:, ~hole])


def test_no_hole_is_no_change() -> None:
    image = noise()

    assert torch.equal(synthesize(image, torch.zeros(SHAPE, dtype=torch.bool), image, generator=seeded()), image)


def test_only_known_pixels_are_sources() -> None:
    image, hole = noise() * 0.5, box(28, 8, 16, 16)
    image[:, :, 40:] += 0.5
    known = torch.zeros(SHAPE, dtype=torch.bool)
    known[:, :40] = True

    result = synthesize(image, hole, mean_guide(image, hole), known=known, generator=seeded())
    from_all = synthesize(
        torch.where(known, image, 0.0), hole, mean_guide(image, hole), known=known, generator=seeded()
    )

    assert torch.equal(result[:, hole], from_all[:, hole])


def test_the_fill_depends_on_the_surroundings_of_its_hole_only() -> None:
    image, hole = noise((64, 300)), box(30, 30, 10, 10, (64, 300))
    guide = torch.full_like(image, 0.5)
    changed = image.clone()
    changed[:, :, 200:] = 0.0

    one, other = (synthesize(picture, hole, guide, generator=seeded()) for picture in (image, changed))

    assert torch.equal(one[:, hole], other[:, hole])


def test_a_large_hole_is_filled_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synthesis, "SPAN", 20)
    image, hole = stripes(), box(20, 20, 32, 36)

    result = filled(image, hole)

    assert torch.equal(result[:, ~hole], image[:, ~hole])
    assert (result - image)[:, hole].abs().mean() < 0.5 * (mean_guide(image, hole) - image)[:, hole].abs().mean()


def test_the_field_finds_an_exact_copy_by_either_search() -> None:
    image, wanted = tiles((40, 48)), box(10, 10, 8, 8, (40, 48))
    sources = box(3, 24, 34, 21, (40, 48))
    describe = PatchDescriptor(image, sources, 7, 32)
    searched, compared = (PatchField(wanted, sources, seeded()) for _ in range(2))
    for field in (searched, compared):
        field.compare(describe(image), describe(image))

    compared.search_everywhere()
    for _ in range(4):
        searched.propagate((4, 2, 1))
        searched.search_around(24)

    assert compared.distances.max() < 1e-6
    assert (searched.distances < 1e-6).float().mean() > 0.9


def test_descriptors_with_all_components_tell_the_mean_squared_difference() -> None:
    image = noise((20, 20), channels=2)
    describe = PatchDescriptor(image, box(1, 1, 18, 18, (20, 20)), 3, 100)
    table = describe(image).reshape(20, 20, -1)

    distance = (table[5, 5] - table[9, 12]).square().sum()

    wanted = (image[:, 4:7, 4:7] - image[:, 8:11, 11:14]).square().mean()
    assert distance.item() == pytest.approx(wanted.item(), rel=1e-4)


def test_a_blend_with_the_picture_s_own_differences_is_the_picture() -> None:
    image, hole = noise((30, 34)), box(0, 5, 20, 20, (30, 34))
    start = torch.where(hole, 0.5, image)

    result = blend(start, hole, image.diff(dim=2), image.diff(dim=1), image, 0.003)

    assert torch.equal(result[:, ~hole], image[:, ~hole])
    assert (result - image).abs().max() < 1e-3
