from __future__ import annotations

import pytest

from napari_decrappify.models import list_models, user_model_path


def test_models_are_exported_deleted_and_imported_again(run, tiny_upscaler, tmp_path):
    file = tmp_path / "copy.safetensors"
    code, said, _ = run("models", "export", tiny_upscaler, file)
    assert (code, said) == (0, f"{tiny_upscaler}: copied to {file}\n")
    assert run("models", "delete", tiny_upscaler)[0] == 0
    assert not user_model_path(tiny_upscaler).exists()
    code, said, _ = run("models", "import", file, "--name", "again")
    assert (code, said) == (0, "again: taken, for upscale x2\n")
    assert [card.name for card in list_models()] == ["again"]
    assert run("models", "import", file, "--name", "again")[0] == 2
    assert run("models", "import", file, "--name", "again", "--force")[0] == 0


def test_a_misnamed_file_is_listed_as_such_in_one_line_and_is_not_verified(run, tiny_upscaler):
    user_model_path(tiny_upscaler).rename(user_model_path(tiny_upscaler).with_name("a\x1b[2J\nb.safetensors"))
    code, listing, _ = run("models", "list")
    assert code == 1
    assert [line for line in listing.splitlines() if "Expected a model name" in line and "'a\\x1b[2J\\nb'" in line]
    assert "\x1b" not in listing
    assert run("models", "verify")[0] == 1


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["import"], 2, "0 file(s)"),
        (["import", "a", "b", "--name", "c"], 2, "2 file(s)"),
        (["import", "nowhere.safetensors"], 1, "doesn't exist"),
        (["export", "tiny-x2"], 2, "a model and a file"),
        (["export", "none", "file"], 1, "name of a model"),
        (["delete"], 2, "the name of a model"),
        (["delete", "none"], 1, "name of a model"),
    ],
)
def test_what_is_missing_or_wrong_is_said_in_a_line(run, tiny_upscaler, words, code, message):
    got, _, errors = run("models", *words)
    assert got == code
    assert message in errors[-1]
    assert len(errors) == 1
