"""CONTRIBUTING.md is followed to the letter: its files are written, its lines are registered, its scripts run."""

from __future__ import annotations

import ast
import importlib
import re
import sys
import textwrap
import tomllib
from pathlib import Path

import npe2
import pytest

from napari_decrappify.degrade.operation import OPERATIONS
from napari_decrappify.lazy_registry import LazyRegistry
from napari_decrappify.nets import ARCHITECTURES, Generator
from napari_decrappify.tasks import TASKS
from napari_decrappify.training.losses import PIXEL_LOSSES

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "src" / "napari_decrappify"
PAGE = (ROOT / "CONTRIBUTING.md").read_text()
SECTIONS = dict(re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.DOTALL | re.MULTILINE))
BLOCK = re.compile(r"^( *)```(\w+)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
FILE = re.compile(r"# ([\w/]+\.py)\n")
REGISTRIES = (OPERATIONS, TASKS)


def blocks(section, language):
    return [textwrap.dedent(code) for _, kind, code in BLOCK.findall(SECTIONS[section]) if kind == language]


def files(section):
    """Return the modules of a section by the path that their first line names."""
    return {named[1]: code for code in blocks(section, "python") if (named := FILE.match(code))}


def lines(section):
    """Return what a section's lines add to a registry of this package: name and place."""
    added = [code for code in blocks(section, "python") if re.match(r'"[\w-]+": "', code)]
    return {name: place for line in added for name, place in ast.literal_eval("{" + line + "}").items()}


def scripts(section):
    return [code for code in blocks(section, "python") if not FILE.match(code) and not code.startswith('"')]


@pytest.fixture
def mine(tmp_path, monkeypatch, user_folder):
    """Write a section's files into the installed package `mine`, work beside it, and leave nothing registered."""
    before = [dict(registry) for registry in REGISTRIES]

    def install(section):
        for name, code in files(section).items():
            path = tmp_path / "mine" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code)
        declared = [tomllib.loads(code)["project"]["entry-points"] for code in blocks(section, "toml")]
        points = [f"[{group}]\n{name} = {place}\n" for groups in declared for group, named in groups.items()
                  for name, place in named.items()]  # fmt: skip
        facts = tmp_path / "mine-1.0.dist-info"
        facts.mkdir()
        (facts / "METADATA").write_text("Metadata-Version: 2.1\nName: mine\nVersion: 1.0\n")
        (facts / "entry_points.txt").write_text("\n".join(points))
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.chdir(tmp_path)

    yield install
    for registry, those in zip(REGISTRIES, before, strict=True):
        registry.clear()
        registry.update(those)
    for name in [name for name in sys.modules if name.partition(".")[0] == "mine"]:
        del sys.modules[name]


def followed(section):
    """Run the scripts of a section one after the other; return the names that they leave."""
    names = {}
    for code in scripts(section):
        exec(compile(code, f"CONTRIBUTING.md: {section}", "exec"), names)
    return names


def test_the_commands_are_there():
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    commands = "".join(blocks("Set up", "bash")).split("\n")
    assert {line.split()[1] for line in commands if line.startswith("make")} <= set(targets)
    assert '"pre-commit"' in (ROOT / "pyproject.toml").read_text()


MADE = (".venv", "docs/_build")  # by `make`


def test_every_path_on_the_page_exists():
    paths = re.findall(r"`([\w.]+(?:/[\w.]+)+)/?`|`(\w+\.(?:py|yaml|md))`", PAGE)
    named = {with_folder or alone for with_folder, alone in paths if not with_folder.startswith(MADE)}
    missing = [path for path in named if not any((folder / path).exists() for folder in (ROOT, PACKAGE))]
    assert not [path for path in missing if not list(PACKAGE.rglob(path))]


def test_a_net_is_a_file_and_a_line_and_is_trained_and_applied(mine):
    mine("Add a net")
    assert "plain-denoiser" in ARCHITECTURES
    names = followed("Add a net")
    assert names["better"].shape == names["photos"][0].shape
    assert names["trained"].model.exists()


def test_the_line_of_a_net_is_as_good_as_its_entry_point(mine):
    mine("Add a net")
    own = LazyRegistry("an architecture", "mine", lines("Add a net"), kind=Generator)
    assert own["plain-denoiser"] is ARCHITECTURES["plain-denoiser"]


def test_a_loss_is_a_file_and_a_line_and_is_what_a_generator_minimises(mine, monkeypatch):
    mine("Add a loss")
    assert LazyRegistry("a pixel loss", "mine", lines("Add a loss"))["huber"].error is not None
    try:
        names = followed("Add a loss")
    finally:
        del PIXEL_LOSSES["huber"]
    assert names["trained"].model.exists()


def test_a_degradation_is_a_file_and_is_drawn_recorded_and_kept(mine):
    mine("Add a degradation")
    names = followed("Add a degradation")
    assert [step["operation"] for step in names["worse"].steps] == ["Vignette", "Jpeg"]
    corner, middle = (names["worse"].image[part, part].mean() / names["photo"][part, part].mean()
                      for part in (slice(0, 8), slice(44, 52)))  # fmt: skip
    assert corner < 0.6 < 0.9 < middle


def test_a_task_is_a_call_and_its_declaration(mine):
    mine("Add a task")
    names = followed("Add a task")
    assert Path("photo-sharpened.png").exists()
    assert names["sharp"].name == "cat sharpened"
    assert names["sharp"].metadata["decrappify"]["operation"] == "deblur"


def test_a_dock_is_a_class_that_a_manifest_names(mine, tmp_path):
    mine("Add a dock")
    (manifest,) = blocks("Add a dock", "yaml")
    (tmp_path / "napari.yaml").write_text(manifest)
    (command,) = npe2.PluginManifest.from_file(tmp_path / "napari.yaml").contributions.commands
    module, _, name = command.python_name.partition(":")
    assert issubclass(getattr(importlib.import_module(module), name), importlib.import_module(module).ModelDock)
