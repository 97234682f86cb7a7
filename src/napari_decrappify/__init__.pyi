from .apply.shared_marks.file import load_mark as load_mark
from .apply.shared_marks.file import save_mark as save_mark
from .apply.tasks import colorize as colorize
from .apply.tasks import infill as infill
from .apply.tasks import remove_watermark as remove_watermark
from .apply.tasks import repair_photo as repair_photo
from .apply.tasks import restore as restore
from .apply.tasks import solve_mark as solve_mark
from .apply.tasks import upscale as upscale
from .degrade import crappify as crappify
from .finetuning.finetune import finetune as finetune
from .models import list_models as list_models
from .models import load_model as load_model
from .provenance import replay as replay
from .training.find_learning_rate import find_learning_rate as find_learning_rate
from .training.train import train as train

__version__: str
