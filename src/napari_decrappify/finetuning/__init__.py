"""Training further on one's own pictures: from layers or folders to a better model, in minutes, without a window.

`finetune` is the call; `resume` goes on with a run that was interrupted; `runs` lists those there are. Importing this
room doesn't import torch.
"""

from .data_summary import DataSummary, summarize
from .events import Controls, Paused, Placed, Prepared, Waiting
from .examples import Example, examples
from .finetune import finetune, resume
from .menu import plain_recipe, recipe_names, recipe_summary
from .preview import Preview, read_preview
from .result import Finetuned, Row
from .run import Run, RunState, open_run, runs, runs_folder
from .saving import finish, outcome
from .wish import Wish

__all__ = [
    "Controls",
    "DataSummary",
    "Example",
    "Finetuned",
    "Paused",
    "Placed",
    "Prepared",
    "Preview",
    "Row",
    "Run",
    "RunState",
    "Waiting",
    "Wish",
    "examples",
    "finetune",
    "finish",
    "open_run",
    "outcome",
    "plain_recipe",
    "read_preview",
    "recipe_names",
    "recipe_summary",
    "resume",
    "runs",
    "runs_folder",
    "summarize",
]
