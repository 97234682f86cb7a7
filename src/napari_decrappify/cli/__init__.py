"""The command line: ``napari-decrappify`` or ``python -m napari_decrappify``."""

from .main import main

__all__ = ["main"]
