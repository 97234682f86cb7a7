from __future__ import annotations

import atexit
import functools
import gc
import json
import os
import tempfile
from pathlib import Path

import pytest

if "NAPARI_CONFIG" not in os.environ:  # before napari is imported: its settings mustn't be those of who runs the tests
    SETTINGS = tempfile.TemporaryDirectory(prefix="decrappify-tests-", ignore_cleanup_errors=True)
    atexit.register(SETTINGS.cleanup)
    os.environ["NAPARI_CONFIG"] = str(Path(SETTINGS.name) / "settings.yaml")

atexit.register(gc.freeze)


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is imported meanwhile is no garbage. Dask notes as it is imported whether there is a collector at all."""
    thresholds = gc.get_threshold()
    gc.set_threshold(0)
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.set_threshold(*thresholds)


@pytest.fixture(scope="module", autouse=True)
def imports_are_not_looked_through():
    """Trainings and viewers collect all garbage at their end: what torch and napari are made of isn't among it."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def user_folder(tmp_path, monkeypatch):
    """An empty user's folder: no model of the person who runs the tests is seen."""
    monkeypatch.setenv("DECRAPPIFY_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def home(user_folder, tmp_path, monkeypatch):
    """An empty user's folder, and no bundled models: what a test finds, it has made."""
    monkeypatch.setattr("napari_decrappify.models.store.bundled_folder", lambda: tmp_path / "bundled")
    return user_folder


@pytest.fixture
def run(capsys):
    """Run a command line; return exit code, standard output and the lines of standard error."""
    from napari_decrappify.cli import main

    def run_words(*words: object) -> tuple[int, str, list[str]]:
        code = main([str(word) for word in words])
        written = capsys.readouterr()
        return code, written.out, written.err.splitlines()

    return run_words


@pytest.fixture
def tiny_upscaler(home):
    """The name of a small upscaler (x2) with random weights in the user's store."""
    return _save_tiny("tiny-x2", "upscale", "residual-upscaler", {"scale": 2, "width": 4, "blocks": 1})


@pytest.fixture
def tiny_pair(home):
    """Names of two small upscalers (x2) of one net in the user's store: a faithful one and its textured partner."""
    net = ("upscale", "residual-upscaler", {"scale": 2, "width": 4, "blocks": 1})
    return _save_tiny("tiny-x2", *net), _save_tiny("tiny-x2-sharp", *net, seed=1, fidelity="tiny-x2")


@pytest.fixture
def tiny_watermark(home):
    """The name of a small watermark remover with random weights, which finds damage in places, in the store."""
    return _save_tiny("tiny-watermark", "watermark", "repair-unet", {"widths": [4, 8], "middle": 1})


@pytest.fixture
def tiny_photo(home):
    """The name of a small finder of film damage with random weights; what fills and denoises is in the store too."""
    plain = {"widths": [4, 8], "middle": 1}
    _save_tiny("infill", "infill", "gated-infill", plain)
    _save_tiny("denoise", "restore", "repair-unet", {**plain, "mask_head": False})
    return _save_tiny("tiny-photo", "old-photo", "repair-unet", plain)


@pytest.fixture
def tiny_finder(home):
    """The name of a small finder of marks with random weights, which learned coverage, in the store."""
    return _save_tiny("tiny-finder", "watermark", "mark-finder", {"widths": [4, 8], "middle": 1})


@pytest.fixture
def tiny_restorer(home):
    """The name of a small restorer with random weights in the store."""
    return _save_tiny("tiny-restore", "restore", "repair-unet", {"widths": [4, 8], "middle": 1})


@pytest.fixture
def both_restorers(home):
    """Two small restorers with random weights in the store, called as the default ones: for photos, and elsewhere."""
    options = {"widths": [4, 8], "middle": 1, "mask_head": False}
    learned = {"restore": "restore-training", "denoise": "denoise-training"}
    return [
        _save_tiny(name, "restore", "repair-unet", options, seed, recipe={"data": {"preset": preset}})
        for seed, (name, preset) in enumerate(learned.items())
    ]


@pytest.fixture
def tiny_infill(home):
    """The name of a small net with random weights that fills holes, in the store."""
    return _save_tiny("tiny-infill", "infill", "gated-infill", {"widths": [4, 8], "middle": 1})


@pytest.fixture
def tiny_colorizer(home):
    """The name of a small net with random weights that colours, in the store."""
    return _save_tiny("tiny-colorize", "colorize", "repair-unet", {"widths": [4, 8], "middle": 1})


@pytest.fixture
def tiny_repairs(home):
    """Small models with random weights for restoring, filling and colouring in the store; return their names."""
    plain, gated = {"widths": [4, 8], "middle": 1, "mask_head": False}, {"widths": [4, 8], "middle": 1}
    return (
        _save_tiny("tiny-restore", "restore", "repair-unet", plain),
        _save_tiny("tiny-infill", "infill", "gated-infill", gated),
        _save_tiny("tiny-colorize", "colorize", "repair-unet", plain),
    )


def _save_tiny(name, task, architecture, options, seed=0, **fields):
    from napari_decrappify.models import user_model_path

    path = user_model_path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(_tiny(json.dumps([name, task, architecture, options, seed, fields])))
    return name


@functools.cache
def _tiny(told):
    """The file of a small model as it is told of; many hundreds of tests want the same few."""
    import torch

    from napari_decrappify.models import ModelCard, save_model
    from napari_decrappify.nets import build

    name, task, architecture, options, seed, fields = json.loads(told)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = build(architecture, options)
        with torch.no_grad():
            for weights in net.parameters():
                weights += 0.05 * torch.randn_like(weights)
    card = ModelCard(
        name=name,
        task=task,
        architecture=architecture,
        options=options,
        scale=net.scale,
        mask_threshold=_rare_threshold(net) if task in ("watermark", "old-photo") else 0.5,
        limits="Random weights: for tests only.",
        **fields,
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.safetensors"
        save_model(path, net, card)
        return path.read_bytes()


def _rare_threshold(net):
    """The damage probability that a few pixels of a noisy picture exceed."""
    import torch

    noise = torch.rand((1, net.channels, 64, 64), generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        logits = net.eval()(noise).mask
    return 0.5 if logits is None else float(torch.sigmoid(logits).quantile(0.98))
