from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels, Points, Shapes

from napari_decrappify import (
    crappify,
    remove_watermark,
    replay,
    upscale,
)
from napari_decrappify.degrade import Crappifier
from napari_decrappify.degrade.operations.jpeg import Jpeg
from napari_decrappify.errors import (
    InvalidImageError,
    InvalidMaskError,
    InvalidParameterError,
    ModelNotFoundError,
)
from napari_decrappify.jobs import Progress, run_to_end
from napari_decrappify.layers import add_to
from napari_decrappify.models import load_model, user_model_path
from napari_decrappify.on_layers import (
    LayerMask,
    Region,
    crappify_layer,
    current_plane,
    remove_watermark_layer,
    replay_layer,
    upscale_layer,
)
from napari_decrappify.parameters import parameters_of


def photo(shape=(40, 48, 3)):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


def same_layer(one, other):
    np.testing.assert_array_equal(np.asarray(one.data), np.asarray(other.data))
    np.testing.assert_allclose(one.data_to_world((3,) * one.ndim), other.data_to_world((3,) * other.ndim))
    assert type(one) is type(other)
    assert one.metadata == other.metadata


def test_a_job_yields_progress_and_describes_the_layer(tiny_upscaler):
    viewer = ViewerModel()
    layer = viewer.add_image(photo((3, 16, 24)), name="cells")
    job = upscale_layer.job(layer, model=tiny_upscaler)
    steps = []
    described = run_to_end(job, steps.append)
    assert all(isinstance(step, Progress) for step in steps)
    assert [step.done for step in steps][-1] == steps[-1].total
    added = add_to(viewer.layers, described[0])
    assert [one.name for one in viewer.layers] == ["cells", "cells x2 sharp"]
    np.testing.assert_array_equal(added.data, upscale(photo((3, 16, 24)), model=tiny_upscaler, rgb=False))


def test_a_job_that_is_closed_leaves_nothing(tiny_upscaler):
    viewer = ViewerModel()
    job = upscale_layer.job(viewer.add_image(photo()), model=tiny_upscaler)
    next(job)
    job.close()
    assert len(viewer.layers) == 1


def test_what_is_done_to_the_layer_after_the_start_does_not_count(tiny_upscaler):
    layer = Image(photo(), name="cat", scale=(2, 2))
    job = upscale_layer.job(layer, model=tiny_upscaler)
    layer.scale, layer.name = (9, 9), "dog"
    _, keywords, _ = run_to_end(job)[0]
    assert keywords["name"] == "cat x2 sharp"
    np.testing.assert_allclose(keywords["scale"], (1, 1))


def test_progress_is_told(tiny_upscaler):
    steps = []
    upscale_layer(Image(photo()), 2, model=tiny_upscaler, progress=steps.append)
    assert steps


@pytest.mark.parametrize(
    ("keywords", "error"),
    [
        ({"strength": 3}, InvalidParameterError),
        ({"rgb": False}, InvalidParameterError),
        ({"factor": 99}, InvalidParameterError),
        ({"nonsense": 1}, TypeError),
    ],
    ids=lambda value: str(value),
)
def test_wrong_keywords_are_refused_before_the_job_starts(keywords, error):
    with pytest.raises(error):
        upscale_layer.job(Image(photo()), **keywords)


def test_wrong_layers_are_refused_before_the_job_starts():
    with pytest.raises(InvalidImageError, match="Points layer 'spots'"):
        upscale_layer.job(Points(np.zeros((1, 2)), name="spots"))


def test_what_is_no_mask_is_refused_before_the_job_starts():
    with pytest.raises(InvalidMaskError, match="a layer, a LayerMask or a NumPy array as the mask, got str"):
        remove_watermark_layer.job(Image(photo()), "here")


def test_a_model_that_is_not_there_is_named(home):
    with pytest.raises(ModelNotFoundError, match="nothing-x2"):
        upscale_layer(Image(photo()), model="nothing-x2")


def test_the_keywords_are_those_of_the_task():
    assert upscale_layer.task is upscale
    assert crappify_layer.task is crappify
    assert "strength" in parameters_of(upscale_layer.task)
    assert upscale_layer.__doc__.startswith("Enlarge an image layer")


def test_a_model_may_be_given_loaded_or_as_a_file(tiny_upscaler):
    layer = Image(photo())
    expected = upscale(photo(), model=tiny_upscaler)
    for model in (load_model(tiny_upscaler), user_model_path(tiny_upscaler)):
        np.testing.assert_array_equal(upscale_layer(layer, model=model).data, expected)


def test_the_record_says_what_was_used(tiny_upscaler):
    result = upscale_layer(Image(photo(), name="cat"), 2, model=tiny_upscaler, strength=0.5, normalize="full")
    done = result.metadata["decrappify"]
    assert done["operation"] == "upscale"
    assert done["parameters"] == {"rgb": True, "factor": 2, "strength": 0.5, "normalize": "full"}
    assert done["model"] == {"name": tiny_upscaler, "sha256": load_model(tiny_upscaler).sha256}
    assert done["ran_on"]["device"] in ("cpu", "cuda", "mps")
    assert done["ran_on"]["precision"] in ("fp32", "bf16")
    assert {"python", "numpy", "pillow", "torch"} == set(done["versions"])
    assert done["source"] == {"layer": "cat", "region": None, "mask": None}


def test_a_region_is_worked_on_alone_and_lies_where_it_was(tiny_upscaler):
    image = photo((4, 20, 30))
    layer = Image(image, name="stack", scale=(3, 0.5, 2), translate=(1, 2, 3), rotate=25)
    region = Region(((2, 3), (5, 15), (10, 30)))
    result = upscale_layer(layer, 2, region=region, model=tiny_upscaler)
    expected = upscale(image[2:3, 5:15, 10:30], 2, model=tiny_upscaler, rgb=False)
    np.testing.assert_array_equal(result.data, expected)
    np.testing.assert_allclose(result.data_to_world((0, -0.5, -0.5)), layer.data_to_world((2, 4.5, 9.5)))
    np.testing.assert_allclose(result.data_to_world((0, 19.5, 39.5)), layer.data_to_world((2, 14.5, 29.5)))
    np.testing.assert_array_equal(replay(result.metadata["decrappify"], image), expected)
    same_layer(replay_layer(result.metadata["decrappify"], layer), result)


def test_the_current_plane_of_a_viewer_is_a_region(tiny_upscaler):
    viewer = ViewerModel()
    layer = viewer.add_image(photo((4, 20, 30)), scale=(3, 1, 1))
    viewer.dims.set_point(0, 6)
    result = upscale_layer(layer, region=current_plane(layer, viewer), model=tiny_upscaler)
    assert result.data.shape == (1, 40, 60)
    assert result.translate[0] == 6


def test_a_region_beside_the_layer_is_refused():
    with pytest.raises(InvalidParameterError, match="a region of an image of shape"):
        upscale_layer.job(Image(photo((20, 30))), region=Region(((0, 21), (0, 30))))


def test_the_found_watermark_becomes_labels(tiny_watermark):
    layer = Image(photo((40, 48, 3)), name="cat", scale=(2, 2), translate=(3, 3))
    cleaned, labels = remove_watermark_layer(layer, model=tiny_watermark, return_mask=True)
    image, mask = remove_watermark(photo((40, 48, 3)), model=tiny_watermark, return_mask=True)
    assert isinstance(labels, Labels)
    assert mask.any()
    np.testing.assert_array_equal(cleaned.data, image)
    np.testing.assert_array_equal(labels.data != 0, mask)
    np.testing.assert_allclose(labels.data_to_world((3, 4)), layer.data_to_world((3, 4)))
    np.testing.assert_array_equal(replay(labels.metadata["decrappify"], layer.data), mask)
    same_layer(replay_layer(labels.metadata["decrappify"], layer), labels)


@pytest.mark.parametrize("drawn", ["labels", "shapes", "chosen labels", "array"])
def test_only_what_is_marked_changes(tiny_watermark, drawn):
    box = np.zeros((40, 48), bool)
    box[5:15, 6:20] = True
    labels = Labels(box.astype(np.uint8), name="mask")
    labels.data[0:2] = 3
    masks = {
        "labels": Labels(box.astype(np.uint8), name="mask"),
        "shapes": Shapes([[[4.5, 5.5], [4.5, 19.5], [14.5, 19.5], [14.5, 5.5]]], shape_type="rectangle", name="mask"),
        "chosen labels": LayerMask(labels, labels=[1]),
        "array": box,
    }
    result = remove_watermark_layer(Image(photo()), masks[drawn], model=tiny_watermark)
    np.testing.assert_array_equal(result.data, remove_watermark(photo(), box, model=tiny_watermark))
    changed = (result.data != photo()).any(axis=-1)
    assert changed.any()
    assert not changed[~box].any()
    assert replay_layer(result.metadata["decrappify"], Image(photo())).data.tolist() == result.data.tolist()


def test_crappifying_keeps_the_area_and_returns_the_damage(tiny_upscaler):
    layer = Image(photo((40, 48, 3)), scale=(2, 2), name="cat")
    worse, damage = crappify_layer(layer, "stock-watermark", 3, return_mask=True)
    made = crappify(photo((40, 48, 3)), "stock-watermark", seed=3)
    np.testing.assert_array_equal(worse.data, made.image)
    np.testing.assert_array_equal(damage.data != 0, made.mask)
    np.testing.assert_array_equal(replay(damage.metadata["decrappify"], layer.data), made.mask)
    small = crappify_layer(layer, "bicubic-x2", 3)
    assert small.data.shape == (20, 24, 3)
    np.testing.assert_allclose(small.data_to_world((19.5, 23.5)), layer.data_to_world((39.5, 47.5)))
    same_layer(replay_layer(small.metadata["decrappify"], layer), small)


def test_an_own_crappifier_is_replayed_from_its_steps():
    layer = Image(photo())
    result = crappify_layer(layer, Crappifier((Jpeg((10, 30)),)), 4)
    assert (result.data != photo()).any()
    np.testing.assert_array_equal(replay(result.metadata["decrappify"], photo()), result.data)


def test_layers_larger_than_memory_stay_lazy(tiny_upscaler, monkeypatch):
    import dask.array as da

    monkeypatch.setattr("napari_decrappify.apply.engine.device.free_memory", lambda device: 1000)
    monkeypatch.setattr("napari_decrappify.on_layers.crappifying.READ_AT_ONCE", 100)
    layer = Image(da.from_array(photo((2, 16, 24)), chunks=(1, 16, 24)))
    for result in (upscale_layer(layer, model=tiny_upscaler), crappify_layer(layer, "lesson7", 1)):
        assert isinstance(result.data, da.Array)
