"""Texture: the share of a partner in the weights of an upscaler, in every call and every record."""

from __future__ import annotations

import dask.array as da
import numpy as np
import pytest

from napari_decrappify import replay, upscale
from napari_decrappify.errors import InvalidParameterError, ModelFileError
from napari_decrappify.files import read_image, write_image
from napari_decrappify.models import load_model, save_model
from napari_decrappify.provenance import record


@pytest.fixture
def image(rng):
    return rng.integers(0, 256, (20, 24, 3), dtype=np.uint8)


def differs(one, other):
    return np.abs(one.astype(int) - other).max() > 2


def test_nought_is_the_faithful_model_and_one_is_its_partner(tiny_pair, image):
    faithful, sharp = (upscale(image, model=name) for name in tiny_pair)
    np.testing.assert_array_equal(upscale(image, texture=0.0), faithful)
    np.testing.assert_array_equal(upscale(image, texture=1.0), sharp)
    half = upscale(image, texture=0.5)
    assert differs(half, faithful)
    assert differs(half, sharp)
    np.testing.assert_array_equal(upscale(image, model=tiny_pair[0]), faithful)


def test_texture_works_lazily_and_when_a_model_is_applied_twice(tiny_pair, image):
    lazy = upscale(da.from_array(image, 16), 4, texture=0.4)
    np.testing.assert_array_equal(lazy.compute(), upscale(image, 4, texture=0.4))


def test_a_model_without_a_partner_takes_no_texture(tiny_pair, image):
    with pytest.raises(InvalidParameterError, match=r"texture 0 for tiny-x2-sharp.*got 0.5"):
        upscale(image, model=tiny_pair[1], texture=0.5)
    with pytest.raises(InvalidParameterError, match="texture from 0 to 1"):
        upscale(image, texture=1.5)


def test_a_partner_of_another_net_is_refused(tiny_pair, image):
    sharp = load_model(tiny_pair[1])
    save_model(sharp.path, sharp.net, sharp.card.model_copy(update={"bf16": True}))
    with pytest.raises(InvalidParameterError, match="tiny-x2-sharp, of another bf16"):
        upscale(image, texture=0.5)


def test_a_record_keeps_the_partner_and_gives_the_same_pixels_again(tiny_pair, image):
    done = record("upscale", {"factor": 2, "texture": 0.5}, model=load_model(tiny_pair[0]))
    assert done["model"]["partner"] == {"name": tiny_pair[1], "sha256": load_model(tiny_pair[1]).sha256}
    np.testing.assert_array_equal(replay(done, image), upscale(image, texture=0.5))
    done["model"]["partner"]["sha256"] = "0" * 64
    with pytest.raises(ModelFileError, match="tiny-x2-sharp"):
        replay(done, image)


def test_the_command_line_takes_it(tiny_pair, image, run, tmp_path):
    write_image(tmp_path / "a.png", image)
    code, _, _ = run("upscale", tmp_path / "a.png", "--texture", 0.5, "--output", tmp_path / "b.png")
    assert code == 0
    np.testing.assert_array_equal(read_image(tmp_path / "b.png").array, upscale(image, texture=0.5))
