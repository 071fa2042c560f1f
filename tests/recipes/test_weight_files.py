"""Weight files: whole or not there, never pickled; averages as FedAvg defines them."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest

from weight_files import (
    MOST_BYTES,
    average,
    client_file,
    fingerprint,
    in_64_bits,
    keeps_updates,
    load_arrays,
    round_file,
    save_arrays,
    save_update,
)


def weights(value: float) -> dict:
    return {"a": np.full((3, 2), value), "b": np.full(4, 2 * value)}


def test_what_is_saved_is_read_back(tmp_path: Path) -> None:
    path = round_file(tmp_path / "artifacts", 7)
    save_arrays(path, weights(1.5))
    assert path.name == "round-007.npz"
    assert fingerprint(load_arrays(path)) == fingerprint(weights(1.5))
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_reader_never_sees_half_a_file(tmp_path: Path) -> None:
    path = tmp_path / "round-001.npz"
    big = {"a": np.random.default_rng(0).normal(size=200_000)}
    save_arrays(path, big)
    done = threading.Event()

    def write() -> None:
        for _ in range(30):
            save_arrays(path, big)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    reads = 0
    while not done.is_set() or reads == 0:
        assert load_arrays(path)["a"].shape == (200_000,)
        reads += 1
    writer.join()


def test_a_pickled_array_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "evil.npz"
    np.savez(path, a=np.array([{"run": "me"}], dtype=object))
    with pytest.raises(ValueError):
        load_arrays(path)


def test_an_update_keeps_the_number_of_examples(tmp_path: Path) -> None:
    save_update(tmp_path, 2, 3, weights(1.0), 479)
    path = client_file(tmp_path, 2, 3)
    assert path == tmp_path / "clients" / "round-002-client-3.npz"
    assert int(load_arrays(path)["num_examples"]) == 479


def test_the_average_is_weighted_by_examples() -> None:
    mean = average([(weights(0.0), 100), (weights(4.0), 300)])
    assert mean["a"] == pytest.approx(np.full((3, 2), 3.0))
    assert mean["b"] == pytest.approx(np.full(4, 6.0))


def test_the_average_of_equals_is_the_same_and_changes_nothing_it_is_given() -> None:
    one = weights(1.25)
    mean = average([(one, 1), (weights(1.25), 7), (weights(1.25), 3)])
    assert mean["a"] == pytest.approx(one["a"])
    mean["a"] += 1
    assert (one["a"] == 1.25).all()


def test_updates_of_all_rounds_are_kept_only_while_they_are_small() -> None:
    small = weights(1.0)
    assert all(keeps_updates(number, 1000, 3, small) for number in (1, 500, 1000))
    great = {"a": np.zeros(MOST_BYTES // 8 // 10)}
    assert [number for number in range(1, 11) if keeps_updates(number, 10, 2, great)] == [1, 10]


def test_a_fingerprint_sees_names_shapes_types_and_values() -> None:
    base = {"a": np.zeros((2, 3))}
    others = [
        {"b": np.zeros((2, 3))},
        {"a": np.zeros((3, 2))},
        {"a": np.zeros((2, 3), dtype=np.float32)},
        {"a": np.full((2, 3), 1e-300)},
    ]
    assert len({fingerprint(arrays) for arrays in [base, *others]}) == 5


def test_in_64_bits_the_order_of_adding_leaves_no_trace() -> None:
    rng = np.random.default_rng(0)
    updates = [{"a": rng.standard_normal(20_000, np.float32)} for _ in range(3)]
    examples = (7, 5, 3)
    orders = ([0, 1, 2], [2, 0, 1], [1, 2, 0])

    def sums(models: list[dict[str, np.ndarray]]) -> list[np.ndarray]:
        found = []
        for first, second, third in orders:
            parts = [models[client]["a"] * examples[client] for client in (first, second, third)]
            total = parts[0] + parts[1] + parts[2]
            found.append((total / 15).astype(np.float32))
        return found

    in_32, in_64 = sums(updates), sums([in_64_bits(update) for update in updates])
    assert not all(np.array_equal(in_32[0], other) for other in in_32)
    assert all(np.array_equal(in_64[0], other) for other in in_64)


def test_a_model_that_is_large_stays_in_32_bits() -> None:
    large = {"a": np.zeros(50_000_001, np.float32)}
    assert in_64_bits(large) is large
