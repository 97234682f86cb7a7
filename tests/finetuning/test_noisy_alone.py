"""Nets that learn to denoise from noisy pictures alone, and what is said of noise that can't be learned."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from napari_decrappify import finetune, restore
from napari_decrappify.degrade.pictures import smooth
from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.finetuning import Prepared, examples, recipe_label
from napari_decrappify.finetuning.data.noise import noise_correlation, noise_warnings
from napari_decrappify.samples import noisy_cells
from napari_decrappify.samples.cells import cells
from napari_decrappify.samples.photos import SEED
from napari_decrappify.training.data.pictures import ArrayPictures
from napari_decrappify.training.losses.neighbour_loss import Neighbours, neighbour_loss

STEPS = (
    "stages.0.steps=24", "stages.0.lr=3e-4", "optimizer.muon=0", "evaluation.every=24", "evaluation.pictures=2",
    "data.workers=0",
)  # fmt: skip
FIGURES = {
    "neighbor2neighbor": ("psnr_neighbours", "dB at noisy neighbours"),
    "noise2void": ("psnr_hidden", "dB at hidden noisy pixels"),
}
KEYWORDS = {"task": "restore", "recipe": "noise2void", "overrides": STEPS, "patch": 64, "device": "cpu"}
PART = np.s_[2:8:2, 64:160, 64:160]


def scene(seed, shape=(96, 160)):
    """Blobs as wide as cells, from 0 to about 1."""
    blobs = smooth(np.random.default_rng(seed).standard_normal(shape).astype(np.float32), 5)
    return np.clip(0.4 + 0.2 * blobs / blobs.std(), 0, 1)


def error(image, clean):
    return float(np.sqrt(np.square(image - clean).mean()))


def checkerboard(image):
    """The strength of what alternates from pixel to pixel, along X, along Y and both, in blocks of 16 pixels."""
    signs = np.where(np.arange(16) % 2, -1, 1)
    patterns = (signs[:, None] * np.ones(16), np.ones((16, 1)) * signs, signs[:, None] * signs)
    blocks = image.reshape(-1, 6, 16, 6, 16)
    return max(float(np.sqrt(np.square((blocks * p[:, None]).mean((2, 4))).mean())) for p in patterns)


@pytest.fixture(scope="module")
def stacks():
    """A channel and one twenty times as dim, each (Z, Y, X) in 16 bits: in few photons, and clean in the same units."""
    noisy, clean = noisy_cells()[0][0][PART], cells(SEED)[PART].astype(float)
    return [(noisy, clean), (np.rint(noisy / 20 + 100).astype(np.uint16), clean / 20 + 100)]


@pytest.fixture(scope="module", params=FIGURES)
def learned(stacks, tmp_path_factory, request):
    """`denoise`, after it has seen the noisy stacks, and nothing else; what it makes of them; what was said."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DECRAPPIFY_HOME", str(tmp_path_factory.mktemp("home")))
        said = []
        keywords = {**KEYWORDS, "recipe": request.param}
        done = finetune([worse for worse, _ in stacks], **keywords, progress=lambda step: said.append(step.payload))
        yield done, [restore(worse, model=done.path, device="cpu") for worse, _ in stacks], said


@pytest.mark.parametrize("channel", [0, 1], ids=["bright", "dim"])
def test_it_comes_nearer_to_a_truth_that_it_has_never_seen(learned, stacks, channel):
    (worse, true), better = stacks[channel], learned[1][channel]
    assert better.dtype == worse.dtype
    assert better.shape == worse.shape
    before = restore(worse, model="denoise", device="cpu")
    assert error(better, true) < 0.75 * error(before, true) < error(worse, true)
    assert abs(better.mean() - true.mean()) < 0.02 * true.std()


def test_no_checkerboard_is_in_the_result(learned, stacks):
    for (worse, true), better in zip(stacks, learned[1], strict=True):
        assert checkerboard(better - true) < 0.8 * checkerboard(worse - true)


def test_it_is_judged_by_noisy_pixels_that_it_has_not_seen(learned, request):
    done, _, said = learned
    name, words = FIGURES[request.node.callspec.params["learned"]]
    first, last = done.history[0], done.history[-1]
    assert last.psnr == last.figures[name] > first.psnr
    assert first.psnr_input < last.psnr
    assert not {"psnr", "ssim"} & set(last.figures)
    assert done.improved
    assert words in done.summary
    assert done.card.problem == "noise of images like yours"
    assert "noisy ones" in done.card.limits
    (prepared,) = [payload for payload in said if isinstance(payload, Prepared)]
    assert not any("noise" in warning for warning in prepared.warnings)


def test_examples_show_noisy_pictures_with_hidden_pixels(tiny_restorer, stacks, wished):
    worse = stacks[0][0]
    for one in examples(wished(worse, task="restore", recipe="noise2void", base=tiny_restorer, patch=32), count=2):
        assert np.array_equal(one.input[~one.mask], one.target[~one.mask])
        assert one.mask.sum() == 64


def test_two_neighbours_of_each_cell_go_into_either_half():
    numbers = torch.arange(2 * 3 * 32 * 48.0).reshape(2, 3, 32, 48)
    neighbours = Neighbours(tuple(numbers.shape), torch.Generator().manual_seed(0))
    one, other = neighbours.of(numbers)
    cells = numbers.reshape(2, 3, 16, 2, 24, 2).amin((3, 5))
    steps = {0.0, 1.0, 48.0, 49.0}
    assert set((one - cells).unique().tolist()) == set((other - cells).unique().tolist()) == steps
    assert set((one - other).abs().unique().tolist()) == {1.0, 48.0}, "beside or above each other"
    assert ((one - cells)[:, :1] == one - cells).all(), "the same in all channels"


def test_a_net_that_leaves_all_as_it_is_gets_the_noise_for_its_loss():
    noise = 0.1 * torch.randn(2, 1, 64, 64, generator=torch.Generator().manual_seed(0)).expand(-1, 3, -1, -1)
    rng = torch.Generator().manual_seed(1)
    loss, parts = neighbour_loss(lambda x: x, noise, 1.0, rng)
    assert float(loss) == pytest.approx(10 * np.log10(2 * 0.1**2), abs=0.3)
    assert float(parts["detail"]) < 1e-9, "it takes nothing of the detail"
    smooth_loss, _ = neighbour_loss(torch.zeros_like, noise, 1.0, rng)
    assert smooth_loss < loss


@pytest.mark.parametrize("given", [{"crappifier": "noisy"}, {"crappy": [np.zeros((96, 96), np.uint8)]}])
def test_clean_pictures_have_no_place_in_it(tiny_restorer, given):
    image = np.arange(96 * 96, dtype=np.uint16).reshape(96, 96)
    with pytest.raises(InvalidParameterError, match="noisy pictures alone for noise2void"):
        finetune(image, base=tiny_restorer, **KEYWORDS, **given)


def test_a_menu_says_whom_it_is_for():
    assert recipe_label("neighbor2neighbor") == "I have only noisy images (neighbor2neighbor)"
    assert recipe_label("quick") == "quick"


def lines(along):
    """Noise that is half that of the pixel before it, along one axis."""
    noise = np.random.default_rng(3).standard_normal((96, 160)).astype(np.float32)
    return scene(5) + 0.1 * (noise + np.roll(noise, 1, along))


def test_noise_of_its_own_in_each_pixel_is_told_from_noise_that_goes_on():
    noise = np.random.default_rng(3).standard_normal((96, 160)).astype(np.float32)
    white = ArrayPictures([scene(0) + 0.15 * noise])
    assert np.abs(noise_correlation(white)).max() < 0.06
    assert noise_warnings(white) == ()
    y, x = noise_correlation(ArrayPictures([lines(1)]))
    assert abs(y) < 0.08
    assert x > 0.35


@pytest.mark.parametrize(("along", "recipe"), [(1, "noise2void-rows"), (0, "noise2void-columns")])
def test_noise_along_lines_is_warned_of_with_the_recipe_that_hides_them(along, recipe):
    (warning,) = noise_warnings(ArrayPictures([lines(along)]))
    assert recipe in warning


def test_noise_that_goes_on_both_ways_is_beyond_it():
    blurred = scene(5) + 0.3 * smooth(np.random.default_rng(3).standard_normal((96, 160)).astype(np.float32), 1)
    (warning,) = noise_warnings(ArrayPictures([blurred]))
    assert "along columns and rows" in warning
    assert "as the detector gave them" in warning
