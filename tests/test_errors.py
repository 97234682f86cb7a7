"""Errors say what was expected, what came and what to do."""

from __future__ import annotations

import pickle

import pytest

from napari_decrappify import errors

KINDS = [kind for kind in vars(errors).values() if isinstance(kind, type) and not issubclass(kind, Warning)]


@pytest.mark.parametrize("kind", KINDS)
def test_an_error_reads_as_sentences_and_crosses_processes(kind):
    error = kind("a round hole", "a square peg", "Whittle it.")
    assert str(error) == "Expected a round hole, got a square peg. Whittle it."
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.got) == (kind, str(error), "a square peg")
    assert isinstance(error, errors.DecrappifyError)


def test_errors_can_be_caught_as_what_python_calls_them():
    assert issubclass(errors.InvalidImageError, ValueError)
    assert issubclass(errors.ModelNotFoundError, LookupError)
    assert issubclass(errors.FileWriteError, OSError)
    assert issubclass(errors.DeviceError, RuntimeError)
