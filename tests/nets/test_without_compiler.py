"""Torch's compiler stays out of imports that only name it, and comes as soon as anything needs it."""

from __future__ import annotations

import subprocess
import sys

HELD_BACK = """
import sys
from napari_decrappify.nets.without_compiler import without_compiler
with without_compiler():
    import torchvision.ops
assert not {"torch._dynamo", "triton"} & {*sys.modules}
"""
ASKED_FOR = """
with without_compiler():
    from torch._dynamo import config
    from torch._dynamo.utils import is_compile_supported
assert sys.modules["torch._dynamo"].config is config
assert sys.modules["torch._dynamo.utils"].is_compile_supported is is_compile_supported
with without_compiler():
    import torch._dynamo.utils
    assert torch._dynamo.config is config, "it stays where it is there already"
"""
WORKING = """
import torch
assert torchvision.ops.roi_align.__globals__["is_compile_supported"]("cpu") == is_compile_supported("cpu")
assert torch.compile(lambda x: x + 1, backend="eager")(torch.ones(1)) == 2
"""


def test_it_gives_way_to_the_compiler_as_soon_as_anything_of_it_is_needed():
    done = subprocess.run([sys.executable, "-c", HELD_BACK + ASKED_FOR + WORKING], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
