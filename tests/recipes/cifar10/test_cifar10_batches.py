"""What a client sees in a round: given by (seed, round, client, batch) alone, whichever backend asks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from cifar10.pixels import MEAN, STD, cropped_and_flipped, normalized
from cifar10.work_folder import Shard, WorkFolderError, load_shard, load_union, order_hash, shard_name
from weight_files import save_arrays


def pictures(rows: int) -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (rows, 32, 32, 3)).astype(np.uint8)


def shard(rows: int = 70, client: int = 2, augment: bool = True) -> Shard:
    return Shard(pictures(rows), np.arange(rows) % 10, seed=5, client=client, augment=augment)


def same(one: Shard, other: Shard, round: int = 1, other_round: int = 1) -> bool:
    pairs = zip(one.batches(round), other.batches(other_round), strict=True)
    return all(np.array_equal(a[0], b[0]) and np.array_equal(a[1], b[1]) for a, b in pairs)


def test_normalized_images_are_float32_with_the_published_mean_and_deviation() -> None:
    black = normalized(np.zeros((1, 32, 32, 3), np.uint8))
    assert black.dtype == np.float32
    assert black[0, 0, 0] == pytest.approx(-MEAN / STD)
    white = normalized(np.full((1, 32, 32, 3), 255, np.uint8))
    assert white[0, 9, 9] == pytest.approx((1 - MEAN) / STD, rel=1e-5)


def test_a_crop_is_a_window_of_the_image_with_a_black_edge_perhaps_mirrored() -> None:
    images = pictures(200)
    drawn = np.random.default_rng(7)
    (downs, rights), mirrored = drawn.integers(0, 9, (2, 200)), drawn.integers(0, 2, 200)
    found = cropped_and_flipped(images, np.random.default_rng(7))
    assert found.dtype == np.uint8
    for image, crop, down, right, mirror in zip(images, found, downs, rights, mirrored, strict=True):
        back = np.zeros((40, 40, 3), np.uint8)
        back[4:36, 4:36] = image
        window = back[down : down + 32, right : right + 32]
        assert np.array_equal(crop, window[:, ::-1] if mirror else window)
    assert {0, 8} <= set(downs) & set(rights)
    assert 60 < mirrored.sum() < 140


def test_a_round_shows_every_image_once_an_epoch_and_the_last_batch_is_a_partial_one() -> None:
    batches = list(shard(augment=False).batches(3, epochs=2, batch_size=32))
    assert [len(labels) for _, labels in batches] == [32, 32, 6, 32, 32, 6]
    assert {(images.shape[1:], images.dtype.str) for images, _ in batches} == {((32, 32, 3), "<f4")}
    for epoch in (batches[:3], batches[3:]):
        seen = np.concatenate([images for images, _ in epoch])
        everything = normalized(pictures(70))
        assert np.array_equal(np.sort(seen.sum((1, 2, 3))), np.sort(everything.sum((1, 2, 3))))


def test_labels_stay_with_their_images() -> None:
    whole = shard(augment=False)
    for images, labels in whole.batches(1):
        for image, label in zip(images, labels, strict=True):
            (row,) = np.flatnonzero((normalized(whole.images) == image).all(axis=(1, 2, 3)))
            assert whole.labels[row] == label


def test_order_and_crops_are_the_documented_draws() -> None:
    images, labels = list(shard().batches(3))[1]
    rows = np.random.default_rng([5, 3, 2]).permutation(70)[32:64]
    drawn = np.random.default_rng([5, 3, 2, 2])  # the second batch of the round
    assert np.array_equal(images, normalized(cropped_and_flipped(pictures(70)[rows], drawn)))
    assert np.array_equal(labels, rows % 10)


def test_the_same_again_and_another_round_client_or_crop_is_not_the_same() -> None:
    assert same(shard(), shard())
    assert not same(shard(), shard(), 1, 2)
    assert not same(shard(), shard(client=3))
    assert not same(shard(), shard(augment=False))
    epochs = list(shard().batches(1, epochs=2))
    assert not np.array_equal(epochs[0][0], epochs[3][0])


# -- the work folder -------------------------------------------------------------------------------


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work folder of two clients that share three of twenty pictures."""
    images, labels = pictures(20), np.arange(20) % 10
    np.save(tmp_path / "train-images.npy", images)
    np.save(tmp_path / "train-labels.npy", labels)
    parts = {shard_name(1): np.arange(0, 11), shard_name(2): np.arange(8, 20, 2)}
    save_arrays(tmp_path / "split.npz", parts)
    orders = {
        name: order_hash(Shard(images[rows], labels[rows], 4, client, True))
        for client, (name, rows) in enumerate(parts.items(), start=1)
    }
    rows = np.unique(np.concatenate(list(parts.values())))
    orders["union"] = order_hash(Shard(images[rows], labels[rows], 4, 1, True))
    task = {"seed": 4, "clients": 2, "augment": True, "first_orders": orders}
    (tmp_path / "task.json").write_text(json.dumps(task))
    return tmp_path


def test_a_client_has_its_own_images_and_the_union_has_each_once(work: Path) -> None:
    second, union = load_shard(work, 2), load_union(work)
    assert np.array_equal(second.images, pictures(20)[8:20:2])
    assert (second.client, second.seed, second.augment) == (2, 4, True)
    assert len(union.labels) == 15
    assert union.client == 1


@pytest.mark.parametrize("change", ["order", "crops"])
def test_a_numpy_that_draws_other_batches_is_refused(work: Path, change: str) -> None:
    task = json.loads((work / "task.json").read_text())
    task |= {"seed": 5} if change == "order" else {"augment": False}
    (work / "task.json").write_text(json.dumps(task))
    with pytest.raises(WorkFolderError, match="draws other batches for client-1"):
        load_shard(work, 1)
