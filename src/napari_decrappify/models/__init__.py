"""Models: a generator's weights and their card, one safetensors file each. Importing this room doesn't import torch."""

from ..tasks import Task
from .card import UNKNOWN, DataSource, ModelCard, Original
from .damage_rule import DILATE, DamageFields, DamageRule
from .file import (
    Model,
    load_model_file,
    read_card,
    save_model,
)
from .interpolation import interpolated, textured_partner
from .keeping import (
    delete_model,
    entry_named,
    export_model,
    import_model,
    is_foreign,
    sha256_of,
)
from .store import (
    Entry,
    bundled_folder,
    catalogue,
    default_model,
    list_models,
    load_model,
    repeats,
    user_folder,
    user_model_path,
    verify,
)

__all__ = [
    "DILATE",
    "UNKNOWN",
    "DamageFields",
    "DamageRule",
    "DataSource",
    "Entry",
    "Model",
    "ModelCard",
    "Original",
    "Task",
    "bundled_folder",
    "catalogue",
    "default_model",
    "delete_model",
    "entry_named",
    "export_model",
    "import_model",
    "interpolated",
    "is_foreign",
    "list_models",
    "load_model",
    "load_model_file",
    "read_card",
    "repeats",
    "save_model",
    "sha256_of",
    "textured_partner",
    "user_folder",
    "user_model_path",
    "verify",
]
