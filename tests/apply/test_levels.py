"""Results don't depend on the unit of an image, and keep its local means."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
import torch

from napari_decrappify import colorize, restore, upscale
from napari_decrappify.apply.engine.chain import within_range
from napari_decrappify.apply.engine.run_context import levels_for
from napari_decrappify.apply.levels import RADIUS, LevelKeeping
from napari_decrappify.apply.tasks.request import set_up
from napari_decrappify.nets import Generator, Repaired
from napari_decrappify.samples.cells import BACKGROUND


class Darkening(Generator):
    """A net that takes away 0.05 of everything, as one that learned from noise cut off at black does."""

    def __init__(self, scale: int = 1) -> None:
        super().__init__()
        self.scale, self.halo = scale, 1

    def forward(self, x: torch.Tensor) -> Repaired:
        return Repaired(x.repeat_interleave(self.scale, -1).repeat_interleave(self.scale, -2) - 0.05)


class Flattening(Darkening):
    """As that, and what is left has no noise."""

    def forward(self, x: torch.Tensor) -> Repaired:
        return super().forward(x.mean((-1, -2), keepdim=True).expand_as(x))


def field(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    """Return smooth bright spots on a background, with noise."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]]
    spots = 0.6 * np.exp(-((y - shape[0] / 2) ** 2 + (x - shape[1] / 2) ** 2) / 200) + 0.05
    return spots + rng.normal(0, 0.02, shape)


@pytest.mark.parametrize("scale", [1, 3])
def test_local_means_are_those_of_the_image(scale: int) -> None:
    x = torch.from_numpy(field((48, 40))).float().expand(1, 3, -1, -1)
    kept = LevelKeeping(Darkening(scale))(x).image
    assert kept.shape[-2:] == (48 * scale, 40 * scale)
    assert kept.mean() == pytest.approx(float(x.mean()), abs=1e-4)
    corner = (..., slice(0, 8 * scale), slice(0, 8 * scale))
    assert float(kept[corner].mean()) == pytest.approx(float(x[..., :8, :8].mean()), abs=1e-3)


def test_keeping_levels_reaches_as_far_as_the_halo_says() -> None:
    net = LevelKeeping(Darkening())
    x = torch.zeros(1, 3, 1, 301)
    x[..., 150] = 1
    changed = (net(x).image - net(torch.zeros_like(x)).image).abs()[0, 0, 0] > 1e-7
    assert changed.nonzero().flatten().sub(150).abs().max() <= net.halo
    assert net.halo >= 2 * RADIUS


def test_what_lies_beyond_the_headroom_is_carried_around_the_net() -> None:
    seen = []

    def net(x: torch.Tensor) -> Repaired:
        seen.append(x)
        return Repaired(x)

    x = torch.tensor([-3.0, -0.5, 0.5, 1.5, 9.0]).reshape(1, 1, 1, 5)
    assert torch.equal(within_range(net, torch.clone, x, 1.0).image, x)
    assert seen[0].flatten().tolist() == [-1, -0.5, 0.5, 1.5, 2]


@pytest.mark.parametrize("scale", [1e-6, 1e-2, 7, 1e6])
@pytest.mark.parametrize("lazy", [False, True], ids=["numpy", "dask"])
@pytest.mark.parametrize(
    "call",
    [
        lambda image: restore(image, model="denoise", precision="fp32"),
        lambda image: upscale(image, 2, precision="fp32"),
    ],
    ids=["denoise", "upscale"],
)
def test_a_result_follows_the_unit_of_the_image(scale: float, lazy: bool, call) -> None:
    image = field((32, 36))
    other = scale * image + 3 * scale
    one, two = (np.asarray(call(da.from_array(each) if lazy else each)) for each in (image, other))
    np.testing.assert_allclose(two / scale - 3, one, atol=1e-3 * np.ptp(image))


def test_denoise_keeps_the_background_of_sixteen_bits() -> None:
    rng = np.random.default_rng(5)
    y, x = np.mgrid[:128, :96]
    clean = BACKGROUND + 6000 * np.exp(-((y - 32) ** 2 + (x - 48) ** 2) / 200)
    noisy = np.rint(clean + rng.normal(0, 60, clean.shape)).astype(np.uint16)
    found = restore(noisy, model="denoise")
    assert found[96:].mean() == pytest.approx(noisy[96:].mean(), rel=0.02)


@pytest.mark.parametrize("call", [lambda image, **k: upscale(image, 2, **k), colorize], ids=["upscale", "colorize"])
def test_filling_fills_alpha_too(call) -> None:
    image = np.random.default_rng(0).random((20, 24, 4)).astype(np.float32)
    image[3, 4, 3], image[5, 6, 0] = np.nan, np.inf
    for array in (image, da.from_array(image)):
        assert np.isfinite(np.asarray(call(array, nonfinite="fill"))).all()


def eight_bits(level: float, sigma: float = 20.0) -> np.ndarray:
    """Return a flat grey image with noise that ends at black and white."""
    noise = np.random.default_rng(2).normal(0, sigma, (96, 96))
    return np.clip(np.rint(level + noise), 0, 255).astype(np.uint8)


def test_in_eight_bits_means_are_kept_where_noise_is_not_cut_off() -> None:
    net = LevelKeeping(Flattening(), uncut=True)
    for level, kept in ((100, True), (6, False)):
        x = torch.from_numpy(eight_bits(level)).float().div(255).expand(1, 3, -1, -1)
        off = float(x.mean() - net(x).image.mean())
        assert off == pytest.approx(0.0 if kept else 0.05, abs=1e-3)


@pytest.mark.parametrize(
    ("itemsize", "rgb", "normalize", "levels"),
    [
        (2, False, "auto", "all"),
        (4, True, (0.0, 1.0), "all"),
        (1, False, "auto", "uncut"),
        (1, True, "auto", "off"),
        (1, False, (10.0, 90.0), "off"),
    ],
)
def test_photos_in_eight_bits_and_ranges_that_hide_their_ends_are_left_to_the_net(
    itemsize, rgb, normalize, levels
) -> None:
    assert levels_for(itemsize, rgb, normalize) == levels


@pytest.mark.parametrize(
    ("task", "model", "factor", "levels", "kept"),
    [
        ("restore", "denoise", 1, "all", "all"),
        ("restore", "denoise", 1, "uncut", "uncut"),
        ("restore", "restore", 1, "all", "off"),
        ("upscale", "fluorescence-x4", 4, "uncut", "off"),
        ("upscale", "em-x4", 4, "all", "all"),
    ],
)
def test_models_keep_means_if_their_cards_say_so_and_enlarging_ones_beyond_eight_bits(
    task, model, factor, levels, kept
) -> None:
    options = {"device": "cpu", "precision": "fp32", "tile": None, "factor": factor}
    assert set_up(task, model=model, levels=levels, **options).run_context.levels == kept


def test_denoise_keeps_the_mean_of_grey_noise_in_eight_bits_away_from_black() -> None:
    noisy = eight_bits(110, 30)
    assert restore(noisy, model="denoise").mean() == pytest.approx(noisy.mean(), abs=0.2)
