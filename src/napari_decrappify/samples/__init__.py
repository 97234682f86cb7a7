"""Sample data for File > Open Sample: scikit-image's cat and drawn micrographs, made worse when they are opened."""

from .micrographs import em_tile, noisy_cells
from .photos import (
    cat_with_stock_watermark,
    crappy_cat,
    holed_cat,
    small_cat,
)

__all__ = ["cat_with_stock_watermark", "crappy_cat", "em_tile", "holed_cat", "noisy_cells", "small_cat"]
