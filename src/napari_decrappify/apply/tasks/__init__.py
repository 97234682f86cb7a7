"""What a person asks for: arrays in, arrays out, by a model of the store. Each call is a module."""

from .colorize import colorize
from .infill import infill
from .remove_watermark import remove_watermark
from .repair_photo import repair_photo
from .request import plan
from .restore import restore
from .solve_mark import solve_mark
from .upscale import upscale

__all__ = ["colorize", "infill", "plan", "remove_watermark", "repair_photo", "restore", "solve_mark", "upscale"]
