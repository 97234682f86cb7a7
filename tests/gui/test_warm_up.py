"""What first runs need is loaded in a fresh process: here it is there already."""

from __future__ import annotations

import subprocess
import sys

WITHOUT_TORCH = """
import gc, sys, threading, warnings
warnings.simplefilter("ignore")
from napari_decrappify.widgets.jobs import warm_up
from napari_decrappify.widgets.jobs.warm_up import load, loaded
assert "torch" not in sys.modules and not loaded()
everywhere = list(sys.path)
sys.path[:] = [place for place in sys.path if "site-packages" not in place]
try:
    load()
except ModuleNotFoundError as error:
    assert error.name == "torch" and gc.isenabled() and not loaded()
else:
    raise SystemExit(1)
sys.path[:] = everywhere
"""
BY_TWO_THREADS = """
sys.setswitchinterval(0.004)
threads = [threading.Thread(target=load) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert loaded() and {"torch", "pandas", "napari_decrappify.apply.engine.engine"} <= set(sys.modules)
assert gc.isenabled() and not gc.get_freeze_count() and round(sys.getswitchinterval(), 6) == 0.004
import torch
assert torch.nn.functional.relu(torch.tensor([-1.0, 2.0])).tolist() == [0.0, 2.0]
"""
WHERE_COLLECTION_IS_OFF = """
warm_up._LOADED.clear()
gc.disable()
load()
assert not gc.isenabled() and loaded()
"""
A_SECOND_TIME = """
sys.modules.clear()
load()
"""


def test_all_is_there_and_works_and_the_interpreter_is_as_it_was():
    """One process goes through it all: torch takes seconds to import."""
    code = WITHOUT_TORCH + BY_TWO_THREADS + WHERE_COLLECTION_IS_OFF + A_SECOND_TIME
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
