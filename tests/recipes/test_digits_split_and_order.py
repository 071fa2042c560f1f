"""Who has which images, and in which order: decided by the seed alone."""

from __future__ import annotations

import numpy as np
import pytest

from batch_order import batch_order
from digits.mlp import initial_weights
from digits.split import HELD_OUT, split
from weight_files import fingerprint

TOTAL = 1797


@pytest.mark.parametrize("clients", [1, 3, 7, 100])
def test_every_image_is_held_out_or_with_exactly_one_client(clients: int) -> None:
    held_out, shards = split(TOTAL, clients, 0)
    assert len(held_out) == HELD_OUT
    assert len(shards) == clients
    assert sorted(np.concatenate([held_out, *shards])) == list(range(TOTAL))
    sizes = [len(rows) for rows in shards]
    assert max(sizes) - min(sizes) <= 1


def test_the_union_of_the_shards_does_not_depend_on_how_many_there_are() -> None:
    unions = [np.concatenate(split(TOTAL, clients, 4)[1]) for clients in (1, 3, 10)]
    assert (unions[0] == unions[1]).all()
    assert (unions[0] == unions[2]).all()


def test_an_order_is_a_permutation_for_each_epoch() -> None:
    order = batch_order(0, 2, 3, 479, epochs=3)
    assert order.shape == (3, 479)
    for epoch in order:
        assert sorted(epoch) == list(range(479))
    assert (order[0] != order[1]).any()


def test_seed_round_and_client_each_change_the_order() -> None:
    one = batch_order(0, 1, 1, 100)
    assert (one == batch_order(0, 1, 1, 100)).all()
    for other in (batch_order(1, 1, 1, 100), batch_order(0, 2, 1, 100), batch_order(0, 1, 2, 100)):
        assert (one != other).any()


def test_the_first_epoch_is_the_documented_draw() -> None:
    drawn = np.random.default_rng([7, 2, 3]).permutation(50)
    assert (batch_order(7, 2, 3, 50, epochs=2)[0] == drawn).all()


def test_another_seed_changes_split_and_initial_weights() -> None:
    assert (split(TOTAL, 3, 0)[0] != split(TOTAL, 3, 1)[0]).any()
    assert fingerprint(initial_weights(0)) != fingerprint(initial_weights(1))
    assert fingerprint(initial_weights(0)) == fingerprint(initial_weights(0))
