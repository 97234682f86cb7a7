"""One model, one safetensors file: the card in the header's metadata, the weights after it, never a pickle."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from ..atomic import atomic_path
from ..bounds import check_regular, parse_json
from ..errors import (
    DecrappifyError,
    FileReadError,
    ModelFileError,
    ModelNotFoundError,
    PluginError,
)
from .card import ModelCard
from .header import (
    A_MODEL_FILE,
    DAMAGED,
    KEY,
    Header,
    parse_header,
    read_header,
)

if TYPE_CHECKING:
    import torch

    from ..nets import Generator

MOST_BYTES = 4 * 2**30


@dataclass(frozen=True, eq=False)
class Model:
    """A loaded model.

    Attributes
    ----------
    card : ModelCard
        What it is.
    net : Generator
        In evaluation mode, float32, its weights frozen. It may be shared: copy it before you train it.
    sha256 : str
        Of the whole file, for provenance.
    path : Path
        Where it was loaded from.
    """

    card: ModelCard
    net: Generator
    sha256: str
    path: Path


def save_model(path: str | Path, net: Generator, card: ModelCard, *, half: bool = False) -> None:
    """Write a model file, whole or not at all.

    Parameters
    ----------
    path : path
        The file to write; its folder is made if it is missing.
    net : Generator
        The net, whose weights must fit the card's architecture and options.
    card : ModelCard
        Its card.
    half : bool
        Store weights as float16: half the size, at a relative error of up to 0.05% a weight.

    Raises
    ------
    ModelFileError
        If the weights don't fit the card, or aren't finite.
    FileWriteError
        If the file can't be written.
    """
    import torch
    from safetensors.torch import save

    weights = {name: _stored(tensor, half) for name, tensor in net.state_dict().items()}
    if not all(torch.isfinite(tensor).all() for tensor in weights.values()):
        raise ModelFileError("finite weights", f"NaN or infinite ones in {card.name}", "Its training went astray.")
    _net_of(card, weights, Path(path))
    card_json = card.model_dump_json()
    blob = save(weights)
    header = parse_header(blob, Path(path))
    digest = header.digest(card_json, memoryview(blob)[header.data_start :])
    record = json.dumps({"card": card_json, "sha256": digest})
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(weights, {KEY: record}))


def read_card(path: str | Path) -> ModelCard:
    """Read the card of a model file and nothing else: fast, without torch, and without a look at the weights.

    Raises
    ------
    ModelFileError, ModelNotFoundError, FileReadError
        As `load_model_file`, but for damage of the weights.
    """
    return _card_of(read_header(Path(path)), Path(path))[0]


def load_model_file(path: str | Path, device: str | torch.device = "cpu") -> Model:
    """Load a model file onto a device, after checking it.

    Parameters
    ----------
    path : path
        A file written by `save_model`.
    device : str or torch.device
        Where the weights go.

    Raises
    ------
    ModelFileError
        If the file is truncated, edited, of another format or version, or if its weights don't fit its card.
    ModelNotFoundError
        If there is no such file.
    FileReadError
        If it can't be read.
    PluginError
        If its net is of a package that isn't installed.
    """
    import torch

    path = Path(path)
    blob = _read(path)
    header = parse_header(blob, path)
    card, card_json, expected = _card_of(header, path)
    if header.digest(card_json, memoryview(blob)[header.data_start :]) != expected:
        raise ModelFileError(f"the weights and the card that {path} was saved with", "others", DAMAGED)
    net = _net_of(card, _tensors(blob, path), path).eval().requires_grad_(False)
    net = net.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Model(card, net, hashlib.sha256(blob).hexdigest(), path)


def _stored(tensor: torch.Tensor, half: bool) -> torch.Tensor:
    import torch

    dtype = tensor.dtype
    if dtype.is_floating_point:
        dtype = torch.float16 if half else torch.float32
    return tensor.detach().to("cpu", dtype).contiguous()


def _card_of(header: Header, path: Path) -> tuple[ModelCard, str, str]:
    """Return the card, its JSON as it was written, and the digest that the file should have."""
    try:
        record = parse_json(header.metadata[KEY])
        card_json, digest = str(record["card"]), str(record["sha256"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(A_MODEL_FILE, f"{path}, which has no model card") from error
    try:
        return ModelCard.model_validate_json(card_json), card_json, digest
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"])) or "the whole card"
        advice = "It may come from a newer version of napari-decrappify."
        raise ModelFileError(f"a valid model card in {path}", f"{field}: {first['msg']}", advice) from error


def _read(path: Path) -> bytes:
    try:
        size = check_regular(path)
        if size > MOST_BYTES:
            raise ModelFileError(f"a model file of at most {MOST_BYTES} bytes", f"{path} of {size} bytes")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise ModelNotFoundError("the path of a model file", f"{path}, which doesn't exist") from error
    except OSError as error:
        raise FileReadError(f"a readable model file {path}", error.strerror or str(error)) from error


def _tensors(blob: bytes, path: Path) -> dict[str, Any]:
    from safetensors import SafetensorError
    from safetensors.torch import load

    try:
        return dict(load(blob))
    except (SafetensorError, KeyError, ValueError, TypeError, RuntimeError) as error:
        raise ModelFileError(A_MODEL_FILE, f"{path} ({error})", DAMAGED) from error


def _net_of(card: ModelCard, weights: dict[str, torch.Tensor], path: Path) -> Generator:
    """Build the card's net with these weights; torch's global random state stays as it is."""
    import torch

    from ..nets import build
    from .claim import no_larger_than

    try:
        with torch.random.fork_rng(devices=[]), no_larger_than(weights):
            net = build(card.architecture, card.options, weights)
        net.load_state_dict(weights)
    except PluginError:
        raise
    except (DecrappifyError, RuntimeError, ValueError) as error:
        raise ModelFileError(f"weights that fit {card.architecture} {card.options}", f"{path}: {error}") from error
    if net.scale != card.scale:
        raise ModelFileError(f"a net that enlarges {card.scale} times", f"{net.scale} times in {path}")
    return net
