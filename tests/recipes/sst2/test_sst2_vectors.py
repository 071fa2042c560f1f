"""Sentence vectors: computed once, kept whole, continued where a run was interrupted, shared by all."""

from __future__ import annotations

import fcntl
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from sst2 import vectors
from sst2.encoders import Choice, EncoderError, choose
from sst2.vectors import key_of, leaky_relu, vectors_of

TEXTS = [" ".join(["word"] * (1 + number % 7)) + f" {number}" for number in range(100)]


class Counting:
    """An encoder whose vectors are (length, -number); it counts what it encodes, and may be interrupted."""

    def __init__(self, fails_after: int = 10**9) -> None:
        self.encoded: list[str] = []
        self.fails_after = fails_after

    def lengths(self, texts: Sequence[str]) -> list[int]:
        return [len(text.split()) for text in texts]

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        if len(self.encoded) >= self.fails_after:
            raise KeyboardInterrupt
        self.encoded += texts
        return np.array([[len(text), -float(text.split()[-1])] for text in texts], np.float32)


def choice(identity: str = "counting") -> Choice:
    return Choice("counting", identity, "counting", lambda device: Counting())


def embed(
    cache: Path, encoder: Counting, texts: Sequence[str] = TEXTS, identity: str = "counting"
) -> np.ndarray:
    return vectors_of(texts, choice(identity), cache, "training", lambda: encoder)[0]


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of 8 and parts of 16 sentences, one after the other."""
    monkeypatch.setattr(vectors, "BATCH", 8)
    monkeypatch.setattr(vectors, "BATCHES_A_PART", 2)
    monkeypatch.setattr(vectors, "MOST_THREADS", 1)


def test_rows_are_in_the_order_of_the_sentences_with_leaky_relu_applied_once(tmp_path: Path) -> None:
    found = embed(tmp_path, Counting())
    assert found.dtype == np.float32
    assert found[:, 0] == pytest.approx([len(text) for text in TEXTS])
    assert found[:, 1] == pytest.approx([-0.2 * number for number in range(100)])


def test_the_second_time_nothing_is_encoded(tmp_path: Path) -> None:
    first = np.array(embed(tmp_path, Counting()))

    def none() -> Counting:
        raise AssertionError("no encoder is needed")

    again = vectors_of(TEXTS, choice(), tmp_path, "training", none)[0]
    assert (again == first).all()


def test_another_encoder_or_another_sentence_is_another_key() -> None:
    keys = {key_of(choice(), TEXTS), key_of(choice("other"), TEXTS), key_of(choice(), [*TEXTS[:-1], "new"])}
    assert len(keys) == 3
    assert key_of(choice(), TEXTS) in keys


def test_an_interrupted_run_is_continued(tmp_path: Path) -> None:
    first = Counting(fails_after=50)
    with pytest.raises(KeyboardInterrupt):
        embed(tmp_path, first)
    second = Counting()
    found = embed(tmp_path, second)
    assert found[:, 0] == pytest.approx([len(text) for text in TEXTS])
    assert len(second.encoded) <= 100 - 32, "the parts that were done must not be done again"
    assert [path.name for path in (tmp_path / "sst2" / "vectors").rglob("part-*")] == []


def test_batches_do_not_depend_on_the_number_of_cpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    batches: list[set[tuple[str, ...]]] = []
    for threads in (1, 4):
        monkeypatch.setattr(vectors, "threads", lambda threads=threads: threads)
        seen: set[tuple[str, ...]] = set()

        class Noting(Counting):
            def encode(self, texts: Sequence[str], seen: set[tuple[str, ...]] = seen) -> np.ndarray:
                seen.add(tuple(texts))
                return super().encode(texts)

        embed(tmp_path / str(threads), Noting())
        batches.append(seen)
    assert batches[0] == batches[1]


def test_a_second_run_waits_for_the_first_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "sst2" / "vectors" / key_of(choice(), TEXTS)
    folder.mkdir(parents=True)
    other = Counting()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        waiter = threading.Thread(target=embed, args=(tmp_path, other))
        waiter.start()
        said, until = "", time.monotonic() + 30
        while "waiting: another run makes these vectors" not in said and time.monotonic() < until:
            said += capsys.readouterr().out
        assert "waiting: another run makes these vectors" in said
        assert other.encoded == []
        # the first run comes to its end
        vectors.save_array(folder / "vectors.npy", np.zeros((100, 2), np.float32))
    waiter.join(30)
    assert not waiter.is_alive()
    assert other.encoded == []


def test_progress_is_a_bar_and_a_metric_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vectors, "SAY_EVERY_S", 0.0)
    embed(tmp_path, Counting())
    said = capsys.readouterr().out
    assert "embedding [" in said
    assert "[####################] 100 of 100 training sentences, 100%" in said
    assert '"embedded_percent": 100.0' in said
    assert "embedded 100 training sentences in" in said


def test_leaky_relu() -> None:
    assert leaky_relu(np.array([-1.0, 0.0, 2.0], np.float32)).tolist() == pytest.approx([-0.2, 0.0, 2.0])


# -- which encoder ---------------------------------------------------------------------------------


def test_bert_that_is_not_there_is_said_with_the_ways_out(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match=r"no SavedModel .* in /nowhere/a\. .*encoder=minilm"):
        choose("bert", "/nowhere/a", "/nowhere/b", tmp_path)


def test_auto_takes_bert_where_it_is(tmp_path: Path) -> None:
    for name in ("preprocess", "encoder"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "saved_model.pb").write_bytes(name.encode())
    chosen = choose("auto", str(tmp_path / "preprocess"), str(tmp_path / "encoder"), tmp_path)
    assert chosen.name == "bert"
    (tmp_path / "encoder" / "saved_model.pb").write_bytes(b"another")
    again = choose("auto", str(tmp_path / "preprocess"), str(tmp_path / "encoder"), tmp_path)
    assert again.identity != chosen.identity


# -- the real encoder ------------------------------------------------------------------------------


@pytest.mark.frameworks
@pytest.mark.timeout(300)
def test_minilm_gives_the_published_models_vectors(
    tmp_path: Path, in_environment: Callable[..., str]
) -> None:
    said = in_environment("data", "check_minilm.py", cwd=tmp_path)
    assert "OK" in said
