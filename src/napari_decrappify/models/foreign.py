"""Models of other projects, taken in: read safely, recognised by spandrel, measured, and kept as any other model."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..atomic import atomic_path
from ..errors import DecrappifyError, InvalidParameterError, ModelFileError
from ..nets.generators.spandrel_net import (
    MASKED,
    MISFIT,
    PREFIX,
    SpandrelNet,
    architectures,
)
from ..nets.receptive_field import texture
from ..tasks import TASKS, Task, task_named
from .card import UNKNOWN, ModelCard, Original
from .claim import no_larger_than
from .file import load_model_file, save_model
from .keeping import sha256_of
from .weights_file import read_weights, tensors_in

TRIAL = 64
"""Pixels a side of the picture on which a net is tried."""
GREY_LEVEL = 1 / 255
SAME = 1e-5
GLOBAL = "It looks at the whole picture: tiles of a large one are cross-faded and don't equal it."


def convert(path: Path, target: Path, task: Task | None, license_text: str | None) -> ModelCard:
    """Write the model file of a net that spandrel knows; return its card.

    Parameters
    ----------
    path : Path
        A file of weights: .pth, .pt, .ckpt or .safetensors.
    target : Path
        The model file; the model is called as it is.
    task : str, optional
        What the model is for, where that isn't what spandrel says of its architecture.
    license_text : str, optional
        The licence of the weights.

    Raises
    ------
    PluginError
        If spandrel isn't installed.
    FileReadError, ModelFileError
        If the file can't be read, isn't of a net that spandrel knows, or if its net doesn't run.
    InvalidParameterError
        If the net can't be for that task.
    FileWriteError
        If the model file can't be written.
    """
    known = architectures()
    weights = _state_dict(path, read_weights(path))
    found = _recognised(known, path, weights)
    net, picture = _built(path, found.id, weights)
    wanted = _task_of(path, net) if task is None else _fitting(task, net)
    made = _tried(path, net, picture)
    options = net.settled({"architecture": str(found.id)})
    channels = "grey" if net.colors == (1, 1) else "RGB"
    card = ModelCard(
        name=target.stem,
        task=wanted,
        architecture="spandrel",
        options=options,
        scale=net.scale,
        bf16=net.bf16 and _same_in_bf16(net, picture, made),
        description=f"{found.name}, {', '.join((*net.tags, channels))}: imported from {path.name}.",
        license=license_text or UNKNOWN,
        limits=GLOBAL if options["halo"] is None else "",
        original=Original(file=path.name, sha256=sha256_of(path)),
        created=datetime.now(UTC).date().isoformat(),
    )
    half = all(one.dtype == torch.float16 for one in weights.values() if one.is_floating_point())
    with atomic_path(target) as temporary:
        save_model(temporary, net, card, half=half)
        _check_kept(path, load_model_file(temporary).net(picture).image, made)
    return card


def _state_dict(path: Path, content: Any) -> dict[str, Tensor]:
    """Return the weights in a file, out of what training loops put around them."""
    import spandrel

    found = spandrel.canonicalize_state_dict(dict(content)) if isinstance(content, Mapping) else None
    if not found or not any(True for _ in tensors_in(found)):
        raise ModelFileError(f"a dictionary of weights in {path}", type(content).__name__)
    return {str(name): one for name, one in found.items() if isinstance(one, Tensor)}


def _recognised(known: Any, path: Path, weights: dict[str, Tensor]) -> Any:
    """Return the architecture that weights are of."""
    try:
        for support in known.architectures("detection"):
            if support.detect(weights):
                return support.architecture
    except MISFIT as error:
        raise ModelFileError(f"the weights of a net in {path}", str(error) or type(error).__name__) from error
    names = ", ".join(list(weights)[:3])
    advice = "See its list of architectures; some are in the package spandrel_extra_arches."
    raise ModelFileError("weights of a net that spandrel knows", f"{path}, with {names} ...", advice)


def _built(path: Path, architecture: str, weights: dict[str, Tensor]) -> tuple[SpandrelNet, Tensor]:
    """Return the net, and a picture for it."""
    own = {PREFIX + name: one for name, one in weights.items()}
    try:
        with torch.random.fork_rng(devices=[]), no_larger_than(own):
            net = SpandrelNet(architecture, weights=own)
    except InvalidParameterError as error:
        raise ModelFileError(f"{error.expected} in {path}", error.got, error.advice) from error
    net.eval().requires_grad_(False)
    return net, texture((TRIAL, TRIAL), net.channels == MASKED)


def _task_of(path: Path, net: SpandrelNet) -> Task:
    """Return what a net is for: a task of ours that suits what spandrel calls its purpose."""
    if net.purpose == "FaceSR":
        raise ModelFileError("a model for pictures of any kind", f"{path}, which is for cut-out faces alone")
    if net.channels == MASKED:
        return "infill"
    if net.colors == (1, 3):
        return "colorize"
    return "upscale" if net.scale > 1 else "restore"


def _fitting(task: Task, net: SpandrelNet) -> Task:
    spec = task_named(task)
    if spec.call and spec.scales == (net.scale > 1) and spec.fills == (net.channels == MASKED):
        return spec.name
    fitting = [
        one.name
        for one in TASKS.values()
        if one.call and one.scales == (net.scale > 1) and one.fills == (net.channels == MASKED)
    ]
    raise InvalidParameterError(f"a task that the net can be for, one of {', '.join(fitting)}", spec.name)


@torch.inference_mode()
def _tried(path: Path, net: SpandrelNet, picture: Tensor) -> Tensor:
    """Return what the net makes of a picture; raise `ModelFileError` if that is none."""
    expected = (1, 3, TRIAL * net.scale, TRIAL * net.scale)
    try:
        made: Tensor = net(picture).image
    except MISFIT as error:
        first_line = (str(error) or type(error).__name__).splitlines()[0]
        raise ModelFileError(f"a net that runs in {path}", first_line) from error
    if tuple(made.shape) != expected or not torch.isfinite(made).all():
        raise ModelFileError(f"finite output of shape {expected} from {path}", f"shape {tuple(made.shape)}, or NaN")
    return made


@torch.inference_mode()
def _same_in_bf16(net: SpandrelNet, picture: Tensor, made: Tensor) -> bool:
    try:
        with torch.autocast("cpu", torch.bfloat16):
            low = net(picture).image
    except RuntimeError as error:  # an operation that torch doesn't have in bfloat16
        if isinstance(error, DecrappifyError):
            raise
        return False
    return bool((low - made).abs().mean() < GREY_LEVEL)


def _check_kept(path: Path, again: Tensor, made: Tensor) -> None:
    """Raise `ModelFileError` if a net isn't the same one when it is built from what was kept of it."""
    if again.shape != made.shape or (again - made).abs().max() > SAME:
        raise ModelFileError(f"a net that is the same when it is read again, in {path}", "another one")
