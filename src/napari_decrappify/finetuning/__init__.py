"""Training further on one's own pictures: from layers or folders to a better model, in minutes, without a window.

`finetune` is the call; `resume` goes on with a run that was interrupted; `runs` lists those there are. Importing this
room doesn't import torch.
"""

from .data_summary import DataSummary, summarize
from .events import Controls, Prepared
from .finetune import finetune, resume
from .menu import recipe_names, recipe_summary, recipe_tables
from .preview import Preview, read_preview
from .result import Finetuned, Row
from .run import Run, RunState, runs, runs_folder

__all__ = [
    "Controls",
    "DataSummary",
    "Finetuned",
    "Prepared",
    "Preview",
    "Row",
    "Run",
    "RunState",
    "finetune",
    "read_preview",
    "recipe_names",
    "recipe_summary",
    "recipe_tables",
    "resume",
    "runs",
    "runs_folder",
    "summarize",
]
