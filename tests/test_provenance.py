from __future__ import annotations

import importlib.metadata
import json

import numpy as np
import pytest

from napari_decrappify import crappify, infill, replay, restore
from napari_decrappify.errors import InvalidParameterError, ModelFileError, ModelNotFoundError
from napari_decrappify.models import load_model, user_model_path
from napari_decrappify.provenance import of_output, record


def picture(shape=(24, 32, 3)):
    return np.random.default_rng(0).integers(0, 255, shape).astype(np.uint8)


def crappified(image, preset="stock-watermark", **parameters):
    made = crappify(image, preset, seed=7, **parameters)
    return made, record("crappify", {"preset": preset, **parameters}, seed=made.seed, steps=made.steps)


def test_a_record_is_what_a_json_file_would_hold():
    _, done = crappified(picture(), rgb=True)
    assert json.loads(json.dumps(done)) == done
    assert done["operation"] == "crappify"
    assert done["parameters"] == {"preset": "stock-watermark", "rgb": True}
    assert done["seed"] == 7
    assert done["package"].startswith("napari-decrappify ")
    assert any(step["operation"] == "TiledWatermark" for step in done["steps"])


def test_numpy_scalars_become_plain_numbers():
    done = record("upscale", {"factor": np.int64(2), "strength": np.float32(0.5), "rgb": np.bool_(True)})
    assert done["parameters"] == {"factor": 2, "strength": 0.5, "rgb": True}


@pytest.mark.parametrize("value", [np.zeros(3), object(), float("nan")], ids=["array", "object", "nan"])
def test_what_json_cannot_hold_is_refused(value):
    with pytest.raises(InvalidParameterError, match="parameters that JSON can hold"):
        record("upscale", {"factor": value})


@pytest.mark.parametrize("steps", [True, False], ids=["from the steps", "from the seed"])
@pytest.mark.parametrize("shape", [(24, 32, 3), (3, 24, 32)], ids=["photo", "stack"])
def test_crappifying_is_replayed_exactly(shape, steps):
    image = picture(shape)
    made, done = crappified(image, rgb=len(shape) == 3 and shape[-1] == 3)
    if not steps:
        done = {**done, "steps": None}
    np.testing.assert_array_equal(replay(done, image), made.image)


def test_upscaling_is_replayed_exactly(tiny_upscaler):
    from napari_decrappify import upscale

    image = picture()
    done = record("upscale", {"factor": 2, "rgb": True, "device": "cpu"}, model=load_model(tiny_upscaler))
    assert done["model"]["name"] == tiny_upscaler
    np.testing.assert_array_equal(replay(done, image), upscale(image, 2, model=tiny_upscaler, rgb=True, device="cpu"))


def test_colours_are_replayed_with_their_hints(tiny_colorizer):
    from napari_decrappify import colorize

    image, mask = picture((24, 32)), np.zeros((24, 32), bool)
    mask[5:9, 7:20] = True
    hints = picture(), mask
    done = record("colorize", {"device": "cpu"}, model=load_model(tiny_colorizer), hints=hints)
    made = colorize(image, hints, model=tiny_colorizer, device="cpu")
    np.testing.assert_array_equal(replay(json.loads(json.dumps(done)), image), made)
    without = {name: part for name, part in done.items() if name != "hints"}
    np.testing.assert_array_equal(replay(without, image), colorize(image, model=tiny_colorizer, device="cpu"))


def test_colours_from_before_they_were_made_even_are_replayed_as_they_were(tiny_colorizer):
    from napari_decrappify import colorize

    image, model = picture((24, 32)), load_model(tiny_colorizer)
    now = record("colorize", {"device": "cpu"}, model=model)
    before = {**now, "parameters": {"device": "cpu"}}
    even, found = (colorize(image, model=model, device="cpu", evenness=value) for value in (0.2, 0.0))
    np.testing.assert_array_equal(replay(now, image), even)
    np.testing.assert_array_equal(replay(before, image), found)
    assert (even != found).any()


@pytest.mark.parametrize("colors", ["AAAA", None, "eJwDAAAAAAE=", 7])
def test_damaged_hints_are_refused(tiny_colorizer, colors):
    image, mask = picture((24, 32)), np.ones((24, 32), bool)
    done = record("colorize", {"device": "cpu"}, model=load_model(tiny_colorizer), hints=(picture(), mask))
    done["hints"]["colors"] = colors
    with pytest.raises(InvalidParameterError, match="hints are damaged"):
        replay(done, image)


def test_removing_a_masked_watermark_is_replayed_with_its_mask(tiny_watermark):
    from napari_decrappify import remove_watermark

    image, mask = picture(), np.zeros((24, 32), bool)
    mask[5:9, 7:20] = True
    done = record("remove_watermark", {"rgb": True}, model=load_model(tiny_watermark), mask=mask)
    assert json.loads(json.dumps(done)) == done
    first = remove_watermark(image, mask, model=tiny_watermark, rgb=True)
    assert (first != image).any()
    np.testing.assert_array_equal(replay(done, image), first)


def test_a_model_that_was_replaced_is_refused(tiny_upscaler, tiny_watermark):
    done = record("upscale", {"factor": 2}, model=load_model(tiny_upscaler))
    done["model"]["sha256"] = "0" * 64
    with pytest.raises(ModelFileError, match=r"sha256 000000000000.*was replaced since"):
        replay(done, picture())


def test_a_model_that_is_gone_is_named(tiny_upscaler):
    done = record("upscale", {"factor": 2}, model=load_model(tiny_upscaler))
    user_model_path(tiny_upscaler).unlink()
    with pytest.raises(ModelNotFoundError, match=tiny_upscaler):
        replay(done, picture())


@pytest.mark.parametrize(
    ("done", "message"),
    [
        ({}, "a record from layer.metadata"),
        ("upscale", "a record from layer.metadata"),
        ({**record("upscale", {}), "format": 99}, "format 99.*another version"),
        ({**record("upscale", {}), "operation": "sharpen"}, "'sharpen'"),
        ({**record("remove_watermark", {}), "mask": {"shape": [9, 9], "bits": "AAAA"}}, "mask is damaged"),
    ],
    ids=["empty", "text", "format", "operation", "mask"],
)
def test_no_record_or_a_strange_one_is_refused(done, message):
    with pytest.raises(InvalidParameterError, match=message):
        replay(done, picture())


def test_unknown_operations_are_not_recorded():
    with pytest.raises(InvalidParameterError, match="crappify, upscale, restore, remove_watermark, infill, colorize"):
        record("sharpen", {})


def test_a_record_says_versions_device_and_precision(tiny_upscaler):
    done = record("upscale", {"device": "auto", "precision": "fp32"}, model=load_model(tiny_upscaler))
    assert done["ran_on"]["device"] in ("cpu", "cuda", "mps")
    assert done["ran_on"]["precision"] == "fp32"
    assert done["versions"]["torch"] == importlib.metadata.version("torch")
    assert "torch" not in record("crappify", {})["versions"]
    assert record("crappify", {})["ran_on"] is None


@pytest.mark.parametrize(
    ("operation", "fixture"),
    [("upscale", "tiny_upscaler"), ("restore", "tiny_restorer"), ("colorize", "tiny_colorizer"),
     ("remove_watermark", "tiny_watermark"), ("infill", "tiny_infill"), ("repair_photo", "tiny_photo")],
)  # fmt: skip
@pytest.mark.parametrize("precision", ["fp32", "auto"])
def test_every_operation_is_replayed_bit_by_bit(operation, fixture, precision, request):
    import napari_decrappify

    image = picture().astype(np.float32) / 100 - 1
    model, mask = load_model(request.getfixturevalue(fixture)), None
    settings = {"rgb": True, "strength": 0.7, "tile": 16, "precision": precision}
    if operation == "infill":
        mask = np.zeros((24, 32), bool)
        mask[5:9, 7:20] = True
    given = {} if mask is None else {"mask": mask}
    first = getattr(napari_decrappify, operation)(image, model=model, **given, **settings)
    done = json.loads(json.dumps(record(operation, settings, model=model, mask=mask)))
    np.testing.assert_array_equal(replay(done, image), first)
    np.testing.assert_array_equal(replay(done, image, device="cpu"), first)


def test_records_of_fills_from_before_there_was_texture_replay_smooth(tiny_infill):
    image, mask = picture(), np.zeros((24, 32), bool)
    mask[5:9, 7:20] = True
    model = load_model(tiny_infill)
    now = record("infill", {"rgb": True}, model=model, mask=mask)
    assert (now["parameters"]["texture"], now["parameters"]["seed"]) == (1.0, 0)
    before = {**now, "parameters": {"rgb": True}}
    smooth = infill(image, mask, model=model, texture=0.0)
    np.testing.assert_array_equal(replay(before, image), smooth)
    assert (replay(now, image) != smooth).any()


def test_what_was_borrowed_from_other_planes_is_borrowed_again_and_not_for_older_records(tiny_infill):
    y, x = np.mgrid[:24, :32]
    stack = np.stack([100 + 80 * np.sin((x + 0.2 * t) / 3) * np.cos(y / 4) for t in range(3)]).astype(np.uint8)
    mask = np.zeros(stack.shape, bool)
    mask[1, 8:15, 9:20] = True
    model = load_model(tiny_infill)
    first = infill(stack, mask, model=model, along=-3)
    done = json.loads(json.dumps(record("infill", {"rgb": False, "along": -3}, model=model, mask=mask)))
    np.testing.assert_array_equal(replay(done, stack), first)
    del done["parameters"]["along"]
    np.testing.assert_array_equal(replay(done, stack), infill(stack, mask, model=model))
    assert (replay(done, stack) != first).any()


def test_replay_runs_where_and_as_the_first_time(tiny_upscaler, monkeypatch):
    asked = {}

    def upscale(image, *, model=None, device="auto", precision=None):
        asked.update({"device": device} | ({} if precision is None else {"precision": precision}))

    done = record("upscale", {"device": "auto"}, model=load_model(tiny_upscaler))
    done["ran_on"] = {"device": "cuda:1", "precision": "bf16"}
    monkeypatch.setattr("napari_decrappify.provenance.replaying.call_named", {"upscale": upscale}.get)
    replay(done, picture())
    assert (asked["device"], asked["precision"]) == ("cuda:1", "bf16")
    asked.clear()
    replay(done, picture(), device="cpu")
    assert asked["device"] == "cpu"
    assert "precision" not in asked


def test_a_range_of_intensities_that_was_given_is_replayed(tiny_restorer):
    image = picture((24, 32)).astype(np.uint16) * 20
    keywords = {"normalize": (300.0, 4000.0), "device": "cpu"}
    done = record("restore", keywords, model=load_model(tiny_restorer))
    made = restore(image, model=tiny_restorer, **keywords)
    np.testing.assert_array_equal(replay(done, image), made)
    assert not np.array_equal(made, restore(image, model=tiny_restorer, device="cpu"))


def test_what_else_was_returned_does_not_change_the_replay(tiny_watermark):
    image = picture()
    done = record("remove_watermark", {"rgb": True, "return_mask": True}, model=load_model(tiny_watermark))
    assert replay(done, image).shape == image.shape
    mask = replay(of_output(done, "mask"), image)
    assert mask.shape == image.shape[:2]
    assert mask.dtype == bool


def test_a_region_is_cut_out_of_the_whole_image_again():
    image = picture((40, 50, 3))
    made = crappify(image[5:35, 10:50], "stock-watermark", seed=7)
    source = {"layer": "cat", "region": [[5, 35], [10, 50]]}
    done = record("crappify", {"preset": "stock-watermark"}, seed=7, steps=made.steps, source=source)
    np.testing.assert_array_equal(replay(done, image), made.image)
    np.testing.assert_array_equal(replay(of_output(done, "mask"), image), made.mask)
    with pytest.raises(InvalidParameterError, match="all of the image"):
        replay(done, image[5:35, 10:50])


def test_records_of_an_earlier_version_are_replayed(tiny_upscaler):
    from napari_decrappify import upscale

    done = record("upscale", {"factor": 2, "rgb": True}, model=load_model(tiny_upscaler))
    for key in ("ran_on", "versions", "source", "output"):
        del done[key]
    np.testing.assert_array_equal(replay(done, picture()), upscale(picture(), 2, model=tiny_upscaler, rgb=True))


def test_a_model_that_has_moved_is_pointed_at(tiny_upscaler, tmp_path):
    from napari_decrappify import upscale

    done = record("upscale", {"factor": 2, "rgb": True}, model=load_model(tiny_upscaler))
    expected = upscale(picture(), 2, model=tiny_upscaler, rgb=True)
    moved = user_model_path(tiny_upscaler).rename(tmp_path / "elsewhere.safetensors")
    np.testing.assert_array_equal(replay(done, picture(), model=moved), expected)


def test_a_record_from_before_floats_were_measured_takes_them_as_they_are():
    image = np.random.default_rng(0).uniform(0.2, 0.4, (24, 24)).astype(np.float32)
    made = record("crappify", {"preset": "noisy"}, seed=3)
    old = {key: value for key, value in made.items() if key != "floats"}
    for kept, normalize in ((made, "auto"), (old, "full")):
        expected = crappify(image, "noisy", seed=3, normalize=normalize).image
        np.testing.assert_array_equal(replay(kept, image), expected)
