"""Which layer is the mask, and what of it counts."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Labels, Points

from napari_decrappify import infill, remove_watermark
from napari_decrappify.apply.masks import grown
from napari_decrappify.errors import InvalidMaskError
from napari_decrappify.models import load_model
from napari_decrappify.widgets.base.mask_choice import (
    ALL,
    AS_SHOWN,
    LISTED,
    SELECTED,
    MaskChoice,
    numbers_in,
)
from napari_decrappify.widgets.infill.dock import InfillDock
from napari_decrappify.widgets.models.two_models import TwoModels
from napari_decrappify.widgets.remove_watermark import RemoveWatermarkDock

pytestmark = pytest.mark.usefixtures("bare_viewer")


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
    ("which", "listed", "labels"), [(ALL, "1", None), (SELECTED, "1", [2]), (LISTED, "1, 4-5", [1, 4, 5])], ids=str
)
def test_the_labels_that_count_are_filled(viewer, fill_dock, finish, which, listed, labels):
    viewer.layers["here"].selected_label = 2
    fill_dock.mask.which.value, fill_dock.mask.listed.value = which, listed
    finish(fill_dock)
    result = viewer.layers["cat infilled"]
    mask = np.isin(marks(), labels or [1, 2, 5])
    np.testing.assert_array_equal(result.data, infill(photo(), mask, model=fill_dock.model.value, device="cpu"))
    assert result.metadata["decrappify"]["source"]["mask"]["labels"] == labels


def test_an_image_counts_above_the_threshold(viewer, fill_dock, finish):
    viewer.add_image(np.where(marks() == 5, 9.0, 2.0), name="bright")
    fill_dock.image.value = viewer.layers["cat"]
    fill_dock.mask.layer.value = viewer.layers["bright"]
    fill_dock.mask.threshold.value = 3.5
    finish(fill_dock)
    expected = infill(photo(), marks() == 5, model=fill_dock.model.value, device="cpu")
    np.testing.assert_array_equal(viewer.layers["cat infilled"].data, expected)
    assert viewer.layers["cat infilled"].metadata["decrappify"]["source"]["mask"]["threshold"] == 3.5


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
    np.testing.assert_array_equal(viewer.layers["cat infilled"].data, expected)
    assert viewer.layers["cat infilled"].metadata["decrappify"]["source"]["mask"]["radius"] == 5


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


@pytest.fixture
def two_photos(viewer, open_with):
    """Two photos of the same size, and a dock on the first with marks that are chosen for it."""

    def open_it(kind, fixture):
        for seed, name in enumerate(("cat", "dog")):
            viewer.add_image(photo() if seed == 0 else photo()[::-1].copy(), name=name)
        labels = viewer.add_labels(marks(), name="here")
        dock = open_with(kind, fixture)
        dock.image.value, dock.mask.layer.value = viewer.layers["cat"], labels
        return dock

    return open_it


@pytest.mark.parametrize("by_click", [True, False], ids=["selected", "picked"])
def test_the_found_mask_of_a_photo_is_not_that_of_the_next(viewer, open_with, finish, qtbot, tiny_watermark, by_click):
    viewer.add_image(photo(), name="cat")
    dock = open_with(RemoveWatermarkDock, "tiny_watermark")
    finish(dock)
    viewer.layers["cat cleaned mask"].data[:] = marks()
    dock.again.native.click()
    qtbot.waitUntil(lambda: not dock.run_button.running, timeout=30_000)
    assert dock.mask.layer.value == viewer.layers["cat cleaned mask"]
    other = viewer.add_image(photo()[::-1].copy(), name="dog") if by_click else viewer.layers["cat cleaned 2"]
    dock.image.value = other
    assert dock.mask.layer.value is None
    assert not dock.fields["return_mask"].native.isHidden()
    finish(dock)
    expected = remove_watermark(other.data, model=tiny_watermark, device="cpu")
    np.testing.assert_array_equal(viewer.layers[f"{other.name} cleaned"].data, expected)


def test_a_photo_of_the_same_name_does_not_get_the_mask_that_was_found_in_the_last(viewer, open_with, finish):
    viewer.add_image(photo(), name="cat")
    dock = open_with(RemoveWatermarkDock, "tiny_watermark")
    finish(dock)
    assert dock.again.enabled
    viewer.layers.remove("cat")
    viewer.add_image(photo()[::-1].copy(), name="cat")
    assert not dock.again.enabled
    before = len(viewer.layers)
    dock.run_again()
    assert len(viewer.layers) == before
    assert not dock.run_button.running


@pytest.mark.parametrize(
    ("kind", "fixture"), [(InfillDock, "tiny_infill"), (RemoveWatermarkDock, "tiny_watermark")], ids=["fill", "remove"]
)
def test_another_image_lets_the_mask_go_and_nothing_else_does(viewer, two_photos, kind, fixture):
    dock = two_photos(kind, fixture)
    chosen = viewer.layers["here"]
    viewer.layers.move(0, 2)
    viewer.layers["dog"].name = "wolf"
    viewer.layers.selection.active = viewer.layers["cat"]
    viewer.layers.remove("wolf")
    viewer.add_points([[3, 4]], name="dots")
    dock.mask.layer.value = chosen
    viewer.layers.remove("dots")
    dock.reset_choices()
    assert dock.mask.layer.value == chosen
    viewer.add_image(photo()[::-1].copy(), name="dog")
    assert dock.image.current_choice == "dog"
    assert dock.mask.layer.value is None
    assert dock.run_button.start.enabled == (kind is RemoveWatermarkDock)


def test_the_mask_goes_with_an_image_that_is_removed(viewer, two_photos):
    dock = two_photos(InfillDock, "tiny_infill")
    viewer.layers.remove("cat")
    assert dock.image.current_choice == "dog"
    assert dock.mask.layer.value is None
    assert not dock.run_button.start.enabled


def test_a_comparison_of_two_models_lets_the_mask_go_too(viewer, qtbot, home):
    for name in ("cat", "dog"):
        viewer.add_image(photo(), name=name)
    labels = viewer.add_labels(marks(), name="here")
    compare = TwoModels(viewer, "watermark", list)
    qtbot.addWidget(compare.native)
    compare.image.value, compare.mask.layer.value = viewer.layers["cat"], labels
    compare.image.value = viewer.layers["dog"]
    assert compare.mask.layer.value is None


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
