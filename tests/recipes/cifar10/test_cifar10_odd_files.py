"""A data file that is none, or whose labels are none, is told in a sentence: what, where, what next."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cifar10.images import DataError, find_cifar10

Arrays = dict[str, np.ndarray]


def packed(arrays: Arrays, method: int) -> bytes:
    """An .npz whose members are packed by `method`."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", method) as archive:
        for name, array in arrays.items():
            one = io.BytesIO()
            np.save(one, array)
            archive.writestr(f"{name}.npy", one.getvalue())
    return whole.getvalue()


def changed(data: bytes, local: int, central: int, by: bytes) -> bytes:
    """A zip with other bytes at these places of the first member's two headers."""
    blob, second = bytearray(data), data.index(b"PK\x01\x02")
    blob[local : local + len(by)] = by
    blob[second + central : second + central + len(by)] = by
    return bytes(blob)


def encrypted(arrays: Arrays) -> bytes:
    return changed(packed(arrays, zipfile.ZIP_STORED), 6, 8, b"\x01\x00")


def packed_in_an_unknown_way(arrays: Arrays) -> bytes:
    return changed(packed(arrays, zipfile.ZIP_STORED), 8, 10, b"\x63\x00")


def damaged(arrays: Arrays, method: int, byte: int = 0xFF) -> bytes:
    """The middle of the first member is overwritten."""
    blob = bytearray(packed(arrays, method))
    middle = blob.index(b"PK\x03\x04", 1) // 2
    blob[middle : middle + 64] = bytes([byte]) * 64
    return bytes(blob)


def with_header(arrays: Arrays, header: str) -> bytes:
    """The first array's header is another, as long."""
    whole, first = io.BytesIO(), next(iter(arrays))
    with zipfile.ZipFile(whole, "w") as archive:
        for name, array in arrays.items():
            one = io.BytesIO()
            np.save(one, array)
            npy = one.getvalue()
            size = int.from_bytes(npy[8:10], "little")
            other = header.ljust(size - 1).encode() + b"\n"
            archive.writestr(f"{name}.npy", npy[:10] + other + npy[10 + size :] if name == first else npy)
    return whole.getvalue()


def claims_more_than_there_is(arrays: Arrays) -> bytes:
    """More than any address space, so that no machine's overcommitment gives it."""
    return with_header(
        arrays, "{'descr': '|u1', 'fortran_order': False, 'shape': (99999999999999, 32, 32, 3), }"
    )


def header_that_never_ends(arrays: Arrays) -> bytes:
    return with_header(arrays, "{'descr': '|u1', 'fortran_order': False, 'shape': (200, 32, 32, 3")


ODD: dict[str, Callable[[Arrays], bytes]] = {
    "encrypted": encrypted,
    "unknown method": packed_in_an_unknown_way,
    "damaged deflate": lambda arrays: damaged(arrays, zipfile.ZIP_DEFLATED),
    "damaged lzma": lambda arrays: damaged(arrays, zipfile.ZIP_LZMA),
    "damaged bzip2": lambda arrays: damaged(arrays, zipfile.ZIP_BZIP2),
    "huge": claims_more_than_there_is,
    "endless header": header_that_never_ends,
    "cut": lambda arrays: packed(arrays, zipfile.ZIP_STORED)[:5000],
    "empty": lambda arrays: b"",
    "text": lambda arrays: b"x_train, y_train\n",
}


@pytest.fixture
def arrays(pictures: Path) -> Arrays:
    return dict(np.load(pictures))


def told(path: Path) -> str:
    with pytest.raises(DataError) as caught:
        find_cifar10(path, path.parent / "cache").read()
    return str(caught.value)


# -- files that are no .npz ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ODD)
def test_a_file_that_cannot_be_read_is_named_with_the_way_out(
    kind: str, arrays: Arrays, tmp_path: Path
) -> None:
    file = tmp_path / "odd.npz"
    file.write_bytes(ODD[kind](arrays))
    said = told(file)
    assert re.match(
        rf"{re.escape(str(file))} cannot be read as an \.npz without pickles \(.+\): copy it", said
    )
    assert said.endswith("numpy.savez(FILE, x_train=…, y_train=…, x_test=…, y_test=…)")


def test_one_array_under_another_name_is_told_apart(arrays: Arrays, tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", arrays["x_train"])
    renamed = (tmp_path / "x.npy").rename(tmp_path / "x.npz")
    assert told(renamed).startswith(f"{renamed} is one array, an .npy under another name: wanted is an .npz")


def test_a_good_file_is_found_beside_those_of_something_else(arrays: Arrays, tmp_path: Path) -> None:
    np.savez(tmp_path / "good.npz", **arrays)
    np.save(tmp_path / "x.npy", arrays["x_train"])
    (tmp_path / "x.npy").rename(tmp_path / "renamed.npz")
    labels_first = {"y_train": arrays["y_train"], **{n: a for n, a in arrays.items() if n != "y_train"}}
    for kind, spoil in ODD.items():
        (tmp_path / f"{kind}.npz").write_bytes(spoil(labels_first))
    assert find_cifar10(tmp_path, tmp_path / "cache").path == tmp_path / "good.npz"


def test_a_folder_with_nothing_but_a_bad_file_names_it(arrays: Arrays, tmp_path: Path) -> None:
    (tmp_path / "odd.npz").write_bytes(ODD["cut"](arrays))
    assert told(tmp_path).endswith("; odd.npz in it is none that can be read: name it itself to hear why")


# -- labels ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda y: y + 1,
            "has 20 wrong labels of 200, the first is 10 in row 9; they are uint8 from 1 to 10, wanted are",
        ),
        (
            lambda y: y.astype(np.int64) - 1,
            "has 20 wrong labels of 200, the first is -1 in row 0; they are int64 from -1 to 8, wanted are",
        ),
        (
            lambda y: np.where(y == 3, np.nan, y),
            "has 20 wrong labels of 200, the first is nan in row 3; they are float64 from 0.0 to 9.0, wanted",
        ),
        (lambda y: np.full(len(y), np.nan), "has 200 wrong labels of 200, the first is nan in row 0; "),
        (
            lambda y: y + 0.7,
            "has 200 wrong labels of 200, the first is 0.7 in row 0; they are float64 from 0.7 to 9.7, wanted",
        ),
        (lambda y: y + 2.0**63, "has 200 wrong labels of 200, the first is 9.22"),
        (
            lambda y: y.astype(np.uint64) + 2**63,
            "has 200 wrong labels of 200, the first is 9223372036854775808",
        ),
        (lambda y: y.astype(str), "has labels of the type <U3: wanted are whole numbers from 0 to 9"),
    ],
)
def test_wrong_labels_are_told_with_what_was_found(
    change: Callable[[np.ndarray], np.ndarray], sentence: str, arrays: Arrays, tmp_path: Path
) -> None:
    file = tmp_path / "wrong.npz"
    np.savez(file, **arrays | {"y_train": change(arrays["y_train"])})
    said = told(file)
    assert said.startswith(f"y_train in {file} {sentence}")
    assert "images" not in said


def test_labels_that_count_from_1_are_told_with_the_way_out(arrays: Arrays, tmp_path: Path) -> None:
    np.savez(tmp_path / "wrong.npz", **arrays | {"y_test": arrays["y_test"] + 1})
    assert told(tmp_path / "wrong.npz").endswith("wanted are whole numbers from 0 to 9; subtract 1")


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [(199, "has 200 images and 199 labels: wanted is one for each"), (0, "has 200 images and 0 labels: ")],
)
def test_another_number_of_labels_than_of_images_is_told_as_that(
    rows: int, sentence: str, arrays: Arrays, tmp_path: Path
) -> None:
    file = tmp_path / "few.npz"
    np.savez(file, **arrays | {"y_train": arrays["y_train"][:rows]})
    assert told(file).startswith(f"the train part in {file} {sentence}")


def test_a_part_without_images_is_told_as_that(arrays: Arrays, tmp_path: Path) -> None:
    none = {"x_test": arrays["x_test"][:0], "y_test": arrays["y_test"][:0]}
    np.savez(tmp_path / "none.npz", **arrays | none)
    assert told(tmp_path / "none.npz") == f"the test part in {tmp_path / 'none.npz'} has no images"


def test_wrong_images_are_not_told_as_wrong_labels(arrays: Arrays, tmp_path: Path) -> None:
    file = tmp_path / "float.npz"
    np.savez(file, **arrays | {"x_test": arrays["x_test"] / 255})
    assert told(file) == (
        f"the test part in {file} is not CIFAR-10: its images are float64 (40, 32, 32, 3), "
        "wanted are uint8 (rows, 32, 32, 3)"
    )


# -- JPEG bytes ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"train_offsets": np.arange(3)}, "train_offsets in FILE is int64 (3,): wanted are 6 whole numbers"),
        ({"train_offsets": np.arange(6.0)}, "train_offsets in FILE is float64 (6,): wanted are 6 whole"),
        ({"train_offsets": np.array(7)}, "train_offsets in FILE is int64 (): wanted are 6 whole numbers"),
        ({"train_offsets": np.arange(6)[:, None]}, "train_offsets in FILE is int64 (6, 1): wanted are 6"),
        ({"train_offsets": np.arange(6) - 1}, "train_offsets in FILE do not rise from 0 to the 50 bytes of"),
        ({"train_offsets": np.arange(6) * 11}, "train_offsets in FILE do not rise from 0 to the 50 bytes of"),
        ({"train_offsets": np.arange(6)[::-1]}, "train_offsets in FILE do not rise from 0 to the 50 bytes"),
        ({"train_payload": np.array(1, np.uint8)}, "train_payload in FILE is uint8 (): wanted are bytes of"),
        ({"train_payload": np.zeros(50)}, "train_payload in FILE is float64 (50,): wanted are bytes of JPEG"),
        ({"header": np.zeros((1, 2), np.uint8)}, "header in FILE is uint8 (1, 2): wanted are bytes of JPEG"),
        ({"train_labels": np.arange(5) + 0.5}, "train_labels in FILE has 5 wrong labels of 5, the first is"),
        ({"train_labels": np.arange(4)}, "train_offsets in FILE is int64 (6,): wanted are 5 whole numbers"),
    ],
)
def test_a_jpeg_file_whose_arrays_do_not_fit_is_a_sentence(
    change: Arrays, sentence: str, tmp_path: Path
) -> None:
    arrays: Arrays = {"header": np.zeros(10, np.uint8)}
    for part in ("train", "test"):
        arrays |= {f"{part}_payload": np.zeros(50, np.uint8), f"{part}_offsets": np.arange(6) * 10}
        arrays |= {f"{part}_labels": np.arange(5)}
    np.savez(tmp_path / "jpeg.npz", **arrays | change)
    assert told(tmp_path / "jpeg.npz").startswith(sentence.replace("FILE", str(tmp_path / "jpeg.npz")))
