"""Sentence vectors, computed once and kept: leaky relu (.2) of what the encoder gives, float32.

The encoder is frozen, so a vector depends on nothing but the encoder and the sentence: federating the
head on these vectors is the same computation as federating the whole model. The cache's key is a hash of
both. What an interrupted run has done is kept in parts, and the next goes on from there.

    CACHE/sst2/vectors/KEY/vectors.npy    (sentences, width) in the order of the sentences
    CACHE/sst2/vectors/KEY/about.json     encoder, sizes, how long it took
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

import numpy as np

from metric_line import print_line, print_metric
from one_at_a_time import one_at_a_time
from sst2.encoders import Choice, Encoder

BATCH = 64
BATCHES_A_PART = 8
SLOPE = np.float32(0.2)
SAY_EVERY_S = 3.0
MOST_THREADS = 8


def leaky_relu(vectors: np.ndarray) -> np.ndarray:
    """The chapter's activation between encoder and head, applied once and for all."""
    return np.where(vectors > 0, vectors, SLOPE * vectors).astype(np.float32)


def key_of(choice: Choice, texts: Sequence[str]) -> str:
    """The content hash of encoder and sentences."""
    digest = hashlib.sha256(f"leaky relu {SLOPE}\n{choice.identity}\n".encode())
    for text in texts:
        digest.update(text.encode() + b"\n")
    return digest.hexdigest()[:32]


def vectors_of(
    texts: Sequence[str], choice: Choice, cache: Path, what: str, encoder: Callable[[], Encoder]
) -> tuple[np.ndarray, str]:
    """The vectors of `texts` (read-only, mapped from the cache) and their key.

    `what` names the sentences in the progress lines. `encoder` gives the loaded model when it is needed.
    """
    key = key_of(choice, texts)
    folder = cache / "sst2" / "vectors" / key
    done = folder / "vectors.npy"
    if not done.exists():
        with one_at_a_time(folder, lambda: f"makes these vectors, {_parts_in(folder)} parts done"):
            if not done.exists():
                _compute(texts, choice, folder, what, encoder())
    else:
        print_line(f"vectors of {len(texts):,} {what} sentences: from the cache, {folder}")
    return np.load(done, mmap_mode="r", allow_pickle=False), key


def _parts_in(folder: Path) -> int:
    return len(list(folder.glob("part-*.npy")))


def _compute(texts: Sequence[str], choice: Choice, folder: Path, what: str, encoder: Encoder) -> None:
    started, cpu = time.monotonic(), time.process_time()
    # Sorted by length, so that a batch needs little padding; the batches, and so the vectors' last
    # digits, depend on the sentences alone and not on the number of CPUs.
    order = np.argsort(np.array(encoder.lengths(texts)), kind="stable")
    rows = np.array_split(order, max(1, -(-len(order) // (BATCH * BATCHES_A_PART))))
    parts = [(folder / f"part-{number:04d}.npy", part) for number, part in enumerate(rows)]
    progress = Progress(what, len(texts), kept=sum(len(part) for file, part in parts if file.exists()))
    _embed_parts(texts, parts, encoder, progress)

    width = np.load(parts[0][0], allow_pickle=False).shape[1]
    vectors = np.empty((len(texts), width), np.float32)
    for file, part in parts:
        vectors[part] = np.load(file, allow_pickle=False)
    took, cpu = time.monotonic() - started, time.process_time() - cpu
    about = {
        "encoder": choice.name,
        "identity": choice.identity,
        "sentences": len(texts),
        "computed_now": progress.done - progress.kept,
        "width": width,
        "seconds": round(took, 1),
        "cpu_seconds": round(cpu, 1),
    }
    (folder / "about.json").write_text(json.dumps(about, indent=2) + "\n")
    save_array(folder / "vectors.npy", vectors)
    for file in [*folder.glob("part-*"), *folder.glob(".*")]:  # also halves that a killed run left
        file.unlink()
    rate = (progress.done - progress.kept) / max(cpu, 1e-9)
    print_line(
        f"embedded {len(texts):,} {what} sentences in {took:.0f} s, {rate:.0f} a CPU second; kept in {folder}"
    )


def _embed_parts(
    texts: Sequence[str], parts: Sequence[tuple[Path, np.ndarray]], encoder: Encoder, progress: Progress
) -> None:
    """Writes the vectors of every part (file, row numbers) whose file is not there yet."""
    stopped = threading.Event()

    def embed(file: Path, rows: np.ndarray) -> None:
        found = []
        for start in range(0, len(rows), BATCH):
            if stopped.is_set():
                return
            found.append(leaky_relu(encoder.encode([texts[row] for row in rows[start : start + BATCH]])))
            progress.add(len(found[-1]))
        save_array(file, np.concatenate(found))

    # Threads, not processes: the backends compute without holding Python's lock.
    with ThreadPoolExecutor(threads()) as pool:
        # The longest sentences first: a part that ends last should be a short one.
        waiting = {pool.submit(embed, file, rows) for file, rows in reversed(parts) if not file.exists()}
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=SAY_EVERY_S, return_when=FIRST_COMPLETED)
                for future in finished:
                    future.result()
                progress.say()
        finally:
            stopped.set()  # Ctrl-C, or a part that failed: the others end after their batch


def threads() -> int:
    """As many as this process may use CPUs, at most 8."""
    return min(len(os.sched_getaffinity(0)), MOST_THREADS)


def save_array(path: Path, array: np.ndarray) -> None:
    """Writes a .npy under another name first: a cache never holds half a file."""
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with half.open("wb") as file:
        np.save(file, array)
    half.replace(path)


class Progress:
    """A bar, a line every few seconds, and the same as a metric line."""

    def __init__(self, what: str, total: int, kept: int = 0) -> None:
        self.what, self.total, self.kept, self.done = what, total, kept, kept
        self.started = self.said = time.monotonic()
        self._adding = threading.Lock()

    def add(self, sentences: int) -> None:
        """More are done; called from several threads."""
        with self._adding:
            self.done += sentences

    def say(self) -> None:
        """Prints the line, if the last one is some seconds old."""
        now = time.monotonic()
        if now - self.said < SAY_EVERY_S:
            return
        self.said = now
        rate = (self.done - self.kept) / (now - self.started)
        share = self.done / self.total
        bar = "#" * round(20 * share)
        left = f"{(self.total - self.done) / rate:.0f} s left" if rate > 0 else "no estimate yet"
        print_line(
            f"embedding [{bar:-<20}] {self.done:,} of {self.total:,} {self.what} sentences, "
            f"{share:.0%}, {rate:.0f} a second, {left}"
        )
        print_metric(0, "client", embedded_percent=round(100 * share, 1))
