"""Pictures come from folders, files and arrays of any size; a split never shares a picture."""

from __future__ import annotations

import pickle
from pathlib import Path

import dask.array as da
import numpy as np
import pytest
import tifffile
from PIL import Image

from napari_decrappify.errors import FileReadError, InvalidImageError, TrainingError
from napari_decrappify.files import write_image
from napari_decrappify.training.data.pairs import Pairs, find_crappifier
from napari_decrappify.training.data.pictures import (
    ArrayPictures,
    FolderPictures,
    PairedPictures,
    open_pictures,
    split,
)
from napari_decrappify.training.recipes.data import DataConfig


def lazy_stack(planes: int, side: int, chunk: int, computed: list[int], values: int = 4000) -> da.Array:
    """A 16-bit stack that doesn't exist until its chunks are asked for; each adds its bytes to `computed`."""

    def make(block_info: dict) -> np.ndarray:
        ranges = block_info[None]["array-location"]
        block = np.random.default_rng(ranges[0][0]).integers(0, values, [b - a for a, b in ranges]).astype(np.uint16)
        computed.append(block.nbytes)
        return block

    chunks = ((1,) * planes, (chunk,) * (side // chunk), (chunk,) * (side // chunk))
    return da.map_blocks(make, chunks=chunks, dtype=np.uint16, meta=np.empty((0, 0, 0), np.uint16))


def test_folder_is_searched_with_its_subfolders(folder: Path) -> None:
    assert FolderPictures(folder).names[-1] == "more/5.png"
    assert len(open_pictures(folder)) == 6


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match="with none"):
        open_pictures(tmp_path)


def test_a_file_gives_its_shape_and_its_crops(folder: Path) -> None:
    pictures = FolderPictures(folder)
    assert pictures.shape(2) == (48, 56)
    assert np.array_equal(pictures.crop(2, 3, 5, 10, 20), pictures[2][3:13, 5:25])


def test_a_broken_file_is_named(folder: Path) -> None:
    (folder / "0.png").write_bytes(b"no picture")
    with pytest.raises(FileReadError, match=r"0\.png"):
        FolderPictures(folder).shape(0)


def test_sixteen_bit_pages_of_a_tiff_are_pictures(tmp_path: Path) -> None:
    stack = np.random.default_rng(0).integers(300, 5000, (3, 20, 30)).astype(np.uint16)
    pages = [Image.fromarray(plane) for plane in stack]
    pages[0].save(tmp_path / "stack.tif", save_all=True, append_images=pages[1:])
    pictures = open_pictures(tmp_path)
    assert pictures.names == ["stack.tif", "stack.tif page 1", "stack.tif page 2"]
    assert pictures.sections == [(0, 0), (0, 1), (0, 2)]
    assert pictures[1].shape == (20, 30, 3)
    assert np.corrcoef(pictures[1][..., 0].ravel(), stack[1].ravel())[0, 1] > 0.999
    assert len(open_pictures(tmp_path / "stack.tif")) == 3


def test_files_are_read_as_everywhere(tmp_path: Path) -> None:
    """16-bit colour, big-endian, white-is-zero, float64, a pyramid, a hyperstack of one directory: whole and right."""
    grey = np.random.default_rng(0).integers(0, 65536, (3, 20, 30)).astype(np.uint16)
    write_image(tmp_path / "a-colour.png", np.moveaxis(grey, 0, -1)[..., :3].copy())
    tifffile.imwrite(tmp_path / "b-motorola.tif", grey[0], byteorder=">")
    tifffile.imwrite(tmp_path / "c-white.tif", 65535 - grey[0], photometric="miniswhite")
    tifffile.imwrite(tmp_path / "d-double.tif", grey[0] / 65535)
    with tifffile.TiffWriter(tmp_path / "e-pyramid.tif") as writer:
        writer.write(grey[0], subifds=1, tile=(16, 16))
        writer.write(grey[0, ::2, ::2], subfiletype=1, tile=(16, 16))
    tifffile.imwrite(tmp_path / "f-cells.tif", grey, imagej=True, metadata={"axes": "ZYX"})
    with tifffile.TiffFile(tmp_path / "f-cells.tif") as file:
        last = file.pages[0].offset + 2 + 12 * len(file.pages[0].tags)
    with (tmp_path / "f-cells.tif").open("r+b") as file:
        file.seek(last)
        file.write(bytes(4))
    pictures = FolderPictures(tmp_path)
    assert [Path(name).name[0] for name in pictures.names] == list("abcdefff")
    assert len(np.unique(pictures[0][..., 0])) > 500
    expected = [*(grey[0].astype(float),) * 5, grey[1], grey[2]]
    for index, values in enumerate(expected, 1):
        assert np.corrcoef(pictures[index][..., 0].ravel(), values.ravel())[0, 1] > 0.999


def test_files_that_do_not_fit_into_memory_together_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        stack = np.random.default_rng(number).integers(0, 60_000, (2, 20, 30)).astype(np.uint16)
        tifffile.imwrite(tmp_path / f"{number}.tif", stack, photometric="minisblack")
    roomy = FolderPictures(tmp_path)
    monkeypatch.setattr("napari_decrappify.training.data.folder_pictures.CACHE_BYTES", 2 * 20 * 30 * 2)
    scarce = FolderPictures(tmp_path)
    for index in (0, 5, 2, 2, 5, 0, 3):
        assert np.array_equal(scarce[index], roomy[index])
    assert len(scarce._cache) == 2


def test_sixteen_bit_grey_stacks_become_unit_planes() -> None:
    stack = np.random.default_rng(0).integers(100, 900, (4, 20, 22)).astype(np.uint16)
    pictures = ArrayPictures([stack])
    assert len(pictures) == 4
    assert pictures[0].shape == (20, 22, 3)
    assert pictures[0].dtype == np.float32
    assert 0 <= pictures[0].min() < 0.05
    assert 0.95 < pictures[0].max() <= 1


def test_a_single_array_is_one_stack_and_alpha_is_dropped() -> None:
    rgba = np.random.default_rng(0).integers(0, 256, (2, 5, 20, 22, 4), dtype=np.uint8)
    pictures = open_pictures(rgba)
    assert len(pictures) == 10
    assert np.array_equal(pictures[7], rgba[1, 2, ..., :3])


def test_nan_is_refused_at_once_in_memory_and_when_read_elsewhere(tmp_path: Path) -> None:
    values = np.random.default_rng(0).random((3, 40, 40))
    values[1, 30, 20] = np.nan
    with pytest.raises(InvalidImageError, match=r"index \(1, 30, 20\)"):
        ArrayPictures([values])
    np.save(tmp_path / "stack.npy", values)
    for pictures in (
        open_pictures(tmp_path / "stack.npy"),
        ArrayPictures([da.from_array(np.r_[values[:1], values])[:1]]),
    ):
        assert pictures[0].shape == (40, 40, 3)
    with pytest.raises(InvalidImageError, match=r"index \(1, 30, 20\)"):
        open_pictures(tmp_path / "stack.npy").crop(1, 25, 15, 10, 10)


def test_a_dask_stack_is_read_by_crops_only() -> None:
    """Of 6 GB, measuring reads a bounded sample, and a batch the chunks under its patches."""
    computed: list[int] = []
    stack = lazy_stack(planes=200, side=4096, chunk=256, computed=computed)
    pictures = open_pictures(stack)
    assert sum(computed) < 64 * 4 * 256 * 256 * 2 * 1.01
    assert stack.nbytes > 6e9
    computed.clear()
    config = DataConfig(patch=64, batch=4, workers=0)
    batch = Pairs(pictures, find_crappifier("clean"), config, seed=0).batch(0)
    assert len(computed) <= 4 * 4
    assert batch.targets.dtype == np.float32
    assert 0.4 < batch.targets.mean() < 0.6


def test_a_dask_stack_goes_to_workers_as_its_graph() -> None:
    stack = da.random.default_rng(0).integers(0, 4000, (20, 2048, 2048), chunks=(1, 1024, 1024)).astype(np.uint16)
    pictures = ArrayPictures([stack[:, :1024, :1024]])
    sent = pickle.dumps(pictures)
    assert len(sent) < 100_000
    assert np.array_equal(pickle.loads(sent).crop(3, 7, 8, 40, 50), pictures.crop(3, 7, 8, 40, 50))


def test_a_dask_stack_gives_the_pixels_of_the_array_that_it_is() -> None:
    stack = np.random.default_rng(0).integers(0, 4000, (3, 100, 120)).astype(np.uint16)
    lazy, direct = ArrayPictures([da.from_array(stack, chunks=(1, 64, 64))]), ArrayPictures([stack])
    assert np.array_equal(lazy.crop(2, 50, 60, 30, 40), direct.crop(2, 50, 60, 30, 40))


@pytest.mark.parametrize("view", [np.s_[:], np.s_[1:, ::-1, 3:40:2]], ids=["whole", "view"])
def test_a_memory_map_goes_to_workers_as_a_place_in_a_file(tmp_path: Path, view: tuple) -> None:
    np.save(tmp_path / "stack.npy", np.random.default_rng(0).integers(0, 60000, (5, 200, 300)).astype(np.uint16))
    array = np.load(tmp_path / "stack.npy", mmap_mode="r")[view]
    pictures = ArrayPictures([array])
    sent = pickle.dumps(pictures)
    assert len(sent) < 3000
    assert np.array_equal(pickle.loads(sent)[2], pictures[2])


def test_a_npy_file_without_numbers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(FileReadError, match=r"broken\.npy"):
        open_pictures(tmp_path / "broken.npy")


def test_split_keeps_every_picture_on_one_side(folder: Path) -> None:
    training, held = split(FolderPictures(folder), 0.34, seed=1)
    assert not set(training.names) & set(held.names)
    assert len(training) + len(held) == 6
    assert len(held) == 2


def test_split_without_a_share_evaluates_on_the_training_pictures(folder: Path) -> None:
    training, held = split(FolderPictures(folder), 0.0, seed=1)
    assert training.names == held.names
    assert len(held) == 6


def test_whole_stacks_are_held_out_where_there_are_enough() -> None:
    training, held = split(ArrayPictures([np.zeros((5, 16, 16), np.uint8)] * 10), 0.2, seed=3)
    assert len(held) == 10
    assert len(training) == 40
    assert not {stack for stack, _ in training.sections} & {stack for stack, _ in held.sections}


def test_a_slab_of_one_stack_is_held_out_with_a_gap_around_it() -> None:
    pictures = ArrayPictures([np.zeros((3, 40, 16, 16), np.uint8)])
    for seed in range(8):
        training, held = split(pictures, 0.1, seed)
        inside = sorted({position for _, position in held.sections})
        assert inside == list(range(inside[0], inside[0] + 4))
        assert len(held) == 3 * 4
        outside = {position for _, position in training.sections}
        assert min(abs(a - b) for a in inside for b in outside) == 2
        assert len(outside) >= 34


def test_given_pairs_are_split_as_pairs() -> None:
    planes = np.random.default_rng(0).integers(0, 256, (6, 16, 16), dtype=np.uint8)
    training, held = split(open_pictures(list(planes), list(planes)), 0.34, seed=1)
    for side in (training, held):
        assert isinstance(side, PairedPictures)
        assert all(np.array_equal(side[i], side.crappy[i]) for i in range(len(side)))
