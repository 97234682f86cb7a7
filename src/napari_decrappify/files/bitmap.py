"""PNG, JPEG, BMP, WebP and GIF, read through Pillow."""

from __future__ import annotations

import io
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, UnidentifiedImageError
from PIL import ImageFile as PillowFile

from ..bounds import check_claim
from ..errors import FileReadError
from .exif import BROKEN
from .image_file import (
    Array,
    ImageFile,
    Metadata,
    Resolution,
    upright,
)
from .png import png16
from .png import texts as png_texts

FORMATS = ("PNG", "JPEG", "BMP", "WEBP", "GIF")
_ORIENTATION = 0x0112
_pillow_globals = threading.Lock()


def read(path: Path, max_pixels: int, formats: tuple[str, ...] = FORMATS) -> ImageFile:
    """Read one image with Pillow, and with `png16` what Pillow would squeeze to 8 bits."""
    notes: list[str] = []
    with open_bitmap(path, max_pixels, formats, notes) as picture:
        return _decoded(path, picture, notes)


def read_yx(path: Path, max_pixels: int) -> tuple[int, int]:
    """Return the height and width that `read` would give, from the head of the file."""
    with open_bitmap(path, max_pixels) as picture:
        if picture.format == "PNG" and png16.exif_is_late(path):
            picture.load()  # what follows the pixels may say how to turn them
        turned = _exif(picture, []).get(_ORIENTATION) in (5, 6, 7, 8)
        return (picture.width, picture.height) if turned else (picture.height, picture.width)


@contextmanager
def open_bitmap(
    path: Path, max_pixels: int, formats: tuple[str, ...] = FORMATS, notes: list[str] | None = None
) -> Iterator[Image.Image]:
    """Open one image of an allowed size; what is left out goes to the notes, what goes wrong is a `FileReadError`."""
    notes = [] if notes is None else notes
    with _strict_pillow():
        try:
            with Image.open(png_texts.readable(path, notes) or path, formats=formats) as picture:
                check_claim(path, picture)
                check_size(path, picture.width * picture.height, max_pixels)
                _check_still(path, picture, notes)
                yield picture
        except UnidentifiedImageError as error:
            raise FileReadError(
                f"a picture (PNG, JPEG, TIFF, BMP, WebP or GIF) at {path}", "another kind of file"
            ) from error
        except FileReadError:
            raise
        except MemoryError as error:
            raise FileReadError(f"an image that fits into memory at {path}", "a larger one") from error
        except BROKEN as error:
            raise FileReadError(f"a whole image file at {path}", f"a truncated or damaged one ({error})") from error


def check_size(path: Path, pixels: int, max_pixels: int) -> None:
    """Raise `FileReadError` for a header that claims more pixels than the caller allows."""
    if pixels > max_pixels:
        raise FileReadError(
            f"an image of at most {max_pixels:,} pixels at {path}",
            f"{pixels:,}",
            "If the file is to be trusted, raise the limit with max_pixels (--max-pixels on the command line).",
        )


@contextmanager
def _strict_pillow() -> Iterator[None]:
    """Let Pillow read large images (they are checked here) and truncated ones never, whatever others have set."""
    with _pillow_globals, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        before = Image.MAX_IMAGE_PIXELS, PillowFile.LOAD_TRUNCATED_IMAGES
        Image.MAX_IMAGE_PIXELS, PillowFile.LOAD_TRUNCATED_IMAGES = None, False
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS, PillowFile.LOAD_TRUNCATED_IMAGES = before


def _check_still(path: Path, picture: Image.Image, notes: list[str]) -> None:
    if picture.format not in ("PNG", "WEBP", "GIF") or not getattr(picture, "is_animated", False):
        return
    if picture.format != "GIF":
        raise FileReadError(f"a still image at {path}", f"an animation of {getattr(picture, 'n_frames', 1)} frames")
    notes.append("all frames of the animation but the first")


def _decoded(path: Path, picture: Image.Image, notes: list[str]) -> ImageFile:
    if picture.format == "PNG":
        picture.load()  # its record may follow the pixels
    exif = _exif(picture, notes)
    orientation = exif.get(_ORIENTATION, 1)
    resolution = _resolution(picture)
    icc = picture.info.get("icc_profile")
    texts = {key: str(text) for key, text in getattr(picture, "text", {}).items()}
    if picture.mode == "CMYK":
        icc = None
    array = pixels_of(path, picture, notes)
    turned = upright(array, orientation if orientation in range(1, 9) else 1)
    if resolution is not None and orientation in (5, 6, 7, 8):
        resolution = Resolution(resolution.y, resolution.x, resolution.unit)
    return ImageFile(
        turned,
        Metadata(
            format="JPEG" if picture.format == "MPO" else str(picture.format),
            axes="YXS" if turned.ndim == 3 else "YX",
            yx=(turned.shape[0], turned.shape[1]),
            resolution=resolution,
            icc=icc,
            exif=_reset(exif),
            text=texts,
        ),
        tuple(notes),
    )


def _exif(picture: Image.Image, notes: list[str]) -> Image.Exif:
    """Return the camera's record as far as it was read; a damaged one is no reason to refuse the pixels."""
    try:
        return Image.Image.getexif(picture)
    except BROKEN:
        notes.append("the camera's record (EXIF), which is damaged")
        return Image.Exif()


def pixels_of(path: Path, picture: Image.Image, notes: list[str]) -> Array:
    """Return (Y, X) or (Y, X, 3 or 4) samples with all their bits, as they lie in the file."""
    with path.open("rb") as file:
        head = png16.header(file.read(32))
    if head is not None and head.squeezed_by_pillow:
        return _with_key(_spread(png16.decode(path.read_bytes())), picture.info.get("transparency"))
    picture.load()
    if picture.mode in ("I;16", "I;16B", "I"):
        key = picture.info.get("transparency")
        return _with_key(np.asarray(picture).astype(np.uint16), key)
    if picture.mode == "CMYK":
        return _without_inks(picture, notes)
    if picture.mode in ("1", "L", "P", "PA", "LA", "La", "RGB", "RGBA", "RGBa", "RGBX"):
        return np.asarray(picture.convert(_plain_mode(picture)))
    raise FileReadError(f"a grey, RGB, palette or CMYK image at {path}", f"one of mode {picture.mode}")


def _plain_mode(picture: Image.Image) -> str:
    if picture.has_transparency_data:
        return "RGBA"
    return "L" if picture.mode in ("1", "L") else "RGB"


def _spread(samples: Array) -> Array:
    """Make RGBA of grey with alpha: (Y, X, 2) to (Y, X, 4)."""
    return samples[..., [0, 0, 0, 1]] if samples.shape[-1] == 2 else samples


def _with_key(samples: Array, key: Any) -> Array:
    """Make the one transparent colour of a 16-bit PNG an alpha channel."""
    if key is None:
        return samples
    colors = samples if samples.ndim == 3 else np.repeat(samples[..., None], 3, axis=-1)
    opaque = (colors[..., :3] != np.asarray(key)).any(axis=-1)
    alpha = np.where(opaque, 65535, 0).astype(np.uint16)
    return np.dstack([colors[..., :3], alpha])


def _without_inks(picture: Image.Image, notes: list[str]) -> Array:
    """Make RGB of inks: by their profile, or as light that full inks take away where the file doesn't know them."""
    profile = picture.info.get("icc_profile")
    if not profile:
        return np.asarray(picture.convert("RGB"))
    try:
        converted = ImageCms.profileToProfile(
            picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, *BROKEN):
        notes.append("the colour profile of its inks, which is broken: colours are only roughly those meant")
        return np.asarray(picture.convert("RGB"))
    return np.asarray(converted)


def _resolution(picture: Image.Image) -> Resolution | None:
    dpi = picture.info.get("dpi")
    if not dpi or not all(float(value) > 0 for value in dpi):
        return None
    return Resolution(float(dpi[0]), float(dpi[1]), "inch")


def _reset(exif: Image.Exif) -> bytes | None:
    """Return the camera's record with the orientation set to upright; None if there is none, or it is damaged."""
    if not exif:
        return None
    if _ORIENTATION in exif:
        exif[_ORIENTATION] = 1
    try:
        return exif.tobytes()
    except BROKEN:
        return None
