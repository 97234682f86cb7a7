"""The old photo dock: three switches, the damage as labels, and the run again with them."""

from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify import repair_photo, replay
from napari_decrappify.widgets.old_photo import OldPhotoDock

pytestmark = pytest.mark.usefixtures("bare_viewer")


@pytest.fixture
def dock(open_with):
    return open_with(OldPhotoDock, "tiny_photo")


def scan():
    return np.random.default_rng(0).integers(40, 200, (40, 48)).astype(np.uint8)


def test_the_damage_that_was_found_is_a_layer_of_labels(viewer, dock, finish):
    viewer.add_image(scan(), name="grandmother")
    dock.fields["fading"].value = False
    finish(dock)
    made, damage = repair_photo(scan(), fading=False, return_mask=True, device="cpu")
    np.testing.assert_array_equal(viewer.layers["grandmother repaired"].data, made)
    np.testing.assert_array_equal(viewer.layers["grandmother repaired mask"].data != 0, damage)
    assert viewer.layers["grandmother repaired mask"].editable
    np.testing.assert_array_equal(replay(viewer.layers["grandmother repaired"].metadata["decrappify"], scan()), made)


def test_again_repairs_what_the_labels_mark_now(viewer, dock, finish, qtbot):
    viewer.add_image(scan(), name="grandmother")
    dock.fields["fading"].value = False
    finish(dock)
    labels = viewer.layers["grandmother repaired mask"]
    painted = np.zeros((40, 48), labels.data.dtype)
    painted[5:30, 12:14] = 1
    labels.data = painted
    dock.fields["scratches"].value = False
    dock.again.native.click()
    qtbot.waitUntil(lambda: not dock.run_button.running, timeout=30_000)
    result = viewer.layers[-1]
    expected = repair_photo(scan(), painted, fading=False, device="cpu")
    np.testing.assert_array_equal(result.data, expected)
    np.testing.assert_array_equal(result.data[painted == 0], scan()[painted == 0])


def test_only_what_is_switched_on_has_fields(viewer, dock):
    viewer.add_image(scan())
    of_damage = [dock.mask, *(dock.fields[name] for name in ("dilate", "return_mask", "texture"))]
    strength = dock.fields["strength"]
    for on in (False, True):
        dock.fields["scratches"].value = dock.fields["fading"].value = on
        assert not any(field.native.isHidden() == on for field in (*of_damage, strength))


def test_without_scratches_no_labels_are_added(viewer, dock, finish):
    viewer.add_image(scan(), name="grandmother")
    dock.fields["scratches"].value = False
    finish(dock)
    assert [layer.name for layer in viewer.layers] == ["grandmother", "grandmother repaired"]
    np.testing.assert_array_equal(viewer.layers[-1].data, repair_photo(scan(), scratches=False, device="cpu"))
