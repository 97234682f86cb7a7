"""Weights of other projects are taken in with a card; what a file says is never run, and what it claims is checked."""

from __future__ import annotations

import hashlib
import os
import pickle
import zipfile

import pytest
import safetensors.torch
import torch

from napari_decrappify.errors import (
    DecrappifyError,
    InvalidParameterError,
    ModelFileError,
    ModelNotFoundError,
    PluginError,
)
from napari_decrappify.models import (
    catalogue,
    import_model,
    load_model,
    user_model_path,
    verify,
)
from napari_decrappify.nets.generators import spandrel_net


@pytest.fixture
def saved(tmp_path, weights):
    """Write the weights of a net to a file, some of them changed; return its path."""

    def save(name, suffix=".pth", wrapped=None, **changed):
        path = tmp_path / f"new-{name}{suffix}"
        state = weights(name) | changed
        if suffix == ".safetensors":
            safetensors.torch.save_file(state, path)
        else:
            torch.save(state if wrapped is None else {wrapped: state}, path)
        return path

    return save


LEGACY_PICKLES = 4
"""Of which torch's old format consists: two numbers, facts on the machine, and what was saved."""


class Bomb:
    """What runs a command when it is unpickled."""

    def __init__(self, path):
        self._path = path

    def __reduce__(self):
        return os.mkdir, (str(self._path),)


@pytest.mark.parametrize("suffix", [".pth", ".pt", ".ckpt", ".safetensors"])
def test_every_kind_of_file_is_taken(saved, suffix):
    card = import_model(saved("compact-x2", suffix), f"kind-{suffix[1:]}")
    assert (card.task, card.scale, card.architecture) == ("upscale", 2, "spandrel")
    assert card.options["architecture"] == "Compact"


@pytest.mark.parametrize("wrapped", ["params_ema", "params", "state_dict"])
def test_weights_are_found_in_what_training_loops_put_around_them(saved, wrapped):
    assert import_model(saved("compact-x2", wrapped=wrapped), f"in-{wrapped}").scale == 2


@pytest.mark.parametrize(
    ("name", "task", "scale"),
    [("compact-x2", "upscale", 2), ("nafnet", "restore", 1), ("filler", "infill", 1), ("painter", "colorize", 1)],
)
def test_the_task_follows_from_what_the_architecture_is_for(imported, name, task, scale):
    assert (imported(name).task, imported(name).scale) == (task, scale)


def test_the_card_says_where_it_is_from_and_under_which_licence(saved):
    path = saved("compact-x2")
    card = import_model(path, "said", license="CC0-1.0")
    assert card.license == "CC0-1.0"
    assert card.original.file == path.name
    assert card.original.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert "8nf" in card.description
    assert load_model("said").card == card


def test_a_licence_that_nobody_told_is_unknown(imported):
    assert imported("compact-x2").license == "unknown"


def test_who_knows_better_says_what_it_is_for(saved):
    assert import_model(saved("nafnet"), "other-task", task="watermark").task == "watermark"
    with pytest.raises(InvalidParameterError, match="restore"):
        import_model(saved("nafnet"), "wrong-task", task="upscale")


def test_it_is_verified_as_any_other(imported):
    assert verify(imported("swinir-x2").name).scale == 2


def test_half_weights_stay_as_small(saved, weights):
    halves = {name: value.half() for name, value in weights("compact-x2").items()}
    import_model(saved("compact-x2", **halves), "halves")
    stored = safetensors.torch.load_file(user_model_path("halves"))
    assert {value.dtype for value in stored.values()} == {torch.float16}


def test_a_name_that_is_taken_is_refused_before_anything_is_read(saved, imported):
    with pytest.raises(InvalidParameterError, match="there"):
        import_model(saved("compact-x2"), imported("compact-x2").name)


@pytest.mark.parametrize("legacy", [False, True])
def test_code_in_a_pickle_is_not_run(tmp_path, legacy):
    path, sign = tmp_path / "bomb.pth", tmp_path / "it-was-run"
    torch.save({"body.0.weight": Bomb(sign)}, path, _use_new_zipfile_serialization=not legacy)
    with pytest.raises(ModelFileError, match="isn't run here"):
        import_model(path)
    assert not sign.exists()
    unpickle_all(path, legacy)
    assert sign.exists()  # it would have been


def unpickle_all(path, legacy):
    with path.open("rb") as file:
        for _ in range(LEGACY_PICKLES if legacy else 0):
            pickle.load(file)
        if not legacy:
            pickle.loads(zipfile.ZipFile(file).read("bomb/data.pkl"))


def test_a_plain_pickle_is_not_run(tmp_path):
    path, sign = tmp_path / "plain.ckpt", tmp_path / "it-was-run"
    path.write_bytes(pickle.dumps(Bomb(sign)))
    with pytest.raises(ModelFileError):
        import_model(path)
    assert not sign.exists()


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("share", [0.0, 0.01, 0.5, 0.99])
def test_a_truncated_file_is_a_typed_error(saved, suffix, share):
    path = saved("compact-x2", suffix)
    blob = path.read_bytes()
    path.write_bytes(blob[: int(share * len(blob))])
    with pytest.raises(ModelFileError):
        import_model(path, "cut")
    assert "cut" not in [entry.name for entry in catalogue()]


def test_more_values_than_the_file_has_bytes_for_are_refused(tmp_path):
    path = tmp_path / "huge.pth"
    torch.save({"body.0.weight": torch.zeros(1).expand(2**40)}, path)
    with pytest.raises(ModelFileError, match="bytes"):
        import_model(path)


def test_an_archive_that_grows_when_it_is_unpacked_is_refused(saved, tmp_path):
    path = tmp_path / "packed.pth"
    with zipfile.ZipFile(saved("compact-x2")) as whole, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for entry in whole.namelist():
            packed.writestr(entry, whole.read(entry))
    with pytest.raises(ModelFileError, match="compressed"):
        import_model(path)


def test_a_program_is_refused(tmp_path):
    path = tmp_path / "script.pt"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("script/data.pkl", b"\x80\x02}.")
        archive.writestr("script/constants.pkl", b"\x80\x02).")
    with pytest.raises(ModelFileError, match="TorchScript"):
        import_model(path)


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, {}, torch.zeros(3), {"unheard.of": torch.zeros(3)}])
def test_what_is_no_net_that_spandrel_knows_is_a_typed_error(tmp_path, content):
    path = tmp_path / "strange.pth"
    torch.save(content, path)
    with pytest.raises(ModelFileError):
        import_model(path)


@pytest.mark.parametrize("shape", [(), (3,), (0, 3, 3, 3), (8, 2, 3, 3), (2**12, 3, 3, 3), (8, 3, 5, 5)])
def test_a_tensor_of_another_shape_is_a_typed_error(saved, shape):
    with pytest.raises(ModelFileError):
        import_model(saved("compact-x2", **{"body.0.weight": torch.zeros(shape)}), "misshapen")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e38])
def test_weights_that_give_no_picture_are_a_typed_error(saved, weights, value):
    broken = torch.full_like(weights("compact-x2")["body.0.weight"], value)
    with pytest.raises(ModelFileError):
        import_model(saved("compact-x2", **{"body.0.weight": broken}), "broken")
    assert not user_model_path("broken").exists()


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(ModelNotFoundError):
        import_model(tmp_path / "none.pth")


def test_a_card_that_lies_about_the_architecture_is_a_typed_error(imported):
    card = imported("compact-x2")
    for wrong in ({"architecture": "ESRGAN"}, {"architecture": "Nothing"}, {"architecture": "Compact", "halo": -1}):
        with pytest.raises(DecrappifyError):
            spandrel_net_of(card, wrong)


def spandrel_net_of(card, options):
    from napari_decrappify.nets import build

    weights = load_model(card.name).net.state_dict()
    return build("spandrel", {**options}, weights)


def test_without_spandrel_one_line_says_what_to_do(saved, monkeypatch, run, imported):
    path = saved("compact-x2")
    monkeypatch.setattr(spandrel_net.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(PluginError, match=r"pip install napari-decrappify\[foreign\]"):
        import_model(path, "new")
    code, out, err = run("models", "import", path, "--name", "new")
    assert (code, out, len(err)) == (1, "", 1)
    with pytest.raises(PluginError, match="foreign"):
        verify(imported("compact-x2").name)


def test_the_command_takes_licence_and_task(saved, run):
    code, out, err = run("models", "import", saved("nafnet"), "--name", "by-command", "--license", "MIT")
    assert (code, out.strip(), err) == (0, "by-command: taken, for restore x1", [])
    assert load_model("by-command").card.license == "MIT"
    code, _, err = run("models", "import", saved("compact-x2"), "--name", "unlicensed")
    assert code == 0
    assert "--license" in err[0]


def test_a_model_with_a_card_keeps_what_it_says(imported):
    with pytest.raises(InvalidParameterError, match="without a card"):
        import_model(user_model_path(imported("nafnet").name), "again", license="MIT")
