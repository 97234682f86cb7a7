"""What every generator promises: a starting point, an exact halo, any size that is a multiple."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.nets import Generator, build
from napari_decrappify.nets.fold import fold_batch_norm

SMALL = {
    "residual-upscaler": {"scale": 2, "width": 8, "blocks": 2},
    "repair-unet": {"widths": (8, 8, 12), "middle": 1},
    "mark-finder": {"widths": (8, 8, 12), "middle": 1},
    "find-and-fill": {"widths": (8, 8), "middle": 1, "fill_widths": (8, 8), "fill_middle": 1},
}


def trained_looking(architecture: str, **options: object) -> Generator:
    """A net whose every weight matters, as after training."""
    with torch.random.fork_rng():
        torch.manual_seed(1)
        net = build(architecture, {**SMALL[architecture], **options})
        for parameter in net.parameters():
            torch.nn.init.normal_(parameter, std=0.2)
    return net.eval()


@pytest.mark.parametrize("architecture", SMALL)
def test_fresh_net_returns_its_base(architecture: str) -> None:
    net = build(architecture, SMALL[architecture]).eval()
    x = torch.rand(2, 3, 32, 48, generator=torch.Generator().manual_seed(0))
    assert torch.equal(net(x).image, net.base(x))


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_upscaler_multiplies_both_axes(scale: int) -> None:
    net = trained_looking("residual-upscaler", scale=scale)
    assert net(torch.rand(1, 3, 5, 7)).image.shape == (1, 3, 5 * scale, 7 * scale)


@pytest.mark.parametrize("scale", [2, 3, 4])
def test_upscaler_base_is_pillow_bicubic_away_from_edges(scale: int) -> None:
    values = np.random.default_rng(3).random((16, 12)).astype(np.float32)
    net = build("residual-upscaler", {"scale": scale, "width": 8, "blocks": 1})
    ours = net.base(torch.from_numpy(values)[None, None].expand(1, 3, -1, -1))[0, 0].numpy()
    theirs = np.asarray(Image.fromarray(values).resize((12 * scale, 16 * scale), Image.Resampling.BICUBIC))
    inner = slice(2 * scale, -2 * scale)
    np.testing.assert_allclose(ours[inner, inner], theirs[inner, inner], atol=1e-5)


@pytest.mark.parametrize("architecture", SMALL)
def test_nothing_beyond_the_halo_matters(architecture: str) -> None:
    net = trained_looking(architecture)
    side = 2 * net.halo + 8 * net.multiple
    x = torch.rand(1, 3, net.multiple * 2, side)
    changed = x.clone()
    start = 2 * net.multiple
    changed[..., start + net.halo :] = 0
    before, after = net(x), net(changed)
    kept = start * net.scale
    assert torch.equal(before.image[..., :kept], after.image[..., :kept])
    assert not torch.equal(before.image, after.image)
    if before.mask is not None and after.mask is not None:
        assert torch.equal(before.mask[..., :kept], after.mask[..., :kept])


def test_unet_predicts_a_mask_at_the_images_size() -> None:
    output = trained_looking("repair-unet")(torch.rand(2, 3, 16, 24))
    assert output.mask is not None
    assert output.mask.shape == (2, 1, 16, 24)


def test_unet_without_mask_head_has_no_mask() -> None:
    assert trained_looking("repair-unet", mask_head=False)(torch.rand(1, 3, 16, 16)).mask is None


@pytest.mark.parametrize("architecture", ["repair-unet", "find-and-fill"])
def test_folding_keeps_the_function_and_drops_the_normalisation(architecture: str) -> None:
    net = trained_looking(architecture).train()
    for _ in range(3):
        net(torch.rand(4, 3, 16, 16))
    folded, options = fold_batch_norm(net, {**SMALL[architecture]})
    x = torch.rand(1, 3, 32, 32)
    rebuilt = build(architecture, options).eval()
    rebuilt.load_state_dict(folded.state_dict())
    torch.testing.assert_close(rebuilt(x).image, net.eval()(x).image, atol=1e-4, rtol=1e-4)
    assert not any("running_mean" in name for name in folded.state_dict())


def test_folding_leaves_a_net_without_normalisation_as_it_is() -> None:
    net = trained_looking("residual-upscaler")
    folded, options = fold_batch_norm(net, {"width": 8})
    assert options == {"width": 8}
    assert all(torch.equal(a, b) for a, b in zip(net.parameters(), folded.parameters(), strict=True))


@pytest.mark.parametrize(("name", "options"), [("resnet-9000", {}), ("repair-unet", {"depth": 3})])
def test_unknown_architecture_or_option_is_named(name: str, options: dict[str, int]) -> None:
    with pytest.raises(InvalidParameterError, match=r"resnet-9000|depth"):
        build(name, options)
