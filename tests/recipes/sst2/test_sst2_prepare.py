"""`prepare` from end to end, with a real encoder on a handful of sentences; and its evaluator."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sst2 import bert
from sst2.head import initial_weights, score
from weight_files import load_arrays, round_file, save_arrays

COMMON = Path(__file__).resolve().parents[3] / "recipes" / "common"
Script = Callable[..., str]


@pytest.fixture
def glue(tmp_path: Path) -> Path:
    """Thirty-one training and six validation sentences in GLUE's layout."""
    folder = tmp_path / "SST-2"
    folder.mkdir()
    for name, rows in (("train", 31), ("dev", 6)):
        lines = [f"film number {row} is {'good' if row % 2 else 'bad'} \t{row % 2}" for row in range(rows)]
        (folder / f"{name}.tsv").write_text("\n".join(["sentence\tlabel", *lines, ""]))
    return folder


@pytest.mark.frameworks
@pytest.mark.timeout(300)
def test_shards_are_right_and_the_second_run_is_answered_from_the_cache(
    glue: Path, tmp_path: Path, in_environment: Script
) -> None:
    def prepare(out: str, *words: object) -> str:
        common = ("--out", out, "--cache", "cache", "--data", glue, "--encoder", "minilm", *words)
        return in_environment("data", "-m", "sst2.prepare", *common, cwd=tmp_path)

    said = prepare("one")
    assert "client-3: 10 sentences" in said
    assert "embedded 31 training sentences" in said
    shards = [load_arrays(tmp_path / "one" / "shards" / f"client-{n}.npz") for n in (1, 2, 3)]
    rows = np.concatenate([shard["rows"] for shard in shards])
    assert len(np.unique(rows)) == 30
    assert all((shard["y"] == shard["rows"] % 2).all() for shard in shards)
    assert {(shard["x"].shape, shard["x"].dtype.str) for shard in shards} == {((10, 384), "<f4")}
    # Row n's vector is sentence n's, wherever it landed: good films are like good films.
    x, y = np.concatenate([shard["x"] for shard in shards]), np.concatenate([shard["y"] for shard in shards])
    nearness = x @ (x[y == 1].mean(0) - x[y == 0].mean(0))
    assert nearness[y == 1].min() > nearness[y == 0].max()

    again = prepare("two")
    assert "prepared files: from the cache" in again
    hashes = [line for line in said.splitlines() if line.startswith("sha256")]
    assert len(hashes) == 5
    assert hashes == [line for line in again.splitlines() if line.startswith("sha256")]
    assert (tmp_path / "two" / "held-out.npz").stat().st_nlink == 3, "links to the cache, not copies"

    other = prepare("three", "--seed", 1)
    assert "training sentences: from the cache" in other
    changed = [line for line in other.splitlines() if line.startswith("sha256")]
    same = {one.split()[2] for one, two in zip(hashes, changed, strict=True) if one == two}
    assert same == {"data:", "vectors:"}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--data", "nowhere"], "error: no SST-2 at nowhere"),
        (["--data", "SST-2", "--encoder", "bert", "--bert-preprocess", "x"], "error: BERT cannot be had"),
        (["--data", "SST-2", "--clients", "40"], "error: 31 sentences are too few for 40 clients"),
    ],
)
def test_what_is_wrong_is_one_sentence(glue: Path, tmp_path: Path, words: list[str], sentence: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "sst2.prepare", "--out", "work", "--cache", "cache", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(COMMON)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert done.stderr.startswith(sentence)
    assert "Traceback" not in done.stderr


def test_the_evaluator_scores_every_round_on_the_validation_sentences(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 8)).astype(np.float32), (rng.uniform(size=40) > 0.3).astype(np.float32)
    save_arrays(tmp_path / "work" / "held-out.npz", {"x": x, "y": y})
    for number in (0, 1):
        save_arrays(round_file(tmp_path / "artifacts", number), initial_weights(number, 8))
    done = subprocess.run(
        [sys.executable, "-m", "sst2.evaluate", "--run", str(tmp_path), "--rounds", "1"],
        env={**os.environ, "PYTHONPATH": str(COMMON)},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    rows = [json.loads(line)["metric"] for line in done.stdout.splitlines()]
    accuracy, loss = score(initial_weights(1, 8), x, y)
    assert [row["round"] for row in rows] == [0, 1]
    assert rows[1] == {"round": 1, "scope": "global", "accuracy": accuracy, "loss": loss}
    matrix = np.loadtxt(tmp_path / "artifacts" / "confusion-matrix.csv", delimiter=",")
    assert matrix.sum(axis=1).tolist() == [40 - y.sum(), y.sum()]
    assert np.trace(matrix) / 40 == pytest.approx(accuracy)


@pytest.mark.frameworks
@pytest.mark.timeout(600)
def test_the_whole_model_on_sentences_learns_what_the_head_on_kept_vectors_does(
    glue: Path, tmp_path: Path, in_environment: Script
) -> None:
    """With a small pair of SavedModels that have the signatures of TF Hub's preprocessor and encoder."""
    in_environment("data", "small_bert.py", "bert", cwd=tmp_path)
    pair = ("--bert-preprocess", tmp_path / "bert/preprocess", "--bert-encoder", tmp_path / "bert/encoder")
    common = ("--out", "work", "--cache", "cache", "--data", glue, "--encoder", "bert", *pair)
    said = in_environment("data", "-m", "sst2.prepare", *common, cwd=tmp_path)
    assert "vectors: 384 numbers a sentence, by bert" in said
    said = in_environment("data", "train_both_ways.py", "work", glue, "cache", "bert", cwd=tmp_path)
    found = json.loads(next(line for line in said.splitlines() if line.startswith("{")))
    assert found["moved"] > 1e-3
    assert found["weights"] < 1e-5
    assert found["answers"] == 0
    assert found["head"] == found["whole"] > 0.9
    assert (tmp_path / "work" / "whole" / "saved_model.pb").is_file()


def test_of_tf_hubs_locks_only_those_of_dead_processes_here_are_removed(tmp_path: Path) -> None:
    """As a run that was killed in BERT's download leaves one."""
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    host = socket.gethostname()
    owners = {
        "dead": f"{host}.{dead.pid}.{'a' * 32}",
        "living": f"{host}.{os.getpid()}.{'b' * 32}",
        "elsewhere": f"not-{host}.{dead.pid}.{'c' * 32}",
        "strange": "",
    }
    for name, owner in owners.items():
        (tmp_path / f"{name}.lock").write_text(owner)
    bert.drop_dead_locks(tmp_path)
    assert {path.stem for path in tmp_path.iterdir()} == set(owners) - {"dead"}
