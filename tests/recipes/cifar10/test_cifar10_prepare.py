"""`prepare` from end to end, every form in which the pictures may lie, and the evaluator."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cifar10.images import DataError, find_cifar10
from cifar10.vgg import Architecture
from weight_files import load_arrays, round_file, save_arrays

COMMON = Path(__file__).resolve().parents[3] / "recipes" / "common"
Script = Callable[..., str]


def prepare(folder: Path, *words: object, **environ: str) -> subprocess.CompletedProcess[str]:
    """It needs nothing but numpy, unless it decodes or downloads."""
    return subprocess.run(
        [sys.executable, "-m", "cifar10.prepare", "--artifacts", "artifacts", "--cache", "cache"]
        + [str(word) for word in words],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(COMMON), **environ},
        capture_output=True,
        text=True,
        check=False,
    )


def hashes(said: str) -> dict[str, str]:
    rows = [line.split() for line in said.splitlines() if line.startswith("sha256 of ")]
    return {row[2].rstrip(":"): row[3] for row in rows}


# -- prepare ---------------------------------------------------------------------------------------


def test_everything_is_there_and_the_second_run_links_to_the_cache(pictures: Path, tmp_path: Path) -> None:
    done = prepare(tmp_path, "--out", "one", "--data", pictures)
    assert done.returncode == 0, done.stderr
    task = json.loads((tmp_path / "one" / "task.json").read_text())
    assert task["split"] == "class_focus"
    assert task["architecture"] == {"model": "vgg_small", "norm": "group", "outputs": 10}
    split = load_arrays(tmp_path / "one" / "split.npz")
    labels = np.load(tmp_path / "one" / "train-labels.npy")
    for client, name in enumerate(("client-1", "client-2", "client-3")):
        assert task["labels"][client] == np.bincount(labels[split[name]], minlength=10).tolist()
    kept = json.loads((tmp_path / "artifacts" / "split.json").read_text())
    assert kept["labels"] == task["labels"]
    assert kept["skew"] == pytest.approx(0.378, abs=0.001)
    assert '{"metric": {"round": 0, "scope": "global", "skew": 0.37' in done.stdout
    assert "client-3" in done.stdout

    again = prepare(tmp_path, "--out", "two", "--data", pictures)
    assert again.stdout.count("prepared files: from the cache") == 2
    assert hashes(again.stdout) == hashes(done.stdout)
    assert hashes(done.stdout).keys() == {"data", "split", "order", "weights"}
    assert (tmp_path / "two" / "train-images.npy").stat().st_nlink == 3, "links to the cache, not copies"

    other = prepare(tmp_path, "--out", "three", "--data", pictures, "--seed", 1)
    changed = {name for name, value in hashes(other.stdout).items() if value != hashes(done.stdout)[name]}
    assert changed == {"split", "order", "weights"}


def test_fewer_test_pictures_are_the_first_ones_and_the_cache_stays_whole(
    pictures: Path, tmp_path: Path
) -> None:
    for number, limit in enumerate((7, 0)):
        done = prepare(tmp_path, "--out", f"w{number}", "--data", pictures, "--test-limit", limit)
        assert done.returncode == 0, done.stderr
    few, all_of_them = (np.load(tmp_path / f"w{number}" / "held-out-images.npy") for number in (0, 1))
    assert (len(few), len(all_of_them)) == (7, 40)
    assert np.array_equal(few, all_of_them[:7])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--data", "nowhere"], "error: no CIFAR-10 at nowhere: wanted is a folder with cifar-10-batches-py"),
        (["--limit", "12", "--clients", "40"], "error: 12 images are too few for 40 clients"),
        (
            ["--sel-count", "0", "--def-count", "0"],
            "error: split=class_focus leaves client-1 without an image",
        ),
        (["--data", "torn.npz"], "error: torn.npz cannot be read as an .npz without pickles"),
        (["--data", "other.npz"], "error: other.npz holds neither x_train"),
        (
            ["--data", "grey.npz"],
            "error: the train part in grey.npz is not CIFAR-10: its images are uint8 (5, 28",
        ),
        (["--data", "pickled.npz"], "error: pickled.npz cannot be read as an .npz without pickles"),
    ],
)
def test_what_is_wrong_is_one_sentence(
    pictures: Path, tmp_path: Path, words: list[str], sentence: str
) -> None:
    (tmp_path / "torn.npz").write_bytes(pictures.read_bytes()[:5000])
    np.savez(tmp_path / "other.npz", a=np.zeros(3))
    grey = {"x_train": np.zeros((5, 28, 28), np.uint8), "y_train": np.zeros(5)}
    np.savez(tmp_path / "grey.npz", **grey, x_test=np.zeros((5, 28, 28), np.uint8), y_test=np.zeros(5))
    pickled = {name: np.array([{}], dtype=object) for name in ("x_train", "y_train", "x_test", "y_test")}
    np.savez(tmp_path / "pickled.npz", **pickled)
    done = prepare(tmp_path, "--out", "work", "--data", pictures, *words)
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float32])
def test_labels_in_a_column_as_keras_has_them_are_labels(dtype: type, pictures: Path, tmp_path: Path) -> None:
    arrays = dict(np.load(pictures))
    column = {name: arrays[name].astype(dtype)[:, None] for name in ("y_train", "y_test")}
    np.savez(tmp_path / "column.npz", **arrays | column)
    found = find_cifar10(tmp_path / "column.npz", tmp_path).read()
    for part, name in ((found.train, "y_train"), (found.test, "y_test")):
        assert part.labels.dtype == np.int64
        assert np.array_equal(part.labels, arrays[name])


@pytest.mark.parametrize("shape", ["one-hot", "row", "number"])
def test_labels_of_another_shape_are_a_sentence(shape: str, pictures: Path, tmp_path: Path) -> None:
    arrays = dict(np.load(pictures))
    y = arrays["y_train"]
    wrong = {"one-hot": np.eye(10)[y], "row": y[None], "number": y[0]}[shape]
    np.savez(tmp_path / "wrong.npz", **arrays | {"y_train": wrong})
    sentence = f"y_train in {tmp_path / 'wrong.npz'} has the shape {wrong.shape}: wanted is one number"
    with pytest.raises(DataError, match=re.escape(sentence)):
        find_cifar10(tmp_path, tmp_path / "cache").read()


# -- where the pictures may lie ----------------------------------------------------------------------


def test_a_folder_of_the_site_is_found_and_of_two_files_the_larger(
    pictures: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    (site / "cifar10").mkdir(parents=True)
    whole = dict(np.load(pictures))
    np.savez(site / "cifar10" / "a.npz", **{name: array[:20] for name, array in whole.items()})
    np.savez(site / "cifar10" / "b.npz", **whole)
    np.savez(site / "cifar10" / "c.npz", something=np.zeros(1000))
    monkeypatch.setenv("FLTUI_DATA", f"{tmp_path / 'empty'}{os.pathsep}{site}")
    assert find_cifar10(None, tmp_path / "cache").path == site / "cifar10" / "b.npz"
    assert find_cifar10(site / "cifar10" / "a.npz", tmp_path).path.name == "a.npz"


def test_the_packed_archive_is_to_be_unpacked_first(tmp_path: Path) -> None:
    (tmp_path / "cifar-10-python.tar.gz").write_bytes(b"")
    with pytest.raises(DataError, match=r"unpack cifar-10-python\.tar\.gz first"):
        find_cifar10(tmp_path, tmp_path)


def test_without_a_network_the_way_out_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLTUI_DATA", raising=False)
    monkeypatch.setattr("cifar10.images.DOWNLOAD", "http://127.0.0.1:9/cifar-10-python.tar.gz")
    with pytest.raises(DataError, match=r"CIFAR-10 is not here, and .* does not answer .*--set data=PATH"):
        find_cifar10(None, tmp_path)


@pytest.mark.frameworks
@pytest.mark.timeout(300)
def test_torchvisions_folder_and_jpeg_files_are_read(
    pictures: Path, tmp_path: Path, in_environment: Script
) -> None:
    """A folder in torchvision's layout, whose checksums are of course others, and an .npz of JPEG bytes."""
    said = in_environment("data", "other_forms.py", pictures, cwd=tmp_path)
    found = json.loads(said.splitlines()[-1])
    assert found["torchvision"] == "same"
    assert "torchvision refuses the files" in found["checksums"]
    assert found["jpeg"] < 25  # mean difference of a pixel, of 255: these are noise, JPEG's worst case
    assert found["jpeg labels"] == "same"
    assert "row 0 of train_payload in" in found["torn"]
    assert "is no JPEG of 32 x 32 (it is 1 x 1): copy the file anew" in found["pixel"]


# -- the evaluator ---------------------------------------------------------------------------------


@pytest.mark.frameworks
@pytest.mark.timeout(300)
def test_the_evaluator_scores_every_round_on_the_test_pictures(
    pictures: Path, tmp_path: Path, in_environment: Script
) -> None:
    assert prepare(tmp_path, "--out", "work", "--data", pictures).returncode == 0
    small = Architecture.of("vgg_small")
    for number in (0, 1):
        save_arrays(round_file(tmp_path / "artifacts", number), small.initial_weights(number))
    said = in_environment("data", "-m", "cifar10.evaluate", "--run", tmp_path, "--rounds", 1, cwd=tmp_path)
    rows = [json.loads(line)["metric"] for line in said.splitlines() if line.startswith('{"metric')]
    assert [(row["round"], row["scope"]) for row in rows] == [(0, "global"), (1, "global")]
    assert all(0 <= row["accuracy"] <= 1 and row["loss"] == pytest.approx(2.3, abs=0.2) for row in rows)
    matrix = np.loadtxt(tmp_path / "artifacts" / "confusion-matrix.csv", delimiter=",")
    assert matrix.sum(axis=1).tolist() == [4] * 10
    assert np.trace(matrix) / 40 == pytest.approx(rows[1]["accuracy"])
