"""``python -m napari_decrappify``, and the program ``napari-decrappify``: the command line, a process of its own."""

from __future__ import annotations

import sys

from .cli import main


def program() -> int:
    """Run the command line, after which the process ends."""
    from .processes import end_without_a_last_look

    end_without_a_last_look()
    return main()


if __name__ == "__main__":
    sys.exit(program())
