"""A model file is whole and as it was saved, or it is refused."""

from __future__ import annotations

import json
import struct

import pytest
import torch

from napari_decrappify.errors import (
    FileReadError,
    FileWriteError,
    ModelFileError,
    ModelNotFoundError,
)
from napari_decrappify.models import (
    ModelCard,
    load_model_file,
    read_card,
    save_model,
)
from napari_decrappify.nets import build

OPTIONS = {"scale": 2, "width": 4, "blocks": 1}


def card(**changes):
    fields = {"name": "tiny", "task": "upscale", "architecture": "residual-upscaler", "options": OPTIONS, "scale": 2}
    return ModelCard(**fields | changes)


@pytest.fixture
def net():
    return build("residual-upscaler", OPTIONS)


@pytest.fixture
def path(tmp_path, net):
    save_model(tmp_path / "tiny.safetensors", net, card())
    return tmp_path / "tiny.safetensors"


def test_a_model_comes_back_as_it_was_saved(path, net):
    model = load_model_file(path)
    x = torch.rand(1, 3, 8, 9)
    assert model.card == card()
    torch.testing.assert_close(model.net(x).image, net(x).image)
    for name, weights in net.state_dict().items():
        assert torch.equal(model.net.state_dict()[name], weights)
    assert not model.net.training
    assert not any(weights.requires_grad for weights in model.net.parameters())


def test_saving_twice_gives_the_same_bytes(tmp_path, path, net):
    save_model(tmp_path / "again.safetensors", net, card())
    assert (tmp_path / "again.safetensors").read_bytes() == path.read_bytes()


def test_half_weights_take_half_the_room_and_load_as_float32(tmp_path, net):
    save_model(tmp_path / "half.safetensors", net, card(), half=True)
    loaded = load_model_file(tmp_path / "half.safetensors").net
    for ours, theirs in zip(net.parameters(), loaded.parameters(), strict=True):
        assert theirs.dtype == torch.float32
        assert torch.allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_loading_leaves_torchs_global_random_state_alone(path):
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    load_model_file(path)
    assert torch.equal(torch.rand(3), expected)


def test_a_file_cut_anywhere_is_refused(path):
    blob = path.read_bytes()
    for length in [*range(0, 40), *range(40, len(blob), max(1, len(blob) // 60)), len(blob) - 1]:
        path.write_bytes(blob[:length])
        with pytest.raises(ModelFileError):
            load_model_file(path)


def test_a_file_with_more_at_its_end_is_refused(path):
    path.write_bytes(path.read_bytes() + b"\0\0\0\0")
    with pytest.raises(ModelFileError):
        load_model_file(path)


def test_a_byte_changed_anywhere_is_refused(path):
    blob = path.read_bytes()
    for place in range(0, len(blob), max(1, len(blob) // 150)):
        edited = bytearray(blob)
        edited[place] ^= 0x15
        path.write_bytes(edited)
        with pytest.raises(ModelFileError):
            load_model_file(path)


def test_an_edited_card_is_refused(path):
    blob = path.read_bytes()
    (size,) = struct.unpack("<Q", blob[:8])
    header = json.loads(blob[8 : 8 + size])
    record = json.loads(header["__metadata__"]["napari_decrappify"])
    record["card"] = record["card"].replace('"license":""', '"license":"MIT"')
    header["__metadata__"]["napari_decrappify"] = json.dumps(record)
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + blob[8 + size :])
    assert read_card(path).license == "MIT"
    with pytest.raises(ModelFileError, match="edited"):
        load_model_file(path)


@pytest.mark.parametrize(
    "blob",
    [b"", b"\x80\x04K\x01.", b"PK\x03\x04" + bytes(50), bytes(16), b"\2" + bytes(7) + b"{}", b"\2" + bytes(7) + b"[]"],
    ids=["empty", "pickle", "zip", "zeros", "no card", "a list"],
)
def test_other_formats_are_refused(tmp_path, blob):
    (tmp_path / "x.safetensors").write_bytes(blob)
    for read in (read_card, load_model_file):
        with pytest.raises(ModelFileError):
            read(tmp_path / "x.safetensors")


def test_weights_that_do_not_fit_the_card_are_not_saved(tmp_path, net):
    with pytest.raises(ModelFileError, match="weights that fit"):
        save_model(tmp_path / "x.safetensors", net, card(options={**OPTIONS, "width": 8}))
    with pytest.raises(ModelFileError, match="span-none"):
        save_model(tmp_path / "x.safetensors", net, card(architecture="span-none"))
    assert not list(tmp_path.iterdir())


def test_weights_that_are_not_finite_are_not_saved(tmp_path, net):
    with torch.no_grad():
        net.head.weight[0, 0, 0, 0] = torch.nan
    with pytest.raises(ModelFileError, match="finite"):
        save_model(tmp_path / "x.safetensors", net, card())
    assert not list(tmp_path.iterdir())


def test_a_missing_file_and_a_folder_are_typed_errors(tmp_path):
    with pytest.raises(ModelNotFoundError, match="doesn't exist"):
        load_model_file(tmp_path / "none.safetensors")
    with pytest.raises(FileReadError):
        load_model_file(tmp_path)


def test_a_folder_that_cannot_be_written_is_a_typed_error(tmp_path, net):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(FileWriteError):
        save_model(tmp_path / "file" / "x.safetensors", net, card())


def test_a_card_is_refused_when_scale_and_task_disagree():
    with pytest.raises(ValueError, match="scale"):
        card(scale=1)
    with pytest.raises(ValueError, match="scale"):
        card(task="watermark")


def test_a_card_is_refused_with_unknown_fields():
    with pytest.raises(ValueError, match="colour"):
        card(colour="blue")


def test_a_card_survives_json():
    full = card(
        data=[{"name": "photos", "licences": ["CC0"]}], recipe={"a": [1, None]}, metrics={"psnr": 31.5}, hours=1
    )
    assert ModelCard.model_validate_json(full.model_dump_json()) == full
