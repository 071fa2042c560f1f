"""SST-2's sentences and labels: from TensorFlow Datasets, or from a folder or zip in GLUE's layout.

Whatever the source, row n is line n of GLUE's train.tsv (dev.tsv), so that rows mean the same everywhere.
The labels of GLUE's test.tsv are not public; the 872 sentences of dev.tsv are what everybody scores on.
"""

from __future__ import annotations

import hashlib
import importlib.resources.abc
import io
import json
import os
import sys
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from reachable import why_unreachable

ZIP = "SST-2.zip"
TFDS = Path("glue") / "sst2"
DOWNLOAD = "https://dl.fbaipublicfiles.com/glue/data/SST-2.zip"  # where tfds gets it
PARTS = ("train.tsv", "dev.tsv")
WANTED = (
    "SST-2.zip, a folder with train.tsv and dev.tsv, or a TensorFlow Datasets folder with glue/sst2 in it"
)


class DataError(Exception):
    """SST-2 is not where it was looked for, or is not SST-2."""


@dataclass(frozen=True)
class Sentences:
    """One part of SST-2; `labels` (rows,) float32: 1 is positive."""

    texts: tuple[str, ...]
    labels: np.ndarray


@dataclass(frozen=True)
class Sst2:
    """`train` (67,349 rows as published), `dev` (872), and a sentence that says where they came from."""

    train: Sentences
    dev: Sentences
    source: str


def load_sst2(given: Path | None, cache: Path) -> Sst2:
    """From `given`: a zip, a folder with train.tsv and dev.tsv (or SST-2/, or SST-2.zip in it), or a
    folder that TensorFlow Datasets prepared. Without one: the folders that FLTUI_DATA lists, then
    `tfds.load("glue/sst2")`, which downloads it where it must. Raises DataError.
    """
    if given is not None:
        found = _from_place(given, cache)
        if found is None:
            packed = sorted(given.glob("*.tar*")) + sorted(given.glob("*.tgz")) if given.is_dir() else []
            raise DataError(
                f"no SST-2 at {given}: wanted is {WANTED}"
                + (f"; unpack {packed[0].name} first" if packed else "")
            )
        return found
    for folder in filter(None, os.environ.get("FLTUI_DATA", "").split(os.pathsep)):
        for place in (Path(folder) / "sst2", Path(folder)):
            found = _from_place(place, cache)
            if found is not None:
                return found
    return _from_tfds(None, cache)


def _from_place(place: Path, cache: Path) -> Sst2 | None:
    if place.is_file():
        return _from_file(place)
    halves = []
    for folder in (place, place / "SST-2"):
        there = [name for name in PARTS if (folder / name).is_file()]
        if len(there) == len(PARTS):
            train, dev = (_from_tsv((folder / name).read_bytes(), folder / name) for name in PARTS)
            return _checked(train, dev, str(folder))
        halves += [(folder, name) for name in there]
    if (place / ZIP).is_file():
        return _from_zip(place / ZIP)
    if (place / TFDS).is_dir():
        return _from_tfds(place, cache)
    for folder, name in halves:
        missing = next(part for part in PARTS if part != name)
        raise DataError(
            f"{folder} has {name} and no {missing}: SST-2 is trained on one and measured with the other; "
            f"put GLUE's {missing} beside it, or name SST-2.zip, which has both"
        )
    return None


def _from_file(path: Path) -> Sst2:
    """A zip; of anything else, what to do with it."""
    if tarfile.is_tarfile(path):
        raise DataError(
            f"{path} is a tar archive, which is not read: unpack it (tar -xf {path} -C FOLDER) and name FOLDER, "
            f"which must then be {WANTED.partition(', ')[2]}"
        )
    if path.suffix == ".tsv":
        raise DataError(f"{path} is one of two files: name its folder, with {' and '.join(PARTS)} in it")
    return _from_zip(path)


def _from_zip(path: Path) -> Sst2:
    try:
        with zipfile.ZipFile(path) as archive:
            names = {Path(name).name: name for name in archive.namelist() if "__MACOSX" not in name}
            missing = [name for name in PARTS if name not in names]
            if missing:
                raise DataError(
                    f"{path} holds no {' and no '.join(missing)}: wanted is GLUE's {ZIP}, from {DOWNLOAD}"
                )
            train, dev = (_from_tsv(archive.read(names[name]), path / names[name]) for name in PARTS)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        raise DataError(
            f"{path} is no zip file, or only a part of one: get GLUE's {ZIP} again, from {DOWNLOAD}"
        ) from None
    except RuntimeError as error:  # encrypted, or packed in a way that Python does not know
        raise DataError(
            f"{path} cannot be read ({error}): unpack it by hand and name its folder, or get GLUE's {ZIP}, "
            f"from {DOWNLOAD}"
        ) from None
    return _checked(train, dev, str(path))


def _from_tsv(data: bytes, name: Path) -> Sentences:
    lines = list(_lines(data, name))
    if not lines or lines[0].split("\t") != ["sentence", "label"]:
        raise DataError(f"{name} does not begin with the columns sentence and label: it is not GLUE's SST-2")
    texts, labels = [], []
    for number, line in enumerate(lines[1:], start=2):
        text, _, label = line.rpartition("\t")
        if label not in ("0", "1"):
            raise DataError(f"{name}:{number}: the label is {label!r}, not 0 or 1")
        texts.append(text)
        labels.append(float(label))
    return Sentences(tuple(texts), np.array(labels, np.float32))


def _lines(data: bytes, name: Path) -> Iterator[str]:
    """Lines end with a newline only: str.splitlines would also cut at characters inside sentences."""
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        number = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"{name}:{number}: the byte 0x{data[error.start]:02x} is no UTF-8, which GLUE's files are; take the "
            f"published file, or convert this one if it is in Latin-1 (iconv -f latin1 -t utf-8)"
        ) from None
    for line in io.StringIO(text, newline="\n"):
        if row := line.rstrip("\r\n"):
            yield row


def _from_tfds(data_dir: Path | None, cache: Path) -> Sst2:
    """Reading through TFDS imports TensorFlow (some 10 CPU seconds), so what it gave is kept."""
    folder = data_dir or Path(os.environ.get("TFDS_DATA_DIR", Path.home() / "tensorflow_datasets"))
    copy, source = _copy_of(folder, cache), f"tfds.load('glue/sst2') in {folder}"
    if copy.is_file():
        kept = json.loads(copy.read_text())
        parts = [
            Sentences(tuple(kept[part][0]), np.array(kept[part][1], np.float32)) for part in ("train", "dev")
        ]
        return Sst2(*parts, source)
    unreachable = None if (folder / TFDS).is_dir() else why_unreachable(DOWNLOAD)
    if unreachable:
        raise DataError(
            f"SST-2 is not here: there is no {TFDS} in {folder}, and {unreachable}. "
            "Name it with --set data=PATH: GLUE's SST-2.zip, its folder, or a prepared TFDS folder"
        )
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    import tensorflow_datasets as tfds

    # To download, tfds 4.9.10 imports this backport, which it declares for Python 3.8 only.
    sys.modules.setdefault("importlib_resources", importlib.resources)
    train, dev = tfds.load(
        "glue/sst2", split=["train", "validation"], data_dir=str(folder), batch_size=-1, try_gcs=False
    )
    found = _checked(_from_tfds_part(train), _from_tfds_part(dev), source)
    kept = {
        part: [sentences.texts, sentences.labels.astype(int).tolist()]
        for part, sentences in (("train", found.train), ("dev", found.dev))
    }
    copy = _copy_of(folder, cache)  # a download has changed the folder
    copy.parent.mkdir(parents=True, exist_ok=True)
    half = copy.with_name(f".{copy.name}.{os.getpid()}")
    half.write_text(json.dumps(kept))
    half.replace(copy)
    return found


def _copy_of(folder: Path, cache: Path) -> Path:
    """Where the copy of this folder as it is now would be."""
    files = sorted(path for path in (folder / TFDS).rglob("*") if path.is_file())
    state = [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in files]
    return cache / "sst2" / f"tfds-{hashlib.sha256(repr(state).encode()).hexdigest()[:16]}.json"


def _from_tfds_part(part: dict) -> Sentences:
    """TFDS shuffles when it prepares; `idx` is the line in GLUE's file."""
    order = np.argsort(part["idx"].numpy())
    texts = part["sentence"].numpy()[order]
    return Sentences(tuple(text.decode() for text in texts), part["label"].numpy()[order].astype(np.float32))


def _checked(train: Sentences, dev: Sentences, source: str) -> Sst2:
    for name, part in (("train", train), ("dev", dev)):
        if not part.texts or not set(np.unique(part.labels)) <= {0.0, 1.0}:
            raise DataError(f"the {name} part in {source} has no rows, or labels other than 0 and 1")
    return Sst2(train, dev, source)
