"""Operations go by the names of their classes: in records, files and menus."""

from __future__ import annotations

from types import new_class

import numpy as np
import pytest

from napari_decrappify.degrade import Crappifier, as_record, crappify, from_record
from napari_decrappify.degrade.operation import OPERATIONS, Operation
from napari_decrappify.errors import InvalidParameterError


@pytest.fixture(autouse=True)
def registered(monkeypatch):
    """Keep what a test registers from others."""
    for name in ("Negative", "Jpeg"):
        monkeypatch.setitem(OPERATIONS, name, OPERATIONS.get(name, Operation))
    monkeypatch.delitem(OPERATIONS, "Negative")


def negative(name, module):
    """Make an operation's class, as a module of that name does."""

    def body(namespace):
        namespace["__module__"] = module
        namespace["draw"] = lambda self, rng, shape: {}
        namespace["apply"] = staticmethod(lambda plane, values: (255 - plane, None))

    return new_class(name, (Operation,), exec_body=body)


def test_an_operation_of_one_s_own_is_known_by_its_name():
    crappifier = Crappifier((negative("Negative", "mine")(),))
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    worse = crappify(image, from_record(as_record(crappifier)), seed=1)
    np.testing.assert_array_equal(worse.image, 255 - image)


def test_an_operation_can_not_take_the_name_of_another():
    jpeg = OPERATIONS["Jpeg"]
    with pytest.raises(InvalidParameterError, match=r"mine.*degrade\.operations\.jpeg"):
        negative("Jpeg", "mine")
    assert OPERATIONS["Jpeg"] is jpeg


def test_a_module_that_is_run_again_may_define_its_operation_again():
    negative("Negative", "__main__")
    again = negative("Negative", "__main__")
    assert OPERATIONS["Negative"] is again
