"""The watermark dock shows the mark that planes share, and takes it off again as the user corrects it."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_decrappify import load_mark, remove_watermark, replay
from napari_decrappify.apply.marks.mark import SolvedMark
from napari_decrappify.widgets import solved_mark
from napari_decrappify.widgets.remove_watermark import RemoveWatermarkDock

pytestmark = pytest.mark.usefixtures("bare_viewer")

MARK = SolvedMark(np.float32(np.eye(40, 48)), np.float32([1.0]), 0.5, 0.01)


@pytest.fixture
def stack():
    return np.random.default_rng(0).integers(0, 200, (6, 40, 48)).astype(np.uint8)


def results(viewer):
    return [layer for layer in viewer.layers if isinstance(layer, Image) and "decrappify" in layer.metadata]


@pytest.fixture
def dock(viewer, open_with, finish, stack, monkeypatch):
    """A dock that has run, and found `MARK` on all planes."""
    from napari_decrappify.apply import tasks

    class Solving:
        @staticmethod
        def job(*_, **__):
            yield from ()
            return MARK

    monkeypatch.setattr(tasks, "solve_mark", Solving)
    viewer.add_image(stack, name="cells")
    dock = open_with(RemoveWatermarkDock, "tiny_watermark")
    assert not dock.solved.visible
    dock.fields["shared"].value = True
    finish(dock)
    return dock


def test_the_mark_of_all_planes_is_taken_off_and_shown(viewer, dock, stack):
    result = results(viewer)[-1]
    np.testing.assert_array_equal(result.data, remove_watermark(stack, mark=MARK))
    np.testing.assert_array_equal(replay(result.metadata["decrappify"], stack), result.data)
    np.testing.assert_allclose(dock.solved.coverage.value.data, MARK.coverage, atol=1e-4)
    assert (dock.solved.color.value, dock.solved.opacity.value) == ("1", pytest.approx(0.5, abs=0.005))


def test_again_takes_off_the_mark_as_it_was_corrected(viewer, dock, stack, qtbot):
    dock.solved.opacity.value = 0.25
    dock.solved.color.value = "0.5"
    dock.solved.coverage.value.data[:20] = 0
    corrected = dock.solved.mark()
    dock.solved.again.native.click()
    qtbot.waitUntil(lambda: not dock.run_button.running, timeout=30_000)
    changed = results(viewer)[-1].data
    np.testing.assert_array_equal(changed, remove_watermark(stack, mark=corrected))
    np.testing.assert_array_equal(changed[:, :20], stack[:, :20])


def test_the_same_mark_is_solved_from_all_selected_layers_and_taken_off_each(viewer, open_with, finish, monkeypatch):
    from napari_decrappify.apply import tasks

    stacks = []

    class Solving:
        @staticmethod
        def job(stack, *_, **__):
            stacks.append(stack)
            yield from ()
            return MARK

    monkeypatch.setattr(tasks, "solve_mark", Solving)
    photos = np.random.default_rng(1).integers(0, 200, (3, 40, 48)).astype(np.uint8)
    layers = [viewer.add_image(photo, name=f"photo {number}") for number, photo in enumerate(photos)]
    viewer.add_image(photos[0], name="not selected")
    dock = open_with(RemoveWatermarkDock, "tiny_watermark")
    dock.image.value = layers[1]
    viewer.layers.selection = set(layers)
    dock.image.value = layers[1]
    dock.together.value = True
    assert dock.no_estimate() == "no model runs"
    finish(dock)
    np.testing.assert_array_equal(stacks[0], photos[[1, 0, 2]])
    found = {layer.metadata["decrappify"]["source"]["layer"]: layer for layer in results(viewer)}
    assert set(found) == {"photo 0", "photo 1", "photo 2"}
    for layer in layers:
        np.testing.assert_array_equal(found[layer.name].data, remove_watermark(layer.data, mark=MARK))
    np.testing.assert_allclose(dock.solved.coverage.value.data, MARK.coverage, atol=1e-4)


def test_the_mark_is_saved_as_it_stands(dock, tmp_path):
    dock.solved.file.value = tmp_path / "mark.png"
    dock.solved.save.native.click()
    assert load_mark(tmp_path / "mark.png").opacity == pytest.approx(dock.solved.opacity.value)
    assert dock.run_button.note.value == "The mark is saved."


def test_a_colour_that_cannot_be_read_is_said(dock, tmp_path):
    dock.solved.color.value = "white"
    dock.solved.file.value = tmp_path / "mark.png"
    dock.solved.save.native.click()
    assert "numbers with commas" in dock.run_button.note.value
    assert solved_mark.AS_SOLVED not in dock.run_button.note.value
