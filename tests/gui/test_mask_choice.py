"""Which layer is the mask, and what of it counts."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Labels, Points

from napari_decrappify import infill, remove_watermark
from napari_decrappify.apply.masks import grown
from napari_decrappify.errors import InvalidMaskError
from napari_decrappify.models import load_model
from napari_decrappify.widgets._mask_choice import ALL, AS_SHOWN, LISTED, SELECTED, MaskChoice, numbers_in
from napari_decrappify.widgets.infill import InfillDock
from napari_decrappify.widgets.remove_watermark import RemoveWatermarkDock


def photo(shape=(40, 48)):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


def marks():
    """Three labels in three places."""
    marked = np.zeros((40, 48), np.uint8)
    for number in (1, 2, 5):
        marked[4 * number : 4 * number + 3, 6:30] = number
    return marked


@pytest.fixture
def fill_dock(viewer, open_with):
    viewer.add_image(photo(), name="cat")
    viewer.add_labels(marks(), name="here")
    return open_with(InfillDock, "tiny_infill")


@pytest.mark.parametrize(
    ("which", "listed", "told"), [(ALL, "1", None), (SELECTED, "1", [2]), (LISTED, "1, 4-5", [1, 4, 5])], ids=str
)
def test_the_labels_that_count_are_filled(viewer, fill_dock, finish, which, listed, told):
    viewer.layers["here"].selected_label = 2
    fill_dock.mask.which.value, fill_dock.mask.listed.value = which, listed
    finish(fill_dock)
    result = viewer.layers["cat filled"]
    mask = np.isin(marks(), told or [1, 2, 5])
    np.testing.assert_array_equal(result.data, infill(photo(), mask, model=fill_dock.model.value, device="cpu"))
    assert result.metadata["decrappify"]["source"]["mask"]["labels"] == told


def test_an_image_counts_above_the_threshold(viewer, fill_dock, finish):
    viewer.add_image(np.where(marks() == 5, 9.0, 2.0), name="bright")
    fill_dock.image.value = viewer.layers["cat"]
    fill_dock.mask.layer.value = viewer.layers["bright"]
    fill_dock.mask.threshold.value = 3.5
    finish(fill_dock)
    expected = infill(photo(), marks() == 5, model=fill_dock.model.value, device="cpu")
    np.testing.assert_array_equal(viewer.layers["cat filled"].data, expected)
    assert viewer.layers["cat filled"].metadata["decrappify"]["source"]["mask"]["threshold"] == 3.5


def test_points_are_as_large_as_they_show_or_of_one_radius(viewer, fill_dock, finish):
    points = viewer.add_points([[10, 10], [30, 20]], size=[4, 6], name="dots")
    fill_dock.image.value = viewer.layers["cat"]
    assert fill_dock.mask.layer.value == points
    assert fill_dock.mask.radius.native.text() == AS_SHOWN
    assert fill_dock.mask.value.radius is None
    fill_dock.mask.radius.value = 5
    finish(fill_dock)
    y, x = np.indices((40, 48))
    discs = (np.hypot(y - 10, x - 10) <= 5) | (np.hypot(y - 30, x - 20) <= 5)
    expected = infill(photo(), discs, model=fill_dock.model.value, device="cpu")
    np.testing.assert_array_equal(viewer.layers["cat filled"].data, expected)
    assert viewer.layers["cat filled"].metadata["decrappify"]["source"]["mask"]["radius"] == 5


def test_a_mask_for_watermarks_can_be_grown(viewer, open_with, finish):
    viewer.add_image(photo(), name="cat")
    viewer.add_labels(marks(), name="here")
    dock = open_with(RemoveWatermarkDock, "tiny_watermark")
    dock.mask.layer.value = viewer.layers["here"]
    dock.mask.dilate.value = 2
    finish(dock)
    model = load_model(dock.model.value)
    expected = remove_watermark(photo(), grown(marks() > 0, 2), model=model, device="cpu")
    np.testing.assert_array_equal(viewer.layers["cat cleaned"].data, expected)


def test_only_what_applies_shows(viewer, qtbot):
    mask = MaskChoice(viewer, "none", grows=True)
    qtbot.addWidget(mask.native)
    mask.native.show()
    layers = [Labels(marks()), Image(photo()), Points(np.zeros((1, 2)))]
    for layer in layers:
        viewer.add_layer(layer)
    mask.reset_choices()

    def shown():
        fields = (mask.which, mask.listed, mask.threshold, mask.radius, mask.dilate)
        return [field.name for field in fields if field.visible]

    assert shown() == []
    seen = []
    for layer in viewer.layers:
        mask.layer.value = layer
        seen.append(shown())
    assert seen == [["which", "dilate"], ["threshold", "dilate"], ["radius", "dilate"]]
    mask.layer.value = viewer.layers[0]
    mask.which.value = LISTED
    assert shown() == ["which", "listed", "dilate"]
    mask.which.value = ALL
    assert shown() == ["which", "dilate"]


def test_the_background_cannot_be_the_label_that_counts(viewer, fill_dock, finish, notices):
    fill_dock.mask.which.value = SELECTED
    viewer.layers["here"].selected_label = 0
    finish(fill_dock)
    assert len(viewer.layers) == 2
    assert notices == ["Expected a label to be selected, got 0, the background of 'here'."]


@pytest.mark.parametrize(("text", "numbers"), [("3", [3]), ("1, 3 ,5-7", [1, 3, 5, 6, 7]), ("2 - 3", [2, 3])], ids=str)
def test_lists_of_numbers_are_understood(text, numbers):
    assert numbers_in(text) == numbers


@pytest.mark.parametrize("text", ["", "one", "1,", "5-3", "-1", "1.5", "1-99999999999"])
def test_other_texts_are_refused(text):
    with pytest.raises(InvalidMaskError, match="numbers of labels, such as 1, 3, 5-7, got "):
        numbers_in(text)
