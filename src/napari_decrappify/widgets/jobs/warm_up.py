"""What first runs need is loaded while the user looks at a dock: torch's import would hold up the window in the run."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import importlib.util
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
from napari.layers import Labels

from ...jobs import Job, Progress

T = TypeVar("T")

NEEDED = (
    "torch",
    "napari_decrappify.apply.lazy",
    "napari_decrappify.apply.colors.lazy_coloring",
    "napari_decrappify.apply.engine.footprint",
)
LIBRARIES = {"linux": "lib{}.so", "darwin": "lib{}.dylib"}
SWITCH_INTERVAL = 0.0005  # seconds until a thread that waits for the interpreter gets it

_LOADED = threading.Event()
_ONE_AT_A_TIME = threading.Lock()


def loaded() -> bool:
    """Tell whether a job finds all that it needs."""
    return _LOADED.is_set()


def load() -> None:
    """Load what jobs with a model need, and their results, so that the window lives on meanwhile; do it once.

    For any thread but that of the window. A plain import of torch keeps the others waiting for up to 0.3 s at a time
    (measured on two cores): while the system maps half a gigabyte of libraries, which Python asks for without letting
    go of the interpreter, and while the garbage collector looks at all that napari has made, again and again. Here a
    call that lets go has loaded the libraries before, nothing is collected, and threads switch ten times as often.
    """
    with _ONE_AT_A_TIME:
        if loaded():
            return
        if "torch" not in sys.modules:
            _load_libraries()
        with _no_garbage_collection(), _short_switch_interval():
            for module in NEEDED:
                importlib.import_module(module)
            Labels(np.zeros((1, 1), np.uint8))  # for which napari loads pandas
        _LOADED.set()


def warmed(job: Job[T]) -> Job[T]:
    """Do a job when what it needs is loaded."""
    if not loaded():
        yield Progress(0, 1, "Getting ready")
        load()
    return (yield from job)


def _load_libraries() -> None:
    """Load torch's libraries as it does itself; what goes wrong here, its import tells.

    In six pairs of runs on two busy cores the window stood still for 0.23 s with it, for 0.75 s without (medians of the
    longest time; `scripts/window_benchmark.py warming`).
    """
    torch, pattern = importlib.util.find_spec("torch"), LIBRARIES.get(sys.platform)
    if pattern is None or torch is None or not torch.submodule_search_locations:
        return
    folder = Path(torch.submodule_search_locations[0]) / "lib"
    load_library = ctypes.CDLL(None).dlopen
    load_library.restype, load_library.argtypes = ctypes.c_void_p, (ctypes.c_char_p, ctypes.c_int)
    for name, scope in (("torch_global_deps", os.RTLD_GLOBAL), ("torch", os.RTLD_LOCAL)):
        load_library(os.fsencode(folder / pattern.format(name)), os.RTLD_NOW | scope)


@contextlib.contextmanager
def _no_garbage_collection() -> Iterator[None]:
    """Collect no garbage; what is there at the end counts as old, so that the next collection doesn't look at it."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()
        if collecting:
            gc.enable()


@contextlib.contextmanager
def _short_switch_interval() -> Iterator[None]:
    usual = sys.getswitchinterval()
    sys.setswitchinterval(min(usual, SWITCH_INTERVAL))
    try:
        yield
    finally:
        sys.setswitchinterval(usual)
