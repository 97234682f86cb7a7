"""Results in a viewer: where they come, what they are called, and that success looks like it."""

from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel
from napari.layers import Image, Labels

from napari_decrappify.layers import (
    Region,
    mask_layer,
    result_layer,
    show_results,
    source_of,
    uncertainty_layer,
)
from napari_decrappify.models import ModelCard
from napari_decrappify.on_layers import (
    crappify_layer,
    remove_watermark_layer,
    replay_layer,
    restore_layer,
)

PART = Region(((2, 3), (0, 20), (0, 24)))


def pixels(shape=(20, 24)):
    return np.random.default_rng(0).integers(0, 200, shape).astype(np.uint8)


def made_by(model, source="cells", region=None):
    return {"model": {"name": model}, "source": {"layer": source, "region": region}, "output": "image"}


def names(viewer):
    return [layer.name for layer in viewer.layers]


@pytest.fixture
def viewer():
    viewer = ViewerModel()
    for name in ("below", "cells", "above"):
        viewer.add_image(pixels((4, 20, 24)), name=name)
    return viewer


def described(viewer, name="cells denoised", model="denoise", region=None):
    source = source_of(viewer.layers["cells"], region)
    return result_layer(source, source.array, name=name, record=made_by(model, region=region and list(region.bounds)))


def shown(viewer, **how):
    return show_results(viewer, [described(viewer, **how)], viewer.layers["cells"])[1]


def test_results_lie_directly_above_their_source_and_masks_above_them(viewer):
    source = source_of(viewer.layers["cells"])
    mask = mask_layer(source, pixels() > 100, name="cells denoised mask", record=made_by("denoise"))
    spread = uncertainty_layer(
        source, pixels((4, 20, 24)), name="cells denoised uncertainty", record=made_by("denoise")
    )
    added, remark = show_results(viewer, [described(viewer), mask, spread], viewer.layers["cells"])
    between = ["cells denoised", "cells denoised mask", "cells denoised uncertainty"]
    assert names(viewer) == ["below", "cells", *between, "above"]
    assert [layer.name for layer in added] == between
    assert remark == ""
    assert viewer.layers["cells"].visible


def test_the_last_result_covers_those_before_it(viewer):
    for model in ("first", "second"):
        shown(viewer, model=model)
    assert names(viewer) == ["below", "cells", "cells denoised", "cells denoised by second", "above"]
    viewer.layers.move(2, 5)
    shown(viewer, model="third")
    assert names(viewer)[-2:] == ["cells denoised", "cells denoised by third"]


def test_results_of_several_layers_each_lie_above_their_own(viewer):
    results = []
    for name in ("cells", "below"):
        viewer.layers[name].blending = "additive"
        source, done = source_of(viewer.layers[name]), made_by("watermark", source=name)
        results.append(result_layer(source, source.array, name=f"{name} cleaned", record=done))
        results.append(mask_layer(source, pixels() > 100, name=f"{name} mask", record=done))
    cells = viewer.layers["cells"]
    cells.name = "renamed meanwhile"
    added, remark = show_results(viewer, results, cells)
    of_below, of_cells = ["below", "below cleaned", "below mask"], [cells.name, "cells cleaned", "cells mask"]
    assert names(viewer) == [*of_below, *of_cells, "above"]
    assert [layer.name for layer in added] == [*of_cells[1:], *of_below[1:]]
    assert [layer.visible for layer in viewer.layers] == [False, True, True, False, True, True, True]
    assert "is hidden" in remark


def test_the_result_of_a_layer_that_has_gone_comes_to_the_top(viewer):
    source, one = viewer.layers["cells"], described(viewer)
    viewer.layers.remove(source)
    show_results(viewer, [one], source)
    assert names(viewer) == ["below", "above", "cells denoised"]


def test_a_mask_is_an_outline(viewer, tiny_watermark):
    layer = viewer.layers["cells"]
    _, found = remove_watermark_layer(layer, model=tiny_watermark, return_mask=True)
    again = replay_layer(found.metadata["decrappify"], layer)
    _, damage = crappify_layer(layer, "stock-watermark", 3, return_mask=True)
    show_results(viewer, [mask_layer(source_of(layer), pixels() > 9, name="m", record=made_by("a"))], layer)
    for labels in (found, again, damage, viewer.layers["m"]):
        assert isinstance(labels, Labels)
        assert labels.contour == 1


def test_a_name_that_is_taken_gets_the_model_or_a_number(viewer):
    for model in ("denoise", "denoise", "my-cells", "my-cells", "denoise"):
        shown(viewer, model=model)
    assert set(names(viewer)) - {"below", "cells", "above"} == {
        "cells denoised",
        "cells denoised 2",
        "cells denoised by my-cells",
        "cells denoised by my-cells 2",
        "cells denoised 3",
    }


@pytest.mark.parametrize(
    ("look", "region", "stays", "says"),
    [
        ({}, None, True, ""),
        ({"blending": "additive"}, None, False, "'cells', which would shine through, is hidden"),
        ({"opacity": 0.5}, None, False, "'cells', which would shine through, is hidden"),
        ({"blending": "additive"}, PART, True, "hide 'cells' to see it alone"),
        ({"blending": "additive", "visible": False}, None, False, ""),
    ],
    ids=["covers", "adds up", "half", "a part", "is hidden already"],
)
def test_a_source_that_would_mix_with_its_result_is_hidden(viewer, look, region, stays, says):
    source = viewer.layers["cells"]
    for name, value in look.items():
        setattr(source, name, value)
    said = shown(viewer, region=region)
    assert source.visible is stays
    assert says in said
    assert (said == "") == (says == "")
    assert viewer.layers["cells denoised"].visible


def test_in_3_d_the_result_is_seen_alone_without_its_mask(viewer):
    viewer.dims.ndisplay = 3
    source = viewer.layers["cells"]
    mask = mask_layer(source_of(source), pixels() > 100, name="mask", record=made_by("denoise"))
    (result, found), said = show_results(viewer, [described(viewer), mask], source)
    assert (source.visible, result.visible, found.visible) == (False, True, False)
    assert "is hidden" in said


def test_side_by_side_nothing_is_hidden(viewer):
    viewer.canvas.grid.enabled, viewer.layers["cells"].blending = True, "additive"
    assert shown(viewer) == ""
    assert viewer.layers["cells"].visible


def test_a_volume_is_rendered_as_its_source(viewer):
    source = viewer.layers["cells"]
    source.rendering, source.attenuation, source.projection_mode = "attenuated_mip", 0.3, "max"
    shown(viewer)
    result = viewer.layers["cells denoised"]
    assert (result.rendering, result.attenuation, result.projection_mode) == ("attenuated_mip", 0.3, "max")


@pytest.mark.parametrize(
    ("labels", "bounds", "part"),
    [
        (None, ((2, 3), (0, 20), (0, 24)), " (plane 2)"),
        (("t", "y", "x"), ((2, 3), (0, 20), (0, 24)), " (t=2)"),
        (("z", "y", "x"), ((1, 3), (0, 20), (4, 24)), " (z=1-2, part)"),
        (("t", "y", "x"), ((0, 4), (0, 20), (0, 24)), ""),
    ],
    ids=["unnamed", "a time", "some planes", "all"],
)
def test_the_name_says_which_part_was_done(tiny_restorer, labels, bounds, part):
    layer = Image(pixels((4, 20, 24)), name="cells", axis_labels=labels)
    assert restore_layer(layer, region=Region(bounds), model=tiny_restorer).name == f"cells restored{part}"
    assert crappify_layer(layer, "lesson7", 1, region=Region(bounds)).name == f"cells lesson7{part}"


@pytest.mark.parametrize(
    ("task", "preset", "word"),
    [
        ("restore", "denoise-training", "denoised"),
        ("restore", "few-photons", "denoised"),
        ("restore", "restore-training", "restored"),
        ("infill", "infill-training", "infilled"),
        ("upscale", "em-x4", "sharp"),
    ],
)
def test_a_card_has_a_word_for_what_its_model_does(task, preset, word):
    scale = 4 if task == "upscale" else 1
    card = ModelCard(name="mine", task=task, architecture="unet", scale=scale, recipe={"data": {"preset": preset}})
    assert card.result == word
    assert ModelCard(name="mine", task="restore", architecture="unet").result == "restored"
