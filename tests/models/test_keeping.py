"""Models come and go: nothing is taken that doesn't run, nothing is lost that wasn't meant."""

from __future__ import annotations

import hashlib
import importlib.util

import pytest

from napari_decrappify.errors import (
    FileReadError,
    InvalidParameterError,
    ModelFileError,
    ModelNotFoundError,
    PluginError,
)
from napari_decrappify.models import (
    delete_model,
    entry_named,
    export_model,
    import_model,
    list_models,
    load_model,
    sha256_of,
    store,
    user_folder,
    user_model_path,
)


@pytest.fixture
def elsewhere(tiny_upscaler, tmp_path):
    """The tiny upscaler's file outside of the store, which is empty."""
    path = user_model_path(tiny_upscaler)
    return path.replace(tmp_path / "given.safetensors")


def names():
    return [card.name for card in list_models()]


def test_an_imported_model_is_there_by_the_name_of_its_file_or_another(elsewhere):
    assert import_model(elsewhere).name == "given"
    assert import_model(elsewhere, "mine").name == "mine"
    assert names() == ["given", "mine"]
    assert load_model("mine").sha256 == sha256_of(elsewhere)
    assert elsewhere.exists()


def test_a_name_that_is_taken_is_refused_unless_it_may_be_replaced(elsewhere, tmp_path):
    import_model(elsewhere)
    with pytest.raises(InvalidParameterError, match=r"no model of yours has, got 'given'.*Choose another name"):
        import_model(elsewhere)
    assert import_model(elsewhere, replace=True).name == "given"
    store.bundled_folder().mkdir(parents=True)
    (store.bundled_folder() / "shipped.safetensors").write_bytes(elsewhere.read_bytes())
    with pytest.raises(InvalidParameterError, match="no bundled model has"):
        import_model(elsewhere, "shipped", replace=True)


def test_a_file_with_a_name_that_no_model_can_have_is_taken_under_another_name_only(elsewhere):
    hostile = elsewhere.replace(elsewhere.with_name('sharp""";__import__("os").system("touch X");""".safetensors'))
    for name in (None, 'x"', "../up", "a b"):
        with pytest.raises(InvalidParameterError, match="a model name: at most 100 letters"):
            import_model(hostile, name)
    assert list(user_folder().glob("*")) == []
    assert import_model(hostile, "sharp").name == "sharp"
    assert names() == ["sharp"]


@pytest.mark.parametrize("damage", [lambda b: b[:-8], lambda b: b[:-1] + bytes([b[-1] ^ 1]), lambda b: b"no model"])
def test_a_damaged_file_is_not_taken(elsewhere, damage):
    elsewhere.write_bytes(damage(elsewhere.read_bytes()))
    with pytest.raises(ModelFileError):
        import_model(elsewhere)
    assert list(user_folder().glob("*")) == []
    with pytest.raises(ModelNotFoundError):
        import_model(elsewhere.with_name("nowhere.safetensors"))


def test_an_export_is_the_same_file(tiny_upscaler, tmp_path):
    path = export_model(tiny_upscaler, tmp_path / "out" / "copy")
    assert path == tmp_path / "out" / "copy.safetensors"
    assert path.read_bytes() == user_model_path(tiny_upscaler).read_bytes()
    assert export_model(tiny_upscaler, tmp_path / "out").name == f"{tiny_upscaler}.safetensors"
    with pytest.raises(InvalidParameterError, match="which is there"):
        export_model(tiny_upscaler, path)
    assert export_model(tiny_upscaler, path, replace=True) == path
    with pytest.raises(ModelNotFoundError, match=tiny_upscaler):
        export_model("nothing", tmp_path)


def test_own_models_are_deleted_damaged_ones_too_and_bundled_ones_are_not(tiny_upscaler):
    store.bundled_folder().mkdir(parents=True)
    shipped = store.bundled_folder() / "shipped.safetensors"
    shipped.write_bytes(user_model_path(tiny_upscaler).read_bytes())
    with pytest.raises(InvalidParameterError, match="your own"):
        delete_model("shipped")
    assert shipped.exists()
    clashing = user_folder() / "shipped.safetensors"
    clashing.write_bytes(b"damaged, and named as a bundled one")
    assert delete_model("shipped") == clashing
    delete_model(tiny_upscaler)
    assert names() == ["shipped"]
    with pytest.raises(ModelNotFoundError, match="models there are: shipped"):
        delete_model(tiny_upscaler)


def test_the_sha256_follows_the_file(tmp_path):
    path = tmp_path / "file"
    for content in (b"one", b"other"):
        path.write_bytes(content)
        assert sha256_of(path) == hashlib.sha256(content).hexdigest()
    with pytest.raises(FileReadError):
        sha256_of(tmp_path / "nowhere")


def test_an_entry_is_found_by_its_name(tiny_upscaler):
    assert entry_named(tiny_upscaler).path == user_model_path(tiny_upscaler)
    with pytest.raises(ModelNotFoundError):
        entry_named("nothing")


def test_without_spandrel_another_projects_weights_are_refused_in_one_line(home, tmp_path, monkeypatch):
    (tmp_path / "theirs.pth").write_bytes(b"weights")
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(PluginError, match=r"pip install napari-decrappify\[foreign\]$") as caught:
        import_model(tmp_path / "theirs.pth")
    assert "\n" not in str(caught.value)
