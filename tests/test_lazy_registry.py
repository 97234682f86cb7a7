from __future__ import annotations

import sys

import pytest

from napari_decrappify.errors import InvalidParameterError
from napari_decrappify.lazy_registry import LazyRegistry
from napari_decrappify.nets import ARCHITECTURES, CRITICS
from napari_decrappify.training.evaluation.criterion import CRITERIA
from napari_decrappify.training.losses import FEATURE_DISTANCES, OBJECTIVES, PIXEL_LOSSES
from napari_decrappify.training.optimization import OPTIMIZERS
from napari_decrappify.training.stages import STAGES

REGISTRIES = {
    "architectures": ARCHITECTURES,
    "critics": CRITICS,
    "criteria": CRITERIA,
    "feature distances": FEATURE_DISTANCES,
    "objectives": OBJECTIVES,
    "optimisers": OPTIMIZERS,
    "pixel losses": PIXEL_LOSSES,
    "stages": STAGES,
}


@pytest.fixture
def shapes(tmp_path, monkeypatch):
    """A registry of parts in a package of two modules."""
    folder = tmp_path / "shapes_of_test"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "round.py").write_text("CIRCLE = 'circle'\n")
    (folder / "angular.py").write_text("SQUARE = 'square'\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield LazyRegistry[str]("a shape", "shapes_of_test", {"circle": "round:CIRCLE", "square": "angular:SQUARE"})
    for name in [name for name in sys.modules if name.startswith("shapes_of_test")]:
        del sys.modules[name]


@pytest.mark.parametrize(("registry", "name"), [(one, name) for one in REGISTRIES.values() for name in one])
def test_every_part_is_where_its_registry_says(registry, name):
    assert registry[name] is not None


@pytest.mark.parametrize("registry", REGISTRIES.values(), ids=list(REGISTRIES))
def test_an_unknown_name_is_an_error_that_lists_those_there_are(registry):
    with pytest.raises(InvalidParameterError) as caught:
        registry["no such part"]
    assert all(repr(name) in caught.value.expected for name in registry)


def test_only_the_part_that_is_asked_for_is_imported(shapes):
    assert list(shapes) == ["circle", "square"]
    assert "square" in shapes
    assert "shapes_of_test" not in sys.modules
    assert shapes["circle"] == "circle"
    assert "shapes_of_test.round" in sys.modules
    assert "shapes_of_test.angular" not in sys.modules


def test_a_part_can_be_added_and_taken_away(shapes):
    shapes["star"] = "a star"
    assert (shapes["star"], shapes.get("star"), len(shapes)) == ("a star", "a star", 3)
    del shapes["star"]
    assert shapes.get("star") is None
