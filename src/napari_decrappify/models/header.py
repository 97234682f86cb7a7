"""The safetensors header, read without torch: names, shapes and metadata, and a check that nothing was edited."""

from __future__ import annotations

import hashlib
import json
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..bounds import check_regular, parse_json
from ..errors import FileReadError, ModelFileError, ModelNotFoundError

KEY = "napari_decrappify"
LENGTH_BYTES = 8
MAX_HEADER = 16 * 2**20
A_MODEL_FILE = "a model file of napari-decrappify (.safetensors)"
DAMAGED = "The file is truncated or was edited: copy it again from where it came."


@dataclass(frozen=True)
class Header:
    """The header of a safetensors file.

    Attributes
    ----------
    tensors : dict
        Entry of each tensor: its dtype, shape and place in the file.
    metadata : dict of str
        What the writer added.
    data_start : int
        Offset of the first tensor byte in the file.
    """

    tensors: dict[str, Any]
    metadata: dict[str, str]
    data_start: int

    def digest(self, card_json: str, data: bytes | memoryview) -> str:
        """Return the sha256 over the card, the tensor entries and the tensor bytes."""
        entries = json.dumps(self.tensors, sort_keys=True)
        digest = hashlib.sha256(f"{card_json}\n{entries}\n".encode())
        digest.update(data)
        return digest.hexdigest()


def read_header(path: Path) -> Header:
    """Read the header of a file, and nothing else of it."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            start = file.read(LENGTH_BYTES)
            size = header_size(start, path)
            return parse_header(start + file.read(size), path)
    except FileNotFoundError as error:
        raise ModelNotFoundError("the path of a model file", f"{path}, which doesn't exist") from error
    except OSError as error:
        raise FileReadError(f"a readable model file {path}", error.strerror or str(error)) from error


def header_size(start: bytes, path: Path) -> int:
    """Return the size of the header that the first eight bytes of a file announce."""
    if len(start) < LENGTH_BYTES:
        raise ModelFileError(A_MODEL_FILE, f"{path} of {len(start)} bytes", DAMAGED)
    (size,) = struct.unpack("<Q", start)
    if not 2 <= size <= MAX_HEADER:
        raise ModelFileError(A_MODEL_FILE, f"{path}, which is of another format")
    return int(size)


def parse_header(blob: bytes, path: Path) -> Header:
    """Parse the header at the beginning of a file's bytes.

    Raises
    ------
    ModelFileError
        If it is truncated, no JSON, or doesn't describe tensors.
    """
    size = header_size(blob[:LENGTH_BYTES], path)
    text = blob[LENGTH_BYTES : LENGTH_BYTES + size]
    if len(text) < size:
        raise ModelFileError(f"a header of {size} bytes in {path}", f"{len(text)} bytes", DAMAGED)
    try:
        tensors = parse_json(text)
    except ValueError as error:
        raise ModelFileError(A_MODEL_FILE, f"{path}, whose header isn't JSON", DAMAGED) from error
    if not isinstance(tensors, dict) or not all(isinstance(entry, dict) for entry in tensors.values()):
        raise ModelFileError(A_MODEL_FILE, f"{path}, whose header doesn't describe tensors", DAMAGED)
    metadata = tensors.pop("__metadata__", {})
    return Header(tensors, metadata, LENGTH_BYTES + size)
