"""Parameters are declared once, in a signature, and checked from there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import numpy as np
import pytest

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.parameters import Doc, check_arguments, parameters_of


def example(
    image: object,
    size: Annotated[int, Doc("A size.", minimum=1, maximum=9)] = 3,
    share: Annotated[float | None, Doc("A share.", maximum=1)] = None,
    kind: Annotated[Literal["a", "b"], Doc("A kind.", label="Sort")] = "a",
    place: Annotated[str | Path | None, Doc("A place.")] = None,
    span: Annotated[Literal["all"] | tuple[float, float], Doc("A span.")] = "all",
    task: Annotated[str, Doc("A task.", choices=("upscale", "restore"))] = "upscale",
    plain: Annotated[int, "no doc"] = 0,
) -> None:
    """Do nothing."""


def test_only_documented_parameters_are_found_in_order():
    found = parameters_of(example)
    assert list(found) == ["size", "share", "kind", "place", "span", "task"]
    assert found["size"].default == 3
    assert (found["share"].type, found["share"].optional) == (float, True)
    assert found["kind"].choices == ("a", "b")
    assert found["kind"].doc.label == "Sort"
    assert found["place"].optional
    assert found["task"].choices == ("upscale", "restore")
    assert (found["span"].choices, found["span"].is_range) == (("all",), True)


@pytest.mark.parametrize(
    "given",
    [
        {"size": 1},
        {"size": np.int64(9)},
        {"share": None},
        {"share": 1},
        {"share": np.float32(0.5)},
        {"kind": "b"},
        {"task": "restore"},
        {"span": "all"},
        {"span": (0, 2.5)},
    ],
)
def test_values_within_bounds_pass(given):
    check_arguments(example, given)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"size": 0}, "size from 1 to 9, got 0"),
        ({"task": "deblur"}, "task to be one of 'upscale', 'restore', got 'deblur'"),
        ({"size": 2.5}, "size to be of type int, got 2.5"),
        ({"size": True}, "type int"),
        ({"size": None}, "type int"),
        ({"share": 1.5}, "share at most 1, got 1.5"),
        ({"share": float("nan")}, "share at most 1"),
        ({"share": "much"}, "type float"),
        ({"kind": "c"}, "kind to be one of 'a', 'b', got 'c'"),
        ({"span": "some"}, r"span to be one of 'all' or \(low, high\), got 'some'"),
        ({"span": (2, 1)}, r"span to be \(low, high\), got \(2, 1\)"),
    ],
)
def test_values_out_of_bounds_are_refused_by_name(given, message):
    with pytest.raises(InvalidParameterError, match=message):
        check_arguments(example, given)
