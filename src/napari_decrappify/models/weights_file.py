"""Files of weights that others wrote: read as tensors, with no code of theirs run and no more memory than they fill."""

from __future__ import annotations

import pickle
import warnings
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ..bounds import check_regular
from ..errors import FileReadError, ModelFileError
from .file import MOST_BYTES

A_WEIGHTS_FILE = "a weights file (.pth, .pt, .ckpt, .safetensors)"
ZIPPED, PICKLED = b"PK\x03\x04", b"\x80"
UNREADABLE = (
    OSError,
    RuntimeError,
    ValueError,
    EOFError,
    LookupError,
    AttributeError,
    TypeError,
    pickle.UnpicklingError,
    zipfile.BadZipFile,
)
"""What torch raises for a file that begins like weights and isn't."""
ANEW = "Get it anew, or name another source."
PROGRAM = "It may hold code, which isn't run here. If you trust it, load it with torch and save its state_dict() alone."
SHARED = 4
"""Times that a tensor's values may be counted again: weights that are tied, averages beside what they are of."""


def read_weights(path: Path) -> Any:
    """Return what a file of weights holds, tensors on the processor in dictionaries.

    Archives of TorchScript, which are programs, aren't taken, nor pickles that need anything but torch's own tensors.

    Raises
    ------
    FileReadError
        If there is no such file, or it can't be read.
    ModelFileError
        If it is of another kind, truncated, too large, holds code, or claims more values than it has bytes for.
    """
    size = _checked_size(path)
    safetensors = path.suffix.lower() == ".safetensors"
    if not safetensors:
        _check_pickle(path)
    content = _loaded(path, safetensors)
    held = sum(one.numel() * one.element_size() for one in tensors_in(content))
    if held > SHARED * size:
        raise ModelFileError(f"tensors that the {size:,} bytes of {path} hold", f"{held:,} bytes of them")
    return content


def tensors_in(content: Any) -> Iterator[Tensor]:
    """Yield the tensors in dictionaries and lists, however deep."""
    waiting, seen = [content], set()
    while waiting:
        one = waiting.pop()
        if isinstance(one, Tensor):
            yield one
        elif isinstance(one, Mapping | list | tuple) and id(one) not in seen:
            seen.add(id(one))
            waiting += one.values() if isinstance(one, Mapping) else one


def _checked_size(path: Path) -> int:
    try:
        size = check_regular(path)
    except OSError as error:
        raise FileReadError(f"a readable weights file {path}", error.strerror or str(error)) from error
    if size > MOST_BYTES:
        raise ModelFileError(f"a weights file of at most {MOST_BYTES:,} bytes", f"{path} of {size:,} bytes")
    return size


def _check_pickle(path: Path) -> None:
    """Refuse what is no pickle as torch writes them: other formats, programs, and archives that grow when unpacked."""
    try:
        with path.open("rb") as file:
            start = file.read(len(ZIPPED))
        packed = zipfile.ZipFile(path).infolist() if start == ZIPPED else []
    except OSError as error:
        raise FileReadError(f"a readable weights file {path}", error.strerror or str(error)) from error
    except zipfile.BadZipFile as error:
        raise ModelFileError(f"{A_WEIGHTS_FILE} at {path}", str(error), ANEW) from error
    if start != ZIPPED and not start.startswith(PICKLED):
        raise ModelFileError(f"{A_WEIGHTS_FILE} at {path}", "a file of another kind", ANEW)
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in packed):
        raise ModelFileError(f"{A_WEIGHTS_FILE} at {path}", "an archive whose parts are compressed", ANEW)
    if any(Path(entry.filename).name == "constants.pkl" for entry in packed):
        raise ModelFileError(f"{A_WEIGHTS_FILE} at {path}", "an archive of TorchScript, a program", PROGRAM)


def _loaded(path: Path, safetensors: bool) -> Any:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if safetensors:
            return load_file(path)
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Detected pickle protocol")
            return torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelFileError(f"{A_WEIGHTS_FILE} at {path}", _first_line(error), PROGRAM) from error
    except (*UNREADABLE, SafetensorError) as error:
        raise ModelFileError(f"{A_WEIGHTS_FILE} at {path}", _first_line(error), ANEW) from error


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]
