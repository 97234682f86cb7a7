"""What a worker and the process that started it send each other: pickles, each after its length."""

from __future__ import annotations

import io
import pickle
import struct
from types import FunctionType
from typing import IO, Any

from ..errors import InvalidParameterError

LENGTH = struct.Struct("!Q")


def packed(content: object) -> bytes:
    """Pickle what a worker is to get.

    Raises
    ------
    InvalidParameterError
        For what another process can't have: a lambda, an open file, and all that the script or notebook itself
        defines, since workers don't run it.
    """
    buffer = io.BytesIO()
    try:
        _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(content)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise _unsendable(str(error)) from error
    return buffer.getvalue()


def write(pipe: IO[bytes], content: bytes) -> None:
    """Write one message."""
    for part in (LENGTH.pack(len(content)), content):
        left = memoryview(part)
        while left:
            left = left[pipe.write(left) :]
    pipe.flush()


def read(pipe: IO[bytes]) -> bytes:
    """Wait for one message; raise `EOFError` where the other side is gone."""
    (length,) = LENGTH.unpack(_exactly(pipe, LENGTH.size))
    return _exactly(pipe, length)


class _Pickler(pickle.Pickler):
    def reducer_override(self, thing: Any) -> Any:
        """Refuse what only the caller's script knows by name."""
        if isinstance(thing, type | FunctionType) and thing.__module__ == "__main__":
            raise _unsendable(f"{thing.__qualname__}, which the script or notebook itself defines")
        return NotImplemented


def _unsendable(what: str) -> InvalidParameterError:
    return InvalidParameterError(
        "what a worker process can import", what, "Move it to a module of its own, or do without worker processes."
    )


def _exactly(pipe: IO[bytes], length: int) -> bytes:
    content = bytearray()
    while len(content) < length:
        part = pipe.read(min(length - len(content), 2**24))
        if not part:
            raise EOFError
        content += part
    return bytes(content)
