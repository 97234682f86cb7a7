"""What people and files may pass: images and values of every kind, and records changed in a place or two."""

from __future__ import annotations

import copy
import inspect
from typing import get_args

import numpy as np
import torch
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from napari_decrappify.intensity import SUPPORTED
from napari_decrappify.parameters import parameters_of

GIVEN = ("image", "images", "mask", "progress")
ODD_TEXTS = ("", "\0", "a\0b", "x" * 300, "..", "~nobody/x", "/dev/zero", "\ud800", "auto", "[[[", "0", "False", "é.x")
numbers = st.one_of(
    st.integers(-3, 300), st.sampled_from([2**31, 2**63, -(2**63), 10**30, 10**400]), st.floats(width=32), st.floats()
)
leaves = st.one_of(st.none(), st.booleans(), numbers, st.sampled_from(ODD_TEXTS), st.text(max_size=5))
json_values = st.recursive(
    leaves,
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=4), inner, max_size=3)),
    max_leaves=6,
)


def deep(levels: int) -> list:
    """A list in a list in a list."""
    value: list = []
    for _ in range(levels):
        value = [value]
    return value


objects = st.one_of(
    json_values,
    st.builds(object),
    st.builds(lambda: np.zeros((2, 3))),
    st.builds(lambda: torch.ones(8, 9, requires_grad=True)),
    st.builds(lambda: deep(2000)),
    st.tuples(leaves, leaves),
    st.binary(max_size=4),
)


@st.composite
def images(draw):
    """An image that is one, nearly always: any dtype, two to four axes, perhaps empty, with any values."""
    dtype = draw(st.sampled_from([*SUPPORTED, ">u2", ">f4", "bool", "complex64", "uint64"]))
    shape = draw(
        st.one_of(
            st.tuples(st.integers(1, 20), st.integers(1, 20)),
            st.tuples(st.integers(1, 12), st.integers(1, 12), st.integers(1, 5)),
            st.lists(st.integers(0, 6), max_size=5).map(tuple),
        )
    )
    return draw(npst.arrays(dtype, shape, elements=None if draw(st.booleans()) else npst.from_dtype(np.dtype(dtype))))


@st.composite
def arguments(draw, call, *without):
    """Some keywords of a call: as it declares them, or, seldom, of any kind."""
    documented = parameters_of(call)
    names = [name for name in inspect.signature(call).parameters if name not in (*GIVEN, *without)]
    chosen = draw(st.lists(st.sampled_from(names), max_size=4, unique=True))
    wild = draw(st.sampled_from([*chosen, None, None])) if chosen else None
    return {
        name: draw(objects) if name == wild or name not in documented else draw(_fitting(documented[name]))
        for name in chosen
    }


def _fitting(parameter):
    low, high = parameter.doc.minimum, parameter.doc.maximum
    if parameter.choices is not None:
        return st.sampled_from(parameter.choices)
    if parameter.type is bool:
        return st.booleans()
    if parameter.type is int:
        return st.integers(int(low or 0), int(high if high is not None else (low or 0) + 40))
    if parameter.type is float:
        return st.floats(low or 0, high if high is not None else 10)
    if str in (parameter.type, *get_args(parameter.type)):
        return st.sampled_from(["auto", "cpu", "lesson7", *ODD_TEXTS])
    return objects


@st.composite
def changed(draw, plain, values=json_values):
    """Plain data with up to three places replaced, removed or added to."""
    made = {"": copy.deepcopy(plain)}
    for _ in range(draw(st.integers(1, 3))):
        inside, key = draw(st.sampled_from(_places(made)))
        if draw(st.integers(0, 5)) or isinstance(inside, list):
            inside[key] = draw(values)
        elif len(made[""]) and inside is not made:
            del inside[key]
        if not isinstance(made[""], dict | list) or not made[""]:
            break
    return made[""]


def _places(plain):
    found = []
    for key, value in list(plain.items() if isinstance(plain, dict) else enumerate(plain)):
        found.append((plain, key))
        if isinstance(value, dict | list):
            found += _places(value)
    return found
