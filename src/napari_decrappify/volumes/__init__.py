"""Images larger than memory: OME-Zarr, zarr and npy in, OME-Zarr out, region by region, on threads or a cluster."""

from .apply_to_zarr import apply_to_zarr, written_to_zarr
from .reading import Volume, is_volume, open_volume

__all__ = ["Volume", "apply_to_zarr", "is_volume", "open_volume", "written_to_zarr"]
