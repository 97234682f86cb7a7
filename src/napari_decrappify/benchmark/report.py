"""The page of all tables: what made it, when, on what machine, with which libraries."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from .peers import everyone
from .tables import Table

LIBRARIES = ("napari-decrappify", "torch", "numpy", "pillow", "scikit-image", "scipy")
EXPLAINED = """
PSNR and SSIM: higher is better. Feature distance: how differently EfficientNet-Lite0 sees result and target, by the
formula of LPIPS (Zhang et al., 2018) without learned weights; lower is better, and no model here was trained by it.
s/MP: seconds a megapixel of output, the median of these pictures; all else are means over them. Models of this package
are bold.
"""
MEMORY_EXPLAINED = """
peak MiB: the largest resident size of a process that does one megapixel and nothing else, Python and libraries
included; slow peers aren't measured.
"""


def page(tables: Sequence[Table], command: str, *, memory: bool = False) -> str:
    """Return Markdown: the command line that made the tables at its top, then the tables.

    Parameters
    ----------
    tables : sequence of Table
        What was measured.
    command : str
        The command line.
    memory : bool
        Whether a column must be explained that is only there where memory was measured.
    """
    explained = EXPLAINED + (MEMORY_EXPLAINED if memory else "")
    today = datetime.now(UTC).date().isoformat()
    made = f"Made by one command on {today}, on {processor()} ({os.cpu_count()} cores), with {_versions()}:"
    head = f"# Benchmarks\n\n{made}\n\n```bash\n{command}\n```\n{explained}"
    return "\n".join([head, *(table.markdown() for table in tables)])


def processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    told_where = Path("/proc/cpuinfo")
    lines = told_where.read_text(encoding="utf-8").splitlines() if told_where.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next((name for name in names if name), platform.processor() or platform.machine())


def _versions() -> str:
    packages = (package.name for peer in everyone().values() for package in peer.packages)
    return ", ".join(f"{name} {version}" for name, version in _installed(dict.fromkeys((*LIBRARIES, *packages))))


def _installed(names: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in names:
        try:
            yield name, importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
