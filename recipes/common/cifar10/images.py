"""CIFAR-10's images and labels: from torchvision's folder (downloaded where it must be), or from an .npz.

Whatever the source, row n is image n of the published files, so that rows mean the same everywhere.
"""

from __future__ import annotations

import hashlib
import io
import lzma
import os
import shutil
import struct
import tokenize
import zipfile
import zlib
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

ANEW = f"numpy.savez(FILE, {', '.join(f'{name}=…' for name in PIXELS)})"
# What numpy says of a file that is torn, damaged, encrypted or packed in a way that Python does not know (both a
# RuntimeError), or whose header claims more than there is memory (or any number) for.
UNREADABLE = (
    *(OSError, ValueError, EOFError, RuntimeError, MemoryError, OverflowError),
    *(struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error, lzma.LZMAError),
)


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
            _check_images(part, f"the {name} part in {self.path}")
        return found


def find_cifar10(given: Path | None, cache: Path) -> Source:
    """Where the images are: `given` (an .npz, torchvision's folder, or the `cifar-10-batches-py` in it).
    Without one: in a folder that FLTUI_DATA lists, else in the cache, into which torchvision downloads them.
    Raises DataError.
    """
    if given is not None:
        found = _at(given)
        if found is None:
            raise DataError(
                f"no CIFAR-10 at {given}: wanted is a folder with {BATCHES} in it, or an .npz{_hint(given)}"
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


def _hint(place: Path) -> str:
    """What to do with what lies where no CIFAR-10 does."""
    if (place / ARCHIVE).is_file() or place.name == ARCHIVE:
        return f"; unpack {ARCHIVE} first"
    others = sorted(place.glob("*.npz")) if place.is_dir() else []
    return f"; {others[0].name} in it is none that can be read: name it itself to hear why" if others else ""


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
    """How many labels; 0 where it is a file of something else."""
    try:
        with _open(path) as file:
            name = next((name for name in ("y_train", "train_labels") if name in file.files), None)
            return next(iter(file[name].shape), 1) if name else 0  # a label alone is told of when it is read
    except (*UNREADABLE, DataError):
        return 0


def _open(path: Path) -> np.lib.npyio.NpzFile:
    """Raises one of UNREADABLE, or DataError."""
    file = np.load(path, allow_pickle=False)
    if not isinstance(file, np.lib.npyio.NpzFile):
        raise DataError(
            f"{path} is one array, an .npy under another name: wanted is an .npz with images and labels, "
            f"as {ANEW} writes it"
        )
    return file


def _from_npz(path: Path) -> Cifar10:
    try:
        with _open(path) as file:
            form = next((form for form in (PIXELS, JPEG) if set(form) <= set(file.files)), ())
            arrays = {name: file[name] for name in form}
    except UNREADABLE as error:
        raise DataError(
            f"{path} cannot be read as an .npz without pickles ({str(error) or type(error).__name__}): "
            f"copy it anew, or write it anew with {ANEW}"
        ) from None
    if not arrays:
        raise DataError(f"{path} holds neither {', '.join(PIXELS)} nor {', '.join(JPEG)}")
    if form == PIXELS:
        x, y, test_x, test_y = arrays.values()
        return Cifar10(
            Images(x, _labels(y, f"y_train in {path}")), Images(test_x, _labels(test_y, f"y_test in {path}"))
        )
    return Cifar10(_from_jpeg(arrays, "train", path), _from_jpeg(arrays, "test", path))


def _check_images(part: Images, what: str) -> None:
    """Raises DataError for anything but some images of 32 x 32, and as many labels."""
    images, labels = part.images, len(part.labels)
    if images.dtype != np.uint8 or images.shape[1:] != (SIZE, SIZE, 3):
        raise DataError(
            f"{what} is not CIFAR-10: its images are {images.dtype} {images.shape}, "
            f"wanted are uint8 (rows, {SIZE}, {SIZE}, 3)"
        )
    if len(images) != labels:
        raise DataError(f"{what} has {len(images):,} images and {labels:,} labels: wanted is one for each")
    if not labels:
        raise DataError(f"{what} has no images")


def _labels(array: np.ndarray, what: str) -> np.ndarray:
    """(rows,) int64; Keras' own CIFAR-10 has (rows, 1), and whole numbers may be floats."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        raise DataError(
            f"{what} has the shape {array.shape}: wanted is one number from 0 to 9 for each image, "
            "(rows,) or (rows, 1); of one-hot rows take .argmax(1)"
        )
    wanted = f"wanted are whole numbers from 0 to {CLASSES - 1}"
    if array.dtype.kind not in "iuf":
        raise DataError(f"{what} has labels of the type {array.dtype}: {wanted}")
    wrong = np.flatnonzero(~((array >= 0) & (array < CLASSES) & (array == np.floor(array))))
    if len(wrong):
        least, most = np.fmin.reduce(array), np.fmax.reduce(array)  # a NaN is neither
        raise DataError(
            f"{what} has {len(wrong):,} wrong labels of {len(array):,}, the first is {array[wrong[0]]} in row "
            f"{wrong[0]}; they are {array.dtype} from {least} to {most}, {wanted}"
            + ("; subtract 1" if (least, most) == (1, CLASSES) else "")
        )
    return array.astype(np.int64)


def _from_jpeg(arrays: dict[str, np.ndarray], part: str, path: Path) -> Images:
    header, payload, offsets, labels = (
        arrays[name] for name in ("header", f"{part}_payload", f"{part}_offsets", f"{part}_labels")
    )
    labels = _labels(labels, f"{part}_labels in {path}")
    for name, array in (("header", header), (f"{part}_payload", payload)):
        if array.dtype != np.uint8 or array.ndim != 1:
            raise DataError(
                f"{name} in {path} is {array.dtype} {array.shape}: wanted are bytes of JPEG, uint8 (bytes,)"
            )
    wanted = f"wanted are {len(labels) + 1:,} whole numbers, where each image begins and the last one ends"
    if offsets.dtype.kind not in "iu" or offsets.shape != (len(labels) + 1,):
        raise DataError(f"{part}_offsets in {path} is {offsets.dtype} {offsets.shape}: {wanted}")
    if offsets[0] < 0 or offsets[-1] > len(payload) or (offsets[1:] < offsets[:-1]).any():
        raise DataError(
            f"{part}_offsets in {path} do not rise from 0 to the {len(payload):,} bytes of {part}_payload: {wanted}"
        )
    return Images(_decoded(header, payload, offsets, f"{part}_payload in {path}"), labels)


def _decoded(header: np.ndarray, payload: np.ndarray, offsets: np.ndarray, what: str) -> np.ndarray:
    """(rows, 32, 32, 3) uint8. Raises DataError for a row that is no JPEG of that size."""
    from PIL import Image

    images = np.empty((len(offsets) - 1, SIZE, SIZE, 3), np.uint8)
    beginning = header.tobytes()
    for row in range(len(images)):
        data = beginning + payload[offsets[row] : offsets[row + 1]].tobytes()
        try:
            image = Image.open(io.BytesIO(data))
            if image.size != (SIZE, SIZE):  # numpy would spread a single pixel over all
                raise ValueError("it is {} x {}".format(*image.size))
            images[row] = np.asarray(image.convert("RGB"))
        except (*UNREADABLE, SyntaxError, Image.DecompressionBombError) as error:
            raise DataError(
                f"row {row} of {what} is no JPEG of {SIZE} x {SIZE} ({error}): copy the file anew, "
                f"or write it anew with {ANEW}"
            ) from None
    return images


def _from_torchvision(root: Path, download: bool = False) -> Cifar10:
    from cifar10.torchvision_import import import_torchvision

    datasets = import_torchvision().datasets

    def part(train: bool) -> Images:
        try:
            read: Any = datasets.CIFAR10(str(root), train=train, download=download)
        except RuntimeError as error:  # it compares checksums
            raise DataError(f"torchvision refuses the files in {root / BATCHES}: {error}") from None
        return Images(read.data, _labels(np.array(read.targets), f"the labels in {root / BATCHES}"))

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
