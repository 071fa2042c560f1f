"""CIFAR-10's images and labels: from torchvision's folder (downloaded where it must be), or from an .npz.

Whatever the source, row n is image n of the published files, so that rows mean the same everywhere.
"""

from __future__ import annotations

import hashlib
import io
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cifar10.pixels import SIZE
from cifar10.split import CLASSES
from metric_line import print_line
from one_at_a_time import one_at_a_time
from reachable import why_unreachable
from ticker import Growth, meanwhile

BATCHES = "cifar-10-batches-py"
ARCHIVE = "cifar-10-python.tar.gz"
DOWNLOAD = f"https://www.cs.toronto.edu/~kriz/{ARCHIVE}"  # where torchvision gets it
INSTEAD = f"Name it with --set data=PATH: torchvision's folder with {BATCHES} in it, or an .npz"
# The two forms of .npz: arrays of pixels, or the images' JPEG bytes, whose common beginning is stored once.
PIXELS = ("x_train", "y_train", "x_test", "y_test")
JPEG = (
    "header",
    *(f"{part}_{what}" for part in ("train", "test") for what in ("payload", "offsets", "labels")),
)

UNREADABLE = (OSError, ValueError, EOFError, zipfile.BadZipFile)  # what np.load says of a file that is torn


class DataError(Exception):
    """CIFAR-10 is not where it was looked for, or is not CIFAR-10."""


@dataclass(frozen=True)
class Images:
    """One part of CIFAR-10: `images` (rows, 32, 32, 3) uint8, `labels` (rows,) int64 from 0 to 9."""

    images: np.ndarray
    labels: np.ndarray


@dataclass(frozen=True)
class Cifar10:
    """`train` (50,000 rows as published) and `test` (10,000)."""

    train: Images
    test: Images


@dataclass(frozen=True)
class Source:
    """Where CIFAR-10 lies: an .npz, or the folder that holds torchvision's `cifar-10-batches-py`."""

    path: Path

    @property
    def identity(self) -> str:
        """Changes when the files do; asked without reading them."""
        place = self.path / BATCHES
        files = [self.path] if self.path.is_file() else sorted(place.iterdir())
        state = [(str(file.resolve()), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
        return hashlib.sha256(repr(state).encode()).hexdigest()[:32]

    def read(self) -> Cifar10:
        """All of it. Raises DataError."""
        found = _from_npz(self.path) if self.path.is_file() else _from_torchvision(self.path)
        for name, part in (("train", found.train), ("test", found.test)):
            shape = (len(part.labels), SIZE, SIZE, 3)
            labels_fit = part.labels.size and part.labels.min() >= 0 and part.labels.max() < CLASSES
            if part.images.shape != shape or part.images.dtype != np.uint8 or not labels_fit:
                raise DataError(
                    f"the {name} part in {self.path} is not CIFAR-10: {part.images.dtype} {part.images.shape}, "
                    f"wanted are uint8 images of {SIZE} x {SIZE} x 3 and a label from 0 to 9 for each"
                )
        return found


def find_cifar10(given: Path | None, cache: Path) -> Source:
    """Where the images are: `given` (an .npz, torchvision's folder, or the `cifar-10-batches-py` in it).
    Without one: in a folder that FLTUI_DATA lists, else in the cache, into which torchvision downloads them.
    Raises DataError.
    """
    if given is not None:
        found = _at(given)
        if found is None:
            packed = (given / ARCHIVE).is_file() or given.name == ARCHIVE
            raise DataError(
                f"no CIFAR-10 at {given}: wanted is a folder with {BATCHES} in it, or an .npz"
                + (f"; unpack {ARCHIVE} first" if packed else "")
            )
        return found
    for folder in filter(None, os.environ.get("FLTUI_DATA", "").split(os.pathsep)):
        for place in (Path(folder) / "cifar10", Path(folder)):
            found = _at(place)
            if found is not None:
                return found
    own = cache / "cifar10" / "torchvision"
    if not _is_whole(own):
        with one_at_a_time(own.parent, lambda: "downloads CIFAR-10"):
            if not _is_whole(own):
                _download(own)
    return Source(own)


def _is_whole(folder: Path) -> bool:
    return (folder / BATCHES / "batches.meta").is_file()


def _at(place: Path) -> Source | None:
    if place.is_file():
        return Source(place) if place.suffix == ".npz" else None
    for folder in (place, place.parent if place.name == BATCHES else place):
        if _is_whole(folder):
            return Source(folder)
    # Of several .npz files the one with most images; those of something else do not count.
    sizes = {file: _rows(file) for file in sorted(place.glob("*.npz"))} if place.is_dir() else {}
    most = max(sizes, key=lambda file: sizes[file], default=None)
    return Source(most) if most is not None and sizes[most] else None


def _rows(path: Path) -> int:
    try:
        with np.load(path, allow_pickle=False) as file:
            name = next((name for name in ("y_train", "train_labels") if name in file.files), None)
            return next(iter(file[name].shape), 1) if name else 0  # a label alone is told of when it is read
    except UNREADABLE:
        return 0


def _from_npz(path: Path) -> Cifar10:
    try:
        with np.load(path, allow_pickle=False) as file:
            if set(PIXELS) <= set(file.files):
                x, y, test_x, test_y = (file[name] for name in PIXELS)
                labels = (_labels(y, f"y_train in {path}"), _labels(test_y, f"y_test in {path}"))
                return Cifar10(Images(x, labels[0]), Images(test_x, labels[1]))
            if set(JPEG) <= set(file.files):
                arrays = {name: file[name] for name in JPEG}
                for name in ("train_labels", "test_labels"):
                    arrays[name] = _labels(arrays[name], f"{name} in {path}")
                return Cifar10(_from_jpeg(arrays, "train"), _from_jpeg(arrays, "test"))
    except UNREADABLE as error:
        raise DataError(f"{path} cannot be read as an .npz without pickles: {error}") from None
    raise DataError(f"{path} holds neither {', '.join(PIXELS)} nor {', '.join(JPEG)}")


def _labels(array: np.ndarray, what: str) -> np.ndarray:
    """(rows,) int64; Keras' own CIFAR-10 has (rows, 1)."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(
            f"{what} has the shape {array.shape}: wanted is one number from 0 to 9 for each image, "
            "(rows,) or (rows, 1); of one-hot rows take .argmax(1)"
        )
    return array.astype(np.int64)


def _from_jpeg(arrays: dict[str, np.ndarray], part: str) -> Images:
    from PIL import Image

    header, payload = arrays["header"].tobytes(), arrays[f"{part}_payload"]
    offsets, labels = arrays[f"{part}_offsets"], arrays[f"{part}_labels"]
    images = np.empty((len(labels), SIZE, SIZE, 3), np.uint8)
    for row in range(len(labels)):
        data = header + payload[offsets[row] : offsets[row + 1]].tobytes()
        images[row] = np.asarray(Image.open(io.BytesIO(data)).convert("RGB"))
    return Images(images, labels)


def _from_torchvision(root: Path, download: bool = False) -> Cifar10:
    from cifar10.torchvision_import import import_torchvision

    datasets = import_torchvision().datasets

    def part(train: bool) -> Images:
        try:
            read: Any = datasets.CIFAR10(str(root), train=train, download=download)
        except RuntimeError as error:  # it compares checksums
            raise DataError(f"torchvision refuses the files in {root / BATCHES}: {error}") from None
        return Images(read.data, np.array(read.targets, np.int64))

    return Cifar10(part(True), part(False))


def _download(root: Path) -> None:
    """Fills `root`, under another name first: what is there is whole."""
    unreachable = why_unreachable(DOWNLOAD)
    if unreachable:
        raise DataError(f"CIFAR-10 is not here, and {unreachable}. {INSTEAD}")
    print_line(f"downloading CIFAR-10: 170 MB from {DOWNLOAD}")
    half = root.with_name(f".{root.name}.half")
    for left in (root, half):  # by who was killed in a download
        shutil.rmtree(left, ignore_errors=True)
    half.mkdir(parents=True)
    try:
        with meanwhile(Growth("downloading CIFAR-10", half).look):
            _from_torchvision(half, download=True)
        half.rename(root)
    except OSError as error:
        raise DataError(f"the download of CIFAR-10 from {DOWNLOAD} failed: {error}. {INSTEAD}") from None
    finally:
        shutil.rmtree(half, ignore_errors=True)
