"""Training further on one's own pictures: from layers or folders to a better model, in minutes, without a window.

`finetune` is the call; `resume` goes on with a run that was interrupted; `runs` lists those there are. Importing this
room doesn't import torch.
"""

from .data.examples import Example, examples
from .data.preview import Preview, read_preview
from .data.summary import DataSummary, summarize
from .finetune import finetune, resume
from .process.commands import Command, Controls, Phase
from .process.events import (
    Paused,
    Placed,
    Prepared,
    Waiting,
)
from .recipe_list import (
    plain_recipe,
    recipe_label,
    recipe_names,
    recipe_summary,
)
from .request import FinetuneRequest
from .result import Finetuned, Row
from .run import (
    Run,
    RunState,
    open_run,
    runs,
    runs_folder,
)
from .saving import finish, outcome

__all__ = [
    "Command",
    "Controls",
    "DataSummary",
    "Example",
    "FinetuneRequest",
    "Finetuned",
    "Paused",
    "Phase",
    "Placed",
    "Prepared",
    "Preview",
    "Row",
    "Run",
    "RunState",
    "Waiting",
    "examples",
    "finetune",
    "finish",
    "open_run",
    "outcome",
    "plain_recipe",
    "read_preview",
    "recipe_label",
    "recipe_names",
    "recipe_summary",
    "resume",
    "runs",
    "runs_folder",
    "summarize",
]
