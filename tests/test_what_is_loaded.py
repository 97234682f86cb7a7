"""What is slow to import, or has no place in a process, is loaded only by what needs it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from napari_decrappify.cli.main import commands

HEAVY = ("torch", "napari", "qtpy", "magicgui", "pydantic", "skimage", "scipy", "tifffile", "PIL", "numpy", "dask")
WINDOWS = ("qtpy", "PyQt5", "PyQt6", "PySide6", "napari", "magicgui", "superqt", "npe2", "vispy")
COMPILER = ("torch._dynamo", "triton", "torchvision")

WITHOUT_TORCH = {
    "importing the package": ("import napari_decrappify", HEAVY),
    "importing the command line": ("from napari_decrappify.cli import main", HEAVY),
    "help": ("main(['--help'])", HEAVY),
    "version": ("main(['--version'])", HEAVY),
    "importing the tasks, as a dock does": (
        "import napari_decrappify.apply.tasks",
        (*WINDOWS, "torch", "scipy", "skimage", "dask"),
    ),
    "degrading an array": (
        "import numpy; napari_decrappify.crappify(numpy.zeros((9, 9), 'u1'))",
        (*WINDOWS, "torch", "skimage", "dask"),
    ),
    "listing models": (
        "from napari_decrappify import models; assert models.list_models()",
        (*WINDOWS, "torch"),
    ),
    "listing recipes and runs": (
        "from napari_decrappify import finetuning; finetuning.recipe_names('upscale'); finetuning.runs()",
        (*WINDOWS, "torch"),
    ),
    **{
        f"help on {command}": (f"assert main([{command!r}, '--help']) == 0", (*WINDOWS, "torch"))
        for command in commands()
    },
    "importing what is done on layers": ("import napari_decrappify.on_layers", ("torch",)),
}

COLORED = """
import torch
from napari_decrappify.nets import build
build("colorizer").eval()(torch.zeros(1, 3, 32, 32))
"""
LEARNED = """
from napari_decrappify.training.optimization.optimizer import Muon
weights = torch.nn.Parameter(torch.ones(2))
optimizer = Muon([{"params": [weights], "muon": False}], torch.float32)
weights.sum().backward()
optimizer.step()
optimizer.zero_grad()
optimizer.load_state_dict(optimizer.state_dict())
"""
CHECKED = f"""
import contextlib, io, runpy
names = runpy.run_path({str(Path(__file__).parent.parent / "scripts" / "gpu_check.py")!r})
with contextlib.redirect_stdout(io.StringIO()) as said:
    names["main"](["--device", "cpu", "--side", "32", "--only", "restore fp32", "alone"])
assert "2 checks, 0 failed" in said.getvalue(), said.getvalue()
"""
ENCODED = """
build("dynamic-unet", {"encoder": "resnet18"})
assert "torchvision" in sys.modules
"""
FOREIGN = """
import importlib.util
from napari_decrappify.nets.generators.spandrel_net import architectures
if importlib.util.find_spec("spandrel"):
    architectures()
"""
ON_LAYERS = """
import numpy
from napari.components import ViewerModel
from napari_decrappify.on_layers import crappify_layer, upscale_layer
viewer = ViewerModel()
layer = viewer.add_image(numpy.zeros((16, 16), numpy.uint8))
viewer.add_layer(upscale_layer(crappify_layer(layer, "lesson7", 1), 2))
assert viewer.layers[-1].data.shape == (32, 32)
"""
COMPILED = """
from napari_decrappify.nets.without_compiler import without_compiler
with without_compiler():
    from torch._dynamo import config
    from torch._dynamo.utils import is_compile_supported
assert sys.modules["torch._dynamo"].config is config
assert sys.modules["torch._dynamo.utils"].is_compile_supported is is_compile_supported
with without_compiler():
    import torch._dynamo.utils
    assert torch._dynamo.config is config, "it stays where it is there already"
asking = sys.modules["torchvision.ops.roi_align"]
assert asking.is_compile_supported is not is_compile_supported
assert asking.is_compile_supported("cpu") == is_compile_supported("cpu")
assert torch.compile(lambda x: x + 1, backend="eager")(torch.ones(1)) == 2
"""
WITH_TORCH = {
    "colouring": (COLORED, (*WINDOWS, *COMPILER)),
    "learning": (LEARNED, (*WINDOWS, *COMPILER)),
    "checking a GPU": (CHECKED, (*WINDOWS, *COMPILER, "skimage")),
    "an encoder of torchvision's": (ENCODED, (*WINDOWS, *COMPILER[:2])),
    "nets of other projects": (FOREIGN, (*WINDOWS, *COMPILER[:2])),
    "a viewer without a window": (ON_LAYERS, WINDOWS[:4]),
    "whoever asks for the compiler": (COMPILED, WINDOWS[:4]),
}

PROGRAM = """
import json, sys
for step, (code, unwanted) in json.loads(sys.argv[1]).items():
    exec(code)
    assert not {*unwanted} & {*sys.modules}, f"{step} loads {sorted({*unwanted} & {*sys.modules})}"
"""


def assert_nothing_unwanted(steps: dict[str, tuple[str, tuple[str, ...]]]) -> None:
    """Go through the steps in one process: what a later one may not load, none before it has loaded."""
    command = [sys.executable, "-c", PROGRAM, json.dumps(steps)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_what_needs_no_net_does_not_wait_for_torch(user_folder):
    assert_nothing_unwanted(WITHOUT_TORCH)


def test_nets_need_neither_a_window_nor_torch_s_compiler(user_folder):
    assert_nothing_unwanted(WITH_TORCH)
