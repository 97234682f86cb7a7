from __future__ import annotations

import json

import numpy as np
import pytest

from napari_decrappify.degrade import (
    PRESETS,
    as_record,
    crappify,
    from_record,
    load_crappifier,
    save_crappifier,
)
from napari_decrappify.errors import FileReadError, InvalidParameterError


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_comes_back_from_json_as_it_was(name):
    assert from_record(json.loads(json.dumps(as_record(PRESETS[name])))) == PRESETS[name]


def test_a_crappifier_comes_back_from_its_file(tmp_path):
    save_crappifier(tmp_path / "mine.json", PRESETS["old-photo"])
    picture = np.arange(48 * 48, dtype=np.uint16).reshape(48, 48)
    one, two = (
        crappify(picture, preset, seed=3) for preset in (PRESETS["old-photo"], load_crappifier(tmp_path / "mine.json"))
    )
    assert np.array_equal(one.image, two.image)


@pytest.mark.parametrize(
    ("record", "message"),
    [
        ({"kind": "Vanish"}, "a part among"),
        ({"kind": "Jpeg"}, "a crappifier as"),
        ([], "a crappifier as"),
        ({"kind": "Crappifier", "operation": []}, "parameters that Crappifier has"),
        ({"kind": "Crappifier", "operations": [{"kind": "Sometimes"}]}, "parameters of Sometimes"),
        ({"kind": "Crappifier", "operations": [{"kind": "Jpeg", "quality": [50, 20]}]}, "Jpeg.quality"),
    ],
)
def test_what_is_no_crappifier_is_refused(record, message):
    with pytest.raises(InvalidParameterError, match=message):
        from_record(record)


def test_what_is_no_file_of_one_is_refused(tmp_path):
    with pytest.raises(FileReadError):
        load_crappifier(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(FileReadError):
        load_crappifier(tmp_path / "bad.json")
