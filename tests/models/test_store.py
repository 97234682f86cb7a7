"""The store finds models by name, and one bad file never hides the others."""

from __future__ import annotations

import pytest

from napari_decrappify.errors import InvalidParameterError, ModelFileError, ModelNotFoundError
from napari_decrappify.models import (
    ModelCard,
    catalogue,
    default_model,
    list_models,
    load_model,
    repeats,
    save_model,
    store,
    user_model_path,
    verify,
)
from napari_decrappify.nets import build


def save(path, scale=2, blocks=1):
    options = {"scale": scale, "width": 4, "blocks": blocks}
    card = ModelCard(name="any", task="upscale", architecture="residual-upscaler", options=options, scale=scale)
    save_model(path, build("residual-upscaler", options), card)


@pytest.fixture
def bundled(home, tmp_path, monkeypatch):
    """An empty folder in the place of the bundled models."""
    monkeypatch.setattr(store, "bundled_folder", lambda: tmp_path / "bundled")
    return tmp_path / "bundled"


def test_a_model_goes_by_the_name_of_its_file(bundled):
    save(user_model_path("mine"))
    assert [card.name for card in list_models()] == ["mine"]
    assert load_model("mine").card.name == "mine"
    assert list_models("watermark") == []


def test_a_model_loads_by_its_path(bundled, tmp_path):
    save(tmp_path / "there.safetensors")
    for path in (tmp_path / "there.safetensors", str(tmp_path / "there.safetensors")):
        assert load_model(path).card.name == "there"


def test_the_same_file_is_loaded_once_and_a_changed_one_anew(bundled):
    path = user_model_path("mine")
    save(path)
    first = load_model("mine")
    assert load_model("mine").net is first.net
    save(path, blocks=2)
    assert load_model("mine").sha256 != first.sha256


def test_an_unknown_name_is_answered_with_the_known_ones(bundled):
    save(user_model_path("mine-x2"))
    with pytest.raises(ModelNotFoundError, match=r"mine-x2 \(upscale x2\).*Did you mean 'mine-x2'"):
        load_model("mine-x3")
    with pytest.raises(ModelNotFoundError):
        load_model("nowhere/x.safetensors")


def test_a_broken_file_is_listed_with_its_problem_and_hides_nothing(bundled):
    save(user_model_path("good"))
    user_model_path("bad").write_bytes(b"no model")
    entries = {entry.name: entry for entry in catalogue()}
    assert isinstance(entries["bad"].problem, ModelFileError)
    assert entries["good"].card is not None
    assert [card.name for card in list_models()] == ["good"]
    with pytest.raises(ModelFileError):
        load_model("bad")


def test_a_bundled_name_always_means_the_bundled_model(bundled):
    user = user_model_path("same")
    save(user, blocks=2)
    save(bundled / "same.safetensors")
    assert load_model("same").path == bundled / "same.safetensors"
    assert load_model(user).path == user
    assert [entry.problem is None for entry in catalogue()] == [True, False]
    assert "Rename" in str(catalogue()[1].problem)
    with pytest.raises(InvalidParameterError):
        user_model_path("same")


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden"])
def test_a_models_name_cannot_leave_the_folder(home, name):
    with pytest.raises(InvalidParameterError):
        user_model_path(name)


def test_the_default_is_bundled_first_then_of_just_that_scale(bundled):
    with pytest.raises(ModelNotFoundError, match="models there are: none"):
        default_model("upscale")
    save(user_model_path("a-x2"))
    save(user_model_path("b-x4"), scale=4)
    assert default_model("upscale").name == "a-x2"
    assert default_model("upscale", 4).name == "b-x4"
    save(bundled / "c-x2.safetensors")
    assert default_model("upscale", 4).name == "c-x2"
    assert default_model("upscale", 16).name == "c-x2"
    with pytest.raises(ModelNotFoundError, match="3 times"):
        default_model("upscale", 3)


@pytest.mark.parametrize(
    ("there", "scale", "expected"),
    [
        (["em-x4", "upscale-x4", "upscale-x4-sharp"], 4, "upscale-x4"),
        (["em-x4", "upscale-x2", "upscale-x4-sharp"], 4, "upscale-x2"),
        (["em-x4", "upscale-x2", "upscale-x4"], 8, "upscale-x2"),
        (["a-x4", "upscale-x2", "upscale-x4"], 16, "upscale-x4"),
        (["em-x4", "upscale-x3"], 4, "em-x4"),
        (["upscale-x2", "upscale-x3"], None, "upscale-x2"),
    ],
)
def test_a_plain_name_comes_before_special_ones(bundled, there, scale, expected):
    for name in there:
        save(bundled / f"{name}.safetensors", scale=int(name.split("-x")[1][0]))
    save(user_model_path("mine-x4"), scale=4)
    assert default_model("upscale", scale).name == expected


@pytest.mark.parametrize("task", ["restore", "watermark", "colorize"])
def test_the_plain_name_of_a_task_is_the_tasks_own(bundled, task):
    options = {"widths": [4, 8], "middle": 1}
    for name in ("an-other", task, f"{task}-gan"):
        card = ModelCard(name=name, task=task, architecture="repair-unet", options=options)
        save_model(bundled / f"{name}.safetensors", build("repair-unet", options), card)
    assert default_model(task).name == default_model(task, 1).name == task


@pytest.mark.parametrize(
    ("there", "photo", "expected"),
    [
        (["denoise", "restore", "restore-gan"], True, "restore"),
        (["denoise", "restore", "restore-gan"], False, "denoise"),
        (["restore", "restore-gan"], False, "restore"),
        (["a", "denoise"], True, "a"),
    ],
)
def test_what_restores_by_default_depends_on_the_image(bundled, there, photo, expected):
    options = {"widths": [4, 8], "middle": 1}
    for name in there:
        card = ModelCard(name=name, task="restore", architecture="repair-unet", options=options)
        save_model(bundled / f"{name}.safetensors", build("repair-unet", options), card)
    assert default_model("restore", photo=photo).name == expected
    with pytest.raises(ModelNotFoundError):
        default_model("infill", photo=photo)


def test_cards_say_what_their_models_undo():
    net = {"task": "restore", "architecture": "repair-unet"}

    def problem(data, **fields):
        return ModelCard(name="a", recipe={"data": data}, **net, **fields).problem

    assert problem({"preset": "restore-training"}) == "low resolution, JPEG, numbers"
    assert problem({"preset": "restore-training"}, fidelity="b") == "low resolution, JPEG, numbers; adds texture"
    assert problem({"preset": "denoise-training"}) == "camera and photon noise"
    assert problem({"preset": "clean", "crappifier": {"operations": []}}) == problem({}) == ""


@pytest.mark.parametrize(
    ("scale", "wanted", "times"), [(2, 2, 1), (2, 8, 3), (2, 6, 0), (3, 9, 2), (1, 1, 1), (1, 2, 0)]
)
def test_how_often_a_scale_makes_another(scale, wanted, times):
    assert repeats(scale, wanted) == times


def test_verify_runs_a_model_and_finds_damage(bundled):
    path = user_model_path("mine")
    save(path)
    assert verify("mine").name == "mine"
    blob = bytearray(path.read_bytes())
    blob[-1] ^= 1
    path.write_bytes(blob)
    assert [card.name for card in list_models()] == ["mine"], "a listing doesn't read the weights"
    with pytest.raises(ModelFileError):
        verify("mine")


MISNAMED = ['sharp""";__import__("os").system("touch X");"""', "two words", "größe", "-x", "line\nbreak", "x" * 101]


@pytest.mark.parametrize("name", MISNAMED)
def test_a_file_whose_name_no_model_can_have_is_shown_as_such_and_not_loaded(bundled, name):
    save(user_model_path("good"))
    path = user_model_path("good").with_name(f"{name}.safetensors")
    save(path)
    entries = {entry.name: entry for entry in catalogue()}
    assert entries["good"].problem is None
    assert isinstance(entries[name].problem, InvalidParameterError)
    assert repr(name) in str(entries[name].problem)
    assert [card.name for card in list_models()] == ["good"]
    for load in (load_model, verify):
        with pytest.raises(InvalidParameterError, match="a model name: at most 100 letters, digits, dots"):
            load(path)
    with pytest.raises(InvalidParameterError, match="a model name"):
        load_model(name)
    with pytest.raises(InvalidParameterError, match="a model name"):
        user_model_path(name)
