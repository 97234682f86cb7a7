"""What files that others wrote may claim."""

from __future__ import annotations

import io
import json
import os
import resource
import struct

import numpy as np
import pytest
from PIL import Image

from napari_decrappify import bounds
from napari_decrappify.bounds import (
    DEEPEST,
    check_depth,
    check_regular,
    expanded,
    is_file,
    parse_json,
    parse_toml,
    read_text,
)
from napari_decrappify.degrade import load_crappifier
from napari_decrappify.errors import (
    FileReadError,
    InvalidParameterError,
    ModelFileError,
    ModelNotFoundError,
    RecipeError,
)
from napari_decrappify.files import read_header, read_image
from napari_decrappify.models import load_model, read_card, user_model_path
from napari_decrappify.models.card import ModelCard
from napari_decrappify.models.file import load_model_file
from napari_decrappify.models.header import KEY, Header
from napari_decrappify.models.pretrained import pretrained_weights
from napari_decrappify.training.recipes.files import load_recipe, recipe_of, tables_of


@pytest.fixture
def pipe(tmp_path):
    """A pipe that nobody writes to: who opens it waits for ever."""
    path = tmp_path / "pipe.safetensors"
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("parse", [parse_json, lambda text: parse_toml(f"a = {text}")], ids=["json", "toml"])
@pytest.mark.parametrize("levels", [DEEPEST + 1, 100_000])
def test_what_is_nested_too_deeply_is_no_document(parse, levels):
    with pytest.raises(ValueError, match="nested more than 64 levels"):
        parse("[" * levels + "]" * levels)


def test_what_holds_itself_is_no_plain_data(monkeypatch):
    monkeypatch.setattr(bounds, "MOST_VALUES", 1000)
    endless = []
    endless.extend((endless, endless))
    with pytest.raises(ValueError, match="nested"):
        check_depth(endless)


def test_documents_of_usual_depth_are_read_as_ever():
    assert parse_json('{"a": [1, {"b": null}]}') == {"a": [1, {"b": None}]}
    assert parse_toml("a.b = [1, 2]") == {"a": {"b": [1, 2]}}


def test_a_text_that_is_too_long_is_not_read(tmp_path):
    path = tmp_path / "long.json"
    path.write_text("x" * 11)
    with pytest.raises(OSError, match="11 bytes, where 10 are the most"):
        read_text(path, 10)


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "\ud800", "missing"])
def test_a_name_that_no_file_can_have_is_that_of_none(tmp_path, name):
    assert not is_file(tmp_path / name)
    with pytest.raises(OSError, match=r"name|long|such"):
        check_regular(tmp_path / name)


def test_the_folder_of_nobody_stays_as_it_is_written():
    assert expanded("~no-such-user/a").parts == ("~no-such-user", "a")


@pytest.mark.parametrize(
    "read",
    [load_model, load_model_file, read_card, read_image, read_header, load_recipe, load_crappifier,
     lambda path: pretrained_weights("resnet18", path)],
)  # fmt: skip
def test_a_pipe_is_no_file(pipe, read):
    with pytest.raises((FileReadError, RecipeError)):
        read(pipe)


def test_a_device_is_no_file():
    with pytest.raises(OSError, match="device"):
        check_regular(expanded("/dev/zero"))


def claiming_jpeg(path, side):
    """A JPEG of a few hundred bytes whose header claims a picture of that side."""
    file = io.BytesIO()
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(file, "JPEG")
    blob = bytearray(file.getvalue())
    frame = blob.index(b"\xff\xc0")
    blob[frame + 5 : frame + 9] = struct.pack(">HH", side, side)
    path.write_bytes(blob)
    return path


@pytest.mark.parametrize("read", [read_image, read_header])
def test_a_jpeg_that_claims_more_than_it_can_hold_is_refused_before_it_is_unpacked(tmp_path, read):
    path = claiming_jpeg(tmp_path / "claim.jpg", 9000)
    with pytest.raises(FileReadError, match=r"81,000,000 pixels, which \d+ bytes can't hold"):
        read(path)


def test_a_flat_jpeg_of_many_pixels_is_read(tmp_path):
    Image.new("L", (2300, 2000)).save(tmp_path / "flat.jpg")
    assert read_image(tmp_path / "flat.jpg").array.shape == (2000, 2300)


def rewritten(path, **card_fields):
    """Give a model file another card, with a digest that fits it."""
    blob = path.read_bytes()
    size = struct.unpack("<Q", blob[:8])[0]
    tensors = json.loads(blob[8 : 8 + size])
    card = ModelCard.model_validate_json(json.loads(tensors.pop("__metadata__")[KEY])["card"])
    card_json = card.model_copy(update=card_fields).model_dump_json()
    digest = Header(tensors, {}, 0).digest(card_json, blob[8 + size :])
    text = json.dumps({"__metadata__": {KEY: json.dumps({"card": card_json, "sha256": digest})}, **tensors}).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + blob[8 + size :])
    return path


@pytest.mark.parametrize(
    "options",
    [{"width": 60_000, "blocks": 1}, {"width": 4, "blocks": 60_000}, {"width": 10**30}, {"width": 4, "blocks": 10**9},
     {"scale": 3, "width": 4, "blocks": 1}, {"width": "wide"}, {"width": 0}, {"width": -4}, {"depth": 1}],
    ids=str,
)  # fmt: skip
def test_a_card_that_asks_for_another_net_than_the_weights_are_of_is_refused_before_it_takes_memory(
    tiny_upscaler, options
):
    path = rewritten(user_model_path(tiny_upscaler), options={"scale": 2, **options})
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ModelFileError, match="weights that fit residual-upscaler"):
        load_model_file(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kilobytes


@pytest.mark.parametrize("name", ["a\0b", "x" * 300, "x" * 300 + ".safetensors", "\ud800/x", "~nobody/x"])
@pytest.mark.usefixtures("home")
def test_a_model_of_an_impossible_name_is_not_found(name):
    with pytest.raises((ModelNotFoundError, InvalidParameterError)):
        load_model(name)


@pytest.mark.parametrize("content", [b"these are no weights", b"", b"\x80\x02K", b"PK\x03\x04zip?"])
def test_a_file_that_is_no_weights_is_said_to_be_none(tmp_path, content):
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="a weights file"):
        pretrained_weights("resnet18", path)


@pytest.mark.parametrize(
    "override",
    ["data.workers=100000", "data.batch=10000000", "data.patch=1000000000", "x=[[[", "data.patch=" + "[" * 5000],
)
def test_a_recipe_that_asks_for_a_large_machine_is_refused(override):
    with pytest.raises(RecipeError):
        recipe_of(tables_of("upscale-x2"), [override], "here")
