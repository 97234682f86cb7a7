"""Another package adds nets by entry points; what is wrong with it shows when its net is asked for, and not before."""

from __future__ import annotations

import sys

import pytest
import torch

from napari_decrappify.errors import InvalidParameterError, PluginError
from napari_decrappify.models import ModelCard, load_model_file, save_model
from napari_decrappify.nets import ARCHITECTURES, CRITICS, build, build_critic

NETS = """
import torch
from napari_decrappify.nets import Critic, Generator, Repaired

class Shade(Generator):
    def __init__(self, width: int = 1) -> None:
        super().__init__()
        self.layer = torch.nn.Conv2d(3, 3 * width, 1)

    def forward(self, x):
        return Repaired(x + self.layer(x)[:, :3])

class Taste(Critic):
    def judge(self, x):
        return x.mean((1, 2, 3))[:, None]
"""
POINTS = """
[napari_decrappify.generators]
shade = fake_nets:Shade
broken = fake_nets.broken:Net
missing = fake_nets:Missing
stranger = fake_nets:torch
repair-unet = fake_nets:Shade

[napari_decrappify.critics]
taste = fake_nets:Taste
"""


@pytest.fixture(autouse=True)
def _package(tmp_path, monkeypatch):
    """An installed distribution with nets, some of which are broken."""
    package, information = tmp_path / "fake_nets", tmp_path / "fake_nets-1.0.dist-info"
    package.mkdir()
    information.mkdir()
    (package / "__init__.py").write_text(NETS)
    (package / "broken.py").write_text("raise RuntimeError('no such camera')\n")
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: fake-nets\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(tmp_path)
    yield
    for name in [name for name in sys.modules if name.startswith("fake_nets")]:
        del sys.modules[name]


def test_a_net_of_another_package_is_built_by_its_name():
    net, critic = build("shade", {"width": 2}), build_critic("taste")
    assert net(torch.rand(1, 3, 4, 4)).image.shape == (1, 3, 4, 4)
    assert critic(torch.rand(2, 3, 4, 4)).shape == (2, 1)


def test_naming_the_nets_imports_none_of_them():
    assert {"shade", "broken", "repair-unet"} <= set(ARCHITECTURES)
    assert "taste" in CRITICS
    assert "shade" not in CRITICS
    assert "fake_nets" not in sys.modules


def test_its_options_are_checked_as_those_of_our_own():
    with pytest.raises(InvalidParameterError, match="width"):
        build("shade", {"width": "wide"})


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("broken", "RuntimeError: no such camera"),
        ("missing", "AttributeError"),
        ("stranger", "derived from Generator"),
    ],
)
def test_a_broken_net_is_an_error_that_names_its_package(name, says):
    with pytest.raises(PluginError, match=says) as caught:
        build(name)
    assert "fake-nets" in str(caught.value)
    assert build("shade"), "and spoils no other"


def test_another_package_cant_take_the_name_of_a_net_of_this_one():
    assert ARCHITECTURES["repair-unet"].__module__.startswith("napari_decrappify.")


def test_an_unknown_net_is_an_error_that_lists_all_there_are():
    with pytest.raises(InvalidParameterError, match=r"an architecture among .*'dcgan'.*'shade'.*got 'shades'"):
        build("shades")


def test_a_model_of_such_a_net_is_saved_and_loaded(tmp_path):
    net = build("shade").eval()
    card = ModelCard(name="shady", task="restore", architecture="shade")
    save_model(tmp_path / "shady.safetensors", net, card)
    x = torch.rand(1, 3, 8, 8)
    torch.testing.assert_close(load_model_file(tmp_path / "shady.safetensors").net(x).image, net(x).image)
