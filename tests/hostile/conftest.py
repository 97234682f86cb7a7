"""Hypothesis draws few and always the same examples, or, with DECRAPPIFY_EXAMPLES=1000, so many new ones a test."""

from __future__ import annotations

import os
from datetime import timedelta

from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("DECRAPPIFY_EXAMPLES", "0"))
settings.register_profile(
    "decrappify",
    max_examples=EXAMPLES or 30,
    derandomize=not EXAMPLES,
    database=None,
    deadline=timedelta(seconds=20),
    suppress_health_check=list(HealthCheck),
    print_blob=True,
)
settings.load_profile("decrappify")
