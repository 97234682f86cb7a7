"""What first runs need is loaded in a fresh process: here it is there already."""

from __future__ import annotations

import subprocess
import sys

HEAD = """
import gc, sys, threading, warnings
warnings.simplefilter("ignore")
from napari_decrappify.widgets.jobs.warm_up import load, loaded
assert "torch" not in sys.modules and not loaded()
"""


def run(code):
    done = subprocess.run([sys.executable, "-c", HEAD + code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]


def test_all_is_there_and_works_and_the_interpreter_is_as_it_was():
    run("""
sys.setswitchinterval(0.004)
threads = [threading.Thread(target=load) for _ in range(2)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
assert loaded() and {"torch", "pandas", "napari_decrappify.apply.engine.engine"} <= set(sys.modules)
assert gc.isenabled() and not gc.get_freeze_count() and round(sys.getswitchinterval(), 6) == 0.004
import torch
assert torch.nn.functional.relu(torch.tensor([-1.0, 2.0])).tolist() == [0.0, 2.0]
""")


def test_collection_stays_off_where_it_was_and_a_second_call_does_nothing():
    run("""
import torch
gc.disable()
load()
assert not gc.isenabled() and loaded()
sys.modules.clear()
load()
""")


def test_without_torch_it_says_so():
    run("""
sys.meta_path.insert(0, type("Gone", (), {"find_spec": lambda self, name, *_: None})())
sys.path[:] = [place for place in sys.path if "site-packages" not in place]
try:
    load()
except ModuleNotFoundError as error:
    assert error.name == "torch" and gc.isenabled() and not loaded()
else:
    raise SystemExit(1)
""")
