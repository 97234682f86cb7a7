"""What files say - records, models, recipes, compositions, runs - is right, or refused by one of our errors."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from hostile_strategies import changed, json_values
from hypothesis import given
from hypothesis import strategies as st

from napari_decrappify import crappify, remove_watermark, replay
from napari_decrappify.degrade import PRESETS, as_record, from_record
from napari_decrappify.errors import (
    DecrappifyError,
    FileReadError,
    ModelFileError,
    ModelNotFoundError,
)
from napari_decrappify.finetuning.run import STATE, Run, open_run
from napari_decrappify.finetuning.run_spec import RUN_SPEC
from napari_decrappify.models import load_model, read_card, user_model_path
from napari_decrappify.models.file import load_model_file
from napari_decrappify.models.header import KEY, parse_header
from napari_decrappify.provenance import record
from napari_decrappify.training.recipes.crappifier import chosen_crappifier
from napari_decrappify.training.recipes.files import (
    load_recipe,
    recipe_names,
    recipe_of,
    tables_of,
)

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")  # of NumPy, about what is out of a dtype's range
IMAGE = np.random.default_rng(0).integers(0, 255, (24, 32, 3)).astype(np.uint8)


@pytest.fixture
def repaired(tiny_watermark):
    """A record of a repair with a model and a mask."""
    mask = np.zeros((24, 32), bool)
    mask[5:9, 7:20] = True
    model = load_model(tiny_watermark)
    remove_watermark(IMAGE, mask, model=model)
    return json.loads(json.dumps(record("remove_watermark", {"rgb": True, "tile": 64}, model=model, mask=mask)))


@given(data=st.data())
def test_records_of_repairs(repaired, data):
    try:
        made = replay(data.draw(changed(repaired)), IMAGE)
    except DecrappifyError:
        return
    assert made.shape[:2] in (IMAGE.shape[:2], IMAGE.shape)
    assert made.dtype in (IMAGE.dtype, bool)


@pytest.mark.parametrize("dtype", ["u1", "f4"])
@given(data=st.data())
def test_records_of_what_was_made_worse(dtype, data):
    image = IMAGE.astype(dtype)
    preset = data.draw(st.sampled_from(sorted(PRESETS)))
    done = crappify(image, preset, seed=1)
    plain = record("crappify", {"preset": preset}, seed=1, steps=done.steps)
    try:
        made = replay(data.draw(changed(plain)), image)
    except DecrappifyError:
        return
    assert made.dtype in (image.dtype, bool)
    assert made.ndim <= 3


@given(data=st.data())
def test_compositions(data):
    plain = json.loads(json.dumps(as_record(PRESETS[data.draw(st.sampled_from(sorted(PRESETS)))])))
    try:
        crappifier = from_record(data.draw(changed(plain)))
        assert from_record(as_record(crappifier)) == crappifier
        made = crappify(IMAGE, crappifier, seed=1)
    except DecrappifyError:
        return
    assert made.image.dtype == IMAGE.dtype


@given(data=st.data())
def test_recipes(data):
    plain = tables_of(data.draw(st.sampled_from(recipe_names())))
    try:
        recipe = recipe_of(data.draw(changed(plain)), (), "drawn")
        chosen_crappifier(recipe.data)
    except DecrappifyError:
        return
    assert recipe.sequence


@given(
    key=st.sampled_from(["data.patch", "stages.0.steps", "x", "stages", "", "stages.-9.x", "a.b.c.d"]), data=st.data()
)
def test_changes_to_recipes_from_the_command_line(key, data):
    value = data.draw(st.one_of(st.text(max_size=8), json_values.map(str), st.just("[" * 5000), st.just("{a=" * 900)))
    try:
        load_recipe("upscale-x2", [f"{key}={value}"])
    except DecrappifyError:
        return


@given(
    text=st.one_of(
        st.text(max_size=30), st.just("a = " + "[" * 5000), st.just("a." * 5000 + "b = 1"), st.just("a=" + "9" * 5000)
    )
)
def test_recipe_files(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("recipe") / "some.toml"
    path.write_text(text, encoding="utf-8", errors="replace")
    with pytest.raises(DecrappifyError):
        load_recipe(path)


@given(data=st.data())
def test_model_files_with_another_header(tiny_upscaler, data):
    path = user_model_path(tiny_upscaler)
    blob = path.read_bytes()
    header = parse_header(blob, path)
    kept = json.loads(header.metadata[KEY])
    tensors = data.draw(st.one_of(st.just(header.tensors), changed(header.tensors)))
    card = json.dumps(data.draw(st.one_of(st.just(json.loads(kept["card"])), changed(json.loads(kept["card"])))))
    broken = path.with_name("broken.safetensors")
    weights = blob[header.data_start :]
    entries = tensors if isinstance(tensors, dict) else {}
    digest = type(header)(entries, {}, 0).digest(card, weights)
    text = json.dumps({**entries, "__metadata__": {KEY: json.dumps({"card": card, "sha256": digest})}}).encode()
    broken.write_bytes(struct.pack("<Q", len(text)) + text + weights)
    for read in (read_card, load_model_file):
        try:
            read(broken)
        except (ModelFileError, ModelNotFoundError):
            continue


@given(data=st.data())
def test_model_files_with_other_bytes(tiny_upscaler, data):
    path = user_model_path(tiny_upscaler)
    blob = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        blob[data.draw(st.integers(0, len(blob) - 1))] = data.draw(st.integers(0, 255))
    broken = path.with_name("broken.safetensors")
    broken.write_bytes(blob[: data.draw(st.integers(0, len(blob)))])
    try:
        load_model_file(broken)
    except ModelFileError:
        return
    assert bytes(blob) == path.read_bytes()


@given(state=st.one_of(json_values, st.fixed_dictionaries({"state": st.sampled_from(["running", "finished"])})))
def test_states_of_runs(tmp_path_factory, state):
    folder = tmp_path_factory.mktemp("run")
    (folder / STATE).write_text(json.dumps(state), encoding="utf-8")
    try:
        assert isinstance(Run(folder, None).state, str)
        assert isinstance(Run(folder, None).note, str)
    except FileReadError:
        return


@given(order=json_values)
def test_orders_of_runs(tmp_path_factory, order):
    folder = tmp_path_factory.mktemp("run")
    (folder / RUN_SPEC).write_text(json.dumps(order), encoding="utf-8")
    with pytest.raises(FileReadError):
        open_run(folder)
