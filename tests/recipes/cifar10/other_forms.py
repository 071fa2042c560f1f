"""Reads the same pictures from torchvision's layout and from JPEG bytes: python other_forms.py PICTURES.npz"""

from __future__ import annotations

import io
import json
import pickle
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from cifar10.images import DataError, find_cifar10
from cifar10.torchvision_import import import_torchvision

given = dict(np.load(sys.argv[1]))
here = Path.cwd()
found: dict[str, object] = {}

# torchvision's layout
batches = here / "root" / "cifar-10-batches-py"
batches.mkdir(parents=True)
x, y = given["x_train"].transpose(0, 3, 1, 2).reshape(200, -1), given["y_train"].tolist()
parts = {f"data_batch_{n}": (x[40 * n - 40 : 40 * n], y[40 * n - 40 : 40 * n]) for n in range(1, 6)}
parts["test_batch"] = (given["x_test"].transpose(0, 3, 1, 2).reshape(40, -1), given["y_test"].tolist())
for name, (data, labels) in parts.items():
    (batches / name).write_bytes(pickle.dumps({"data": data, "labels": labels}))
(batches / "batches.meta").write_bytes(pickle.dumps({"label_names": [str(n) for n in range(10)]}))

try:
    find_cifar10(here / "root", here).read()
except DataError as error:
    found["checksums"] = str(error)
published = import_torchvision().datasets.CIFAR10
published.train_list = [[name, None] for name in list(parts)[:5]]
published.test_list, published.meta = [["test_batch", None]], {**published.meta, "md5": None}
for place in (here / "root", batches):
    read = find_cifar10(place, here).read()
    same = all(
        np.array_equal(part.images, given[f"x_{name}"]) and np.array_equal(part.labels, given[f"y_{name}"])
        for name, part in (("train", read.train), ("test", read.test))
    )
    found["torchvision"] = "same" if same else "not the same"


# JPEG bytes with a common beginning
def jpeg(image: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "JPEG", quality=90)
    return buffer.getvalue()


arrays: dict[str, np.ndarray] = {}
for part in ("train", "test"):
    coded = [jpeg(image) for image in given[f"x_{part}"]]
    arrays["header"] = np.frombuffer(coded[0][:100], np.uint8)
    assert all(data[:100] == coded[0][:100] for data in coded)
    rest = [data[100:] for data in coded]
    arrays[f"{part}_payload"] = np.frombuffer(b"".join(rest), np.uint8)
    arrays[f"{part}_offsets"] = np.cumsum([0, *map(len, rest)])
    arrays[f"{part}_labels"] = given[f"y_{part}"]
np.savez(here / "jpeg.npz", **arrays)
read = find_cifar10(here / "jpeg.npz", here).read()
difference = np.abs(read.train.images.astype(int) - given["x_train"])
found["jpeg"] = float(difference.mean())
found["jpeg labels"] = "same" if np.array_equal(read.test.labels, given["y_test"]) else "not the same"

# a row that is none, and one of a single pixel, which numpy would spread over all
for what, row in (("torn", b"\xff\xd8"), ("pixel", jpeg(np.zeros((1, 1, 3), np.uint8)))):
    payload = np.frombuffer(row, np.uint8)
    offsets = np.array([0, len(row)])
    odd = {"train_payload": payload, "train_offsets": offsets, "train_labels": np.zeros(1, int)}
    np.savez(here / f"{what}.npz", **arrays | odd | {"header": arrays["header"][:0]})
    try:
        find_cifar10(here / f"{what}.npz", here).read()
    except DataError as error:
        found[what] = str(error)
print(json.dumps(found))
