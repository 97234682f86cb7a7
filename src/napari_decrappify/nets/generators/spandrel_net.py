"""Nets of other people's architectures: spandrel finds out from the weights which one they are of, and builds it."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from ...errors import InvalidParameterError, PluginError
from ...parameters import Doc
from ..chroma import luma_of
from ..push_pull import push_pull
from ..receptive_field import measured, unmeasured
from ..without_compiler import without_compiler
from .generator import EVERYWHERE, Generator, Repaired
from .upscaler import bicubic_filters, enlarged

INSTALL = "pip install napari-decrappify[foreign]"
PREFIX = "net."
LEVELS = 4
"""Of the smooth fill that an inpainting net's output is mixed with."""
MISFIT = (LookupError, AttributeError, AssertionError, TypeError, ValueError, RuntimeError, ArithmeticError)
"""What spandrel raises for weights that are of no net, whatever their names promise."""
MASKED = 4


def architectures() -> Any:
    """Return spandrel's registry; with those of spandrel_extra_arches, where that is installed.

    Raises
    ------
    PluginError
        If spandrel isn't installed.
    """
    if importlib.util.find_spec("spandrel") is None:
        raise PluginError("the package spandrel, for models of other projects", "none", f"Run: {INSTALL}")
    with _without_deprecations(), without_compiler():
        import spandrel

        known = spandrel.MAIN_REGISTRY.copy()
        if importlib.util.find_spec("spandrel_extra_arches") is not None:
            from spandrel_extra_arches import EXTRA_REGISTRY

            known.add(*EXTRA_REGISTRY, ignore_duplicates=True)
    return known


class SpandrelNet(Generator):
    """A net of an architecture that spandrel knows, with its hyper-parameters as its weights have them.

    It gives what spandrel's own call gives, for any size. Nets of one channel get each colour by itself, those that
    make colours of one channel get the luma (ITU-R BT.601).

    Parameters
    ----------
    architecture : str
        The identifier of one of spandrel's architectures, such as "ESRGAN".
    halo : int, optional
        As it was measured; None for a net whose every output pixel may depend on every input pixel.
    multiple : int
        Tiles are cut at multiples of it, as it was measured.
    weights : mapping of Tensor
        The net's own; their names begin with "net.".

    Attributes
    ----------
    purpose : str
        What spandrel says it is for: "SR", "Restoration", "Inpainting" or "FaceSR".
    tags : tuple of str
        Size and kind in short, such as "64nf".
    colors : tuple of int
        Channels of the image that goes in and of the one that comes out: 1 or 3.
    grid : int
        What spandrel says that sides must be multiples of.
    bf16 : bool
        Whether spandrel says that the architecture may run in bfloat16.

    Raises
    ------
    InvalidParameterError
        For an architecture that spandrel doesn't know, or weights that aren't of it.
    PluginError
        If spandrel isn't installed.
    """

    any_size = True
    from_weights = True
    bicubic: Tensor

    def __init__(
        self,
        architecture: str = "",
        halo: Annotated[int | None, Doc("Pixels around a tile.", minimum=0, maximum=4096)] = None,
        multiple: Annotated[int, Doc("Where tiles are cut.", minimum=1, maximum=512)] = 1,
        weights: Mapping[str, Tensor] | None = None,
    ) -> None:
        super().__init__()
        if weights is None:
            advice = "Go on from an imported model."
            raise InvalidParameterError("weights to build a net of another project from", "none", advice)
        found = _described(architecture, weights)
        self.net: nn.Module = found.model
        self._call, self._sizes = found._call_fn, found.size_requirements  # its public call knows no gradients
        self.purpose, self.tags = str(found.purpose), tuple(map(str, found.tags))
        self.bf16 = bool(found.supports_bfloat16)
        self.colors = (int(found.input_channels), int(found.output_channels))
        self.scale, self.grid = int(found.scale), int(self._sizes.multiple_of)
        self.minimum = max(1, int(self._sizes.minimum))
        self.channels = MASKED if self.purpose == "Inpainting" else 3
        self.halo, self.multiple = EVERYWHERE if halo is None else halo, multiple
        if not set(self.colors) <= {1, 3}:
            raise InvalidParameterError("a net of images with 1 or 3 channels", f"{self.colors} in and out")
        self.register_buffer("bicubic", bicubic_filters(self.scale), persistent=False)

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Move the net as any other; its memory format stays, as many of these nets look at memory as it lies."""
        kwargs.pop("memory_format", None)
        return super().to(*args, **kwargs) if args or kwargs else self

    def settled(self, options: dict[str, Any]) -> dict[str, Any]:
        """Return the options with its halo and multiple, measured anew: trained weights may see further.

        That of an inpainting net isn't measured: how far it looks depends on how large the hole is.
        """
        device, was_training = self.bicubic.device, self.training
        if self.channels == MASKED:
            seen = unmeasured(self.grid)
        else:
            seen = measured(lambda x: self.eval().unclipped(x.to(device)).cpu(), self.grid, self.minimum)
        self.train(was_training)
        self.halo, self.multiple = EVERYWHERE if seen.halo is None else seen.halo, seen.multiple
        return {**options, **seen._asdict()}

    def base(self, x: Tensor) -> Tensor:
        """Enlarge (N, 3 or 4, Y, X) bicubically, fill its holes smoothly or take its colours away, as suits the net."""
        if self.channels == MASKED:
            return _smoothly_filled(x)
        if self.colors == (1, 3):
            return luma_of(x).expand(-1, 3, -1, -1)
        return enlarged(x, self.bicubic, self.scale) if self.scale > 1 else x

    def forward(self, x: Tensor) -> Repaired:
        """Give the net (N, 3, Y, X), or (N, 4, Y, X) with a mask, of any size; its output is clipped in evaluation."""
        image = self.unclipped(x.contiguous())
        image = image if self.training else image.clamp(0, 1)
        return Repaired(torch.where(x[:, 3:] > 0.5, image, x[:, :3]) if self.channels == MASKED else image)

    def unclipped(self, x: Tensor) -> Tensor:
        """Return what the net itself makes, (N, 3, scale * Y, scale * X) in float32."""
        image, hole = x[:, :3], x[:, 3:]
        if self.colors[0] == 3:
            return self._made(image, hole).expand(-1, 3, -1, -1)
        if self.colors[1] == 3:
            return self._made(luma_of(image), hole)
        if torch.equal(image[:, :1].expand_as(image), image):
            return self._made(image[:, :1], hole).expand(-1, 3, -1, -1)
        return torch.cat([self._made(one, hole) for one in image.chunk(3, 1)], 1)

    def _made(self, image: Tensor, hole: Tensor) -> Tensor:
        y, x = image.shape[-2:]
        right, down = self._sizes.get_padding(x, y)
        given = [_padded(image, down, right)]
        if self.channels == MASKED:
            given.append(_padded((hole > 0.5).to(image.dtype), down, right))
        made: Tensor = self._call(self.net, *given)
        return made.float()[..., : y * self.scale, : x * self.scale]


def _described(architecture: str, weights: Mapping[str, Tensor]) -> Any:
    """Return spandrel's description of the net that weights are of."""
    known = architectures()
    if architecture not in known:
        advice = "Some come with the package spandrel_extra_arches, whose licences allow less."
        raise InvalidParameterError("an architecture that spandrel knows", repr(architecture), advice)
    own = {name.removeprefix(PREFIX): value for name, value in weights.items()}
    try:
        with _without_deprecations():
            return known[architecture].architecture.load(own)
    except MISFIT as error:
        if isinstance(error, InvalidParameterError):
            raise
        first_line = (str(error) or type(error).__name__).splitlines()[0]
        raise InvalidParameterError(f"the weights of a net {architecture}", first_line) from error


@contextmanager
def _without_deprecations() -> Iterator[None]:
    """Keep from the user what torch has to say of others' code: of meshgrid, of jit.script."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"`?torch\.")
        yield


def _padded(x: Tensor, down: int, right: int) -> Tensor:
    """Mirror the last rows and columns, as many as there are, and repeat the last of those, as spandrel does it.

    It is a copy in any case: some nets write into what they are given.
    """
    if not (down or right):
        return x.clone()
    mirrored = min(down, x.shape[-2] - 1), min(right, x.shape[-1] - 1)
    x = F.pad(x, (0, mirrored[1], 0, mirrored[0]), "reflect")
    return F.pad(x, (0, right - mirrored[1], 0, down - mirrored[0]), "replicate")


def _smoothly_filled(x: Tensor) -> Tensor:
    y, x_ = x.shape[-2:]
    whole = F.pad(x.float(), (0, -x_ % 2**LEVELS, 0, -y % 2**LEVELS), "replicate")
    with torch.autocast(x.device.type, enabled=False):
        return push_pull(whole[:, :3], whole[:, 3:] > 0.5, LEVELS)[..., :y, :x_]
