"""Who has which sentences, in which order, and from which weights all start: decided by the seed alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from sst2.head import NAMES, as_list, as_weights, initial_weights, probabilities, score
from sst2.split import split
from sst2.work_folder import TASK, Shard, WorkFolderError, load_shard, load_union, order_hash
from weight_files import fingerprint, save_arrays

TOTAL = 67_349


def test_three_clients_have_the_chapters_equal_thirds_and_two_rows_are_left_over() -> None:
    shards = split(TOTAL, 3, 0)
    assert [len(rows) for rows in shards] == [22_449] * 3
    assert len(np.unique(np.concatenate(shards))) == TOTAL - 2


@pytest.mark.parametrize("clients", [1, 7, 100])
def test_shards_are_equal_and_share_nothing(clients: int) -> None:
    shards = split(TOTAL, clients, 5)
    assert {len(rows) for rows in shards} == {TOTAL // clients}
    assert len(np.unique(np.concatenate(shards))) == clients * (TOTAL // clients)


def test_a_limit_takes_the_first_of_the_same_shuffle() -> None:
    small = np.concatenate(split(TOTAL, 3, 2, limit=600))
    assert len(small) == 600
    assert (small == np.concatenate(split(TOTAL, 3, 2))[:600]).all()


def test_too_few_sentences_for_so_many_clients_is_a_sentence() -> None:
    with pytest.raises(ValueError, match="60 sentences are too few for 100 clients"):
        split(TOTAL, 100, 0, limit=60)


def test_the_seed_changes_split_and_weights() -> None:
    assert (split(TOTAL, 3, 0)[0] != split(TOTAL, 3, 1)[0]).any()
    assert fingerprint(initial_weights(0, 384)) != fingerprint(initial_weights(1, 384))
    assert fingerprint(initial_weights(0, 384)) == fingerprint(initial_weights(0, 384))


def test_the_head_starts_as_keras_would_start_it() -> None:
    weights = initial_weights(0, 384)
    shapes = [array.shape for array in as_list(weights)]
    assert shapes == [(384, 512), (512,), (512, 64), (64,), (64, 1), (1,)]
    assert {array.dtype for array in as_list(weights)} == {np.dtype("float32")}
    limit = (6 / (384 + 512)) ** 0.5
    kernel = weights["hidden1_kernel"]
    assert limit * 0.99 < np.abs(kernel).max() <= limit
    assert kernel.std() == pytest.approx(limit / 3**0.5, rel=0.01)
    assert not any(weights[name].any() for name in NAMES if name.endswith("bias"))


def test_a_list_of_arrays_and_named_weights_are_each_others_opposite() -> None:
    weights = initial_weights(3, 8)
    assert fingerprint(as_weights(as_list(weights))) == fingerprint(weights)


def test_a_very_sure_head_overflows_nothing() -> None:
    weights = {name: array * 1e3 for name, array in initial_weights(0, 8).items()}
    x = np.random.default_rng(0).normal(size=(50, 8)).astype(np.float32)
    with np.errstate(over="raise"):
        outputs = probabilities(weights, x)
        _, loss = score(weights, x, np.ones(50, np.float32))
    assert np.isfinite(outputs).all()
    assert np.isfinite(loss)


# -- the work folder -------------------------------------------------------------------------------


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work folder of two clients with five rows each."""
    orders = {}
    for client in (1, 2):
        x, y = np.full((5, 3), client, np.float32), np.ones(5, np.float32)
        save_arrays(tmp_path / "shards" / f"client-{client}.npz", {"x": x, "y": y})
        orders[f"client-{client}"] = order_hash(Shard(x, y, 4, client))
    orders["union"] = order_hash(Shard(x, np.ones(10), 4, 1))
    task = {"seed": 4, "clients": 2, "first_orders": orders}
    (tmp_path / TASK).write_text(json.dumps(task))
    return tmp_path


def test_the_order_is_the_documented_draw(work: Path) -> None:
    order = load_shard(work, 2).order_of(3, epochs=2)
    assert order.shape == (2, 5)
    assert (order[0] == np.random.default_rng([4, 3, 2]).permutation(5)).all()


def test_the_union_is_one_client_with_all_rows(work: Path) -> None:
    union = load_union(work)
    assert union.x[:, 0].tolist() == [1] * 5 + [2] * 5
    assert (union.order_of(1)[0] == np.random.default_rng([4, 1, 1]).permutation(10)).all()


def test_a_numpy_that_draws_another_order_is_refused(work: Path) -> None:
    task = json.loads((work / TASK).read_text())
    task["first_orders"]["client-1"] = "0" * 64
    (work / TASK).write_text(json.dumps(task))
    with pytest.raises(WorkFolderError, match="draws another order of batches for client-1"):
        load_shard(work, 1)
