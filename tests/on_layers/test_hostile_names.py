"""Whatever a layer, a model, a file or a record is called: "Copy as Python" gives scripts that only say it."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from napari.layers import Image, Labels, Points

from napari_decrappify.degrade import Crappifier
from napari_decrappify.degrade.operations.jpeg import Jpeg
from napari_decrappify.errors import DecrappifyError, InvalidParameterError
from napari_decrappify.layers import LayerFile
from napari_decrappify.on_layers import (
    LayerMask,
    Region,
    crappify_layer,
    infill_layer,
    python_script,
    training_script,
    upscale_layer,
)
from napari_decrappify.on_layers.literals import argument, literal

RUN = '__import__("builtins").hits.append(1)'
HOSTILE = [
    f'sharp""";{RUN};"""',
    f"sharp''';{RUN};'''",
    f'";{RUN};"',
    f"';{RUN};'",
    f'"+str({RUN})+"',
    f"'+str({RUN})+'",
    f"\\';{RUN};#",
    f'\\";{RUN};#',
    f"x\n{RUN}\n",
    f"x\r{RUN}\r",
    f"x)\n{RUN}\n(",
    f"x={RUN}, y",
    f"{{{RUN}}}",
    RUN,
    "\\",
    "\udce9\x00\u2028",
]
PROGRAM = """
import builtins, json, sys
from types import ModuleType

class Anything:
    def __getattr__(self, name): return self
    def __getitem__(self, key): return self
    def __call__(self, *arguments, **keywords): return self

for name in ("napari_decrappify", "napari_decrappify.layers", "napari_decrappify.files",
             "napari_decrappify.degrade", "napari_decrappify.provenance"):
    module = sys.modules[name] = ModuleType(name)
    module.__getattr__ = lambda name: Anything()

builtins.hits, ran = [], []
for number, text in enumerate(json.load(sys.stdin)):
    exec(compile(text, "copied", "exec"), {})
    if hits:
        hits.clear()
        ran.append(number)
print(json.dumps(ran))
"""


def what_was_run_by(scripts):
    """Run scripts in a fresh process, where all that they import takes anything; return those that ran a name."""
    program = [sys.executable, "-I", "-c", PROGRAM]
    done = subprocess.run(program, input=json.dumps(scripts), capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-2000:]
    return [scripts[number] for number in json.loads(done.stdout.splitlines()[-1])]


def scripts_of(make, cases):
    """Return the scripts for cases; those that are refused in words have none."""
    scripts = []
    for case in cases:
        try:
            scripts.append(make(*case))
        except DecrappifyError:
            continue
    return scripts


def leaves(record, path=()):
    """Return the places of all values in a record that are there and hold no others."""
    if isinstance(record, dict | list):
        inside = record.items() if isinstance(record, dict) else enumerate(record)
        return [leaf for key, value in inside for leaf in leaves(value, (*path, key))]
    return [] if record is None else [path]


def changed(record, path, value):
    """Return a record with another value in a place."""
    made = copy.deepcopy(record)
    holder = made
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    return made


def named(name):
    return Image(np.zeros((24, 32)), name=name)


@pytest.fixture
def records(tiny_upscaler, tiny_infill):
    """Records that each kind of script is made from: a call, a call with a mask, a replay."""
    pixels = np.random.default_rng(0).integers(0, 255, (24, 32)).astype(np.uint8)
    layer, dots = Image(pixels, name="cat"), Points([[9, 9]], name="dots")
    marks = Labels((pixels > 200).astype(np.uint8), name="marks")
    made = [
        upscale_layer(layer, 2, region=Region(((0, 16), (0, 16))), tile=16, model=tiny_upscaler),
        infill_layer(layer, LayerMask(marks, labels=[1], dilate=1), model=tiny_infill),
        infill_layer(layer, LayerMask(dots, radius=3), model=tiny_infill),
        crappify_layer(layer, "lesson7", 7),
        crappify_layer(layer, Crappifier((Jpeg((10, 30)),)), 7),
    ]
    return [one.metadata["decrappify"] for one in made]


def test_no_field_of_a_record_is_ever_run(records):
    cases = [(changed(one, place, text), None) for one in records for place in leaves(one) for text in HOSTILE]
    cases += [(changed(one, ("parameters", text), 1), None) for one in records for text in HOSTILE]
    to_fill_in = scripts_of(python_script, cases)
    on_files = scripts_of(python_script, [(record, "cat.png") for record, _ in cases])
    assert min(len(to_fill_in), len(on_files)) > len(cases) / 2
    assert what_was_run_by(to_fill_in + on_files) == []


def test_no_path_is_ever_run(records):
    cases = [(one, text + ending) for one in records for text in HOSTILE if "\0" not in text for ending in ("", ".png")]
    scripts = scripts_of(python_script, cases)
    assert len(scripts) == len(cases)
    assert what_was_run_by(scripts) == []


@pytest.mark.parametrize("field", ["path", "reader", "name"])
def test_nothing_that_is_known_of_a_layer_s_file_is_ever_run(records, field):
    file = LayerFile("cat.png", "napari", "cat", (24, 32))
    scripts = scripts_of(python_script, [(one, replace(file, **{field: text})) for one in records for text in HOSTILE])
    assert len(scripts) > len(records) * len(HOSTILE) / 2
    assert what_was_run_by(scripts) == []


@pytest.mark.parametrize("field", ["layers", "crappy_layers", "images", "name", "base", "device", "recipe", "changes"])
def test_nothing_that_a_training_is_told_is_ever_run(field):
    values = {"layers": [named("a")], "crappy_layers": [named("b")], "changes": {"data.batch": 1}}
    if field == "images":
        del values["layers"], values["crappy_layers"]
    many = {
        "layers": lambda text: [named(text)],
        "crappy_layers": lambda text: [named(text)],
        "changes": lambda text: {text: text},
    }
    cases = [({**values, field: many.get(field, str)(text)},) for text in HOSTILE]
    scripts = scripts_of(training_script, cases)
    assert len(scripts) == len(cases)
    assert what_was_run_by(scripts) == []


def test_a_record_of_no_call_has_no_script(records):
    for text in HOSTILE:
        with pytest.raises(InvalidParameterError, match="an operation among"):
            python_script({**records[0], "operation": text})


PLAIN = [None, True, 3, -0.25, float("inf"), [], [1, ["a"]], (), (1,), (1, "b"), {}, {"a": {"b": (None,)}}, {1: 2}]


@pytest.mark.parametrize("value", [*HOSTILE, *PLAIN], ids=repr)
def test_a_literal_gives_the_value_back(value):
    assert eval(literal(value), {"__builtins__": {"float": float}}) == value


@pytest.mark.parametrize("value", [object(), {1, 2}, [object()], b"bytes", 1j], ids=lambda value: type(value).__name__)
def test_what_has_no_literal_is_refused(value):
    with pytest.raises(InvalidParameterError, match="a value that a script can say"):
        literal(value)


@pytest.mark.parametrize("name", [*HOSTILE, "", "class", "a b", "1a", 3])
def test_what_cannot_be_a_keyword_is_refused(name):
    with pytest.raises(InvalidParameterError, match="the name of a parameter"):
        argument(name, 1)
