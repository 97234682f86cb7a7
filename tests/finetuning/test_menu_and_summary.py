from __future__ import annotations

import numpy as np
import pytest

from napari_decrappify.degrade import Crappifier, StampPicture
from napari_decrappify.errors import InvalidImageError, InvalidParameterError, RecipeError
from napari_decrappify.files import write_image
from napari_decrappify.finetuning import (
    examples,
    recipe_names,
    recipe_summary,
    summarize,
)
from napari_decrappify.finetuning.data.collection import open_items
from napari_decrappify.finetuning.recipe_list import RECIPES, plain_recipe
from napari_decrappify.tasks import finetuned_tasks


@pytest.mark.parametrize("task", finetuned_tasks())
def test_every_recipe_of_a_task_is_whole(task):
    names = recipe_names(task)
    assert names[0] == "quick"
    for name in names:
        assert plain_recipe(task, name).task == task
        assert recipe_summary(name).endswith(".")


def test_every_recipe_is_for_some_task():
    assert set(recipe_names()) == {path.stem for path in RECIPES.glob("[!_]*.toml")}
    assert {name for task in finetuned_tasks() for name in recipe_names(task)} == set(recipe_names())


def test_a_recipe_of_ones_own(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(f'extends = "{RECIPES / "quick.toml"}"\n[data]\nbatch = 3\n')
    assert plain_recipe("upscale", str(path)).data.batch == 3


def test_what_is_no_recipe_or_task_is_refused():
    with pytest.raises(RecipeError, match="quick"):
        plain_recipe("upscale", "slow")
    with pytest.raises(InvalidParameterError, match="colorize"):
        plain_recipe("generate", "quick")


def test_pictures_and_patches_are_counted():
    found = summarize([np.zeros((3, 200, 300), np.uint16), np.zeros((96, 96), np.uint16)])
    assert (found.pictures, found.patch, found.smallest) == (4, 96, 96)
    assert found.patches == 3 * (2 * 3) + 1
    assert ["patches" in warning for warning in found.warnings] == [True]


def test_the_patch_fits_the_smallest_picture():
    assert summarize(np.zeros((9, 70, 90), np.uint8)).patch == 64
    with pytest.raises(InvalidImageError, match="a side of 70"):
        summarize(np.zeros((70, 90), np.uint8), patch=80)
    with pytest.raises(InvalidImageError, match="32 pixels or more"):
        summarize(np.zeros((30, 90), np.uint8))


def test_few_pictures_are_warned_of():
    (few, _) = summarize(np.zeros((2, 96, 96), np.uint8)).warnings
    assert "only 2 pictures" in few
    assert not summarize(np.zeros((9, 512, 512), np.uint8)).warnings


def test_examples_are_what_the_net_would_see(tiny_upscaler, pictures, wished):
    found = examples(wished(pictures, base=tiny_upscaler, patch=48), count=3)
    assert [one.target.shape for one in found] == [(48, 48, 3)] * 3
    assert {one.input.shape for one in found} == {(24, 24, 3)}
    deep = [picture.astype(np.uint16) * 257 for picture in pictures]
    again = examples(wished(deep, base=tiny_upscaler, patch=48), count=3)
    assert np.abs(found[0].target.astype(int) - again[0].target).max() < 12


def test_examples_of_a_watermark_show_where_it_is(tiny_watermark, pictures, logo, wished):
    crappifier = Crappifier((StampPicture.of(logo),))
    asked = wished(pictures, task="watermark", base=tiny_watermark, crappifier=crappifier, patch=64)
    for one in examples(asked):
        assert one.mask.any()
        assert np.array_equal(one.input[~one.mask], one.target[~one.mask])


def test_thumbnails_in_a_folder_are_neither_counted_nor_learned_from(tmp_path):
    for name, size in (("a", 90), ("icon", 20), ("b", 70)):
        write_image(tmp_path / f"{name}.png", np.zeros((size, size), np.uint8))
    found = summarize(tmp_path)
    assert (found.pictures, found.smallest, found.patch) == (2, 70, 64)
    pictures = open_items([str(tmp_path)])
    assert list(pictures.names) == ["a.png", "b.png"]
    assert "icon.png" in pictures.left_out[0]
    (tmp_path / "a.png").unlink()
    (tmp_path / "b.png").unlink()
    with pytest.raises(InvalidImageError, match="32 pixels or more"):
        summarize(tmp_path)
