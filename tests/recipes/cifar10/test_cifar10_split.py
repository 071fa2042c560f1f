"""The six splits: nothing is used twice where it must not be, counts are exact, the seed decides everything."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cifar10.skew import NAMES, histograms, skew_of, table
from cifar10.split import CLASSES, SPLITS, SplitNumbers, owners_of_classes, split

DISJOINT = [name for name in SPLITS if name != "class_focus"]
WHOLE = ["class_focus_disjoint", "dirichlet", "quantity"]  # these leave nothing over
SHARES = st.floats(0.0, 1.0)


@st.composite
def labels_of(draw: st.DrawFn) -> np.ndarray:
    """Labels as a part of CIFAR-10 has them: every class, not equally often, in no order."""
    sizes = draw(st.lists(st.integers(30, 90), min_size=CLASSES, max_size=CLASSES))
    labels = np.repeat(np.arange(CLASSES), sizes)
    return np.random.default_rng(draw(st.integers(0, 99))).permutation(labels)


NUMBERS = st.builds(
    SplitNumbers,
    sel_count=st.floats(0.05, 1.0),  # enough for a picture of every class
    def_count=st.floats(0.05, 1.0),
    focus=SHARES,
    alpha=st.floats(0.01, 100.0),
    shards_per_client=st.integers(1, 3),
)
ANY = {
    "labels": labels_of(),
    "clients": st.integers(1, 100),
    "seed": st.integers(0, 2**31),
    "numbers": NUMBERS,
}


@pytest.mark.parametrize("method", SPLITS)
@settings(max_examples=60, deadline=None)
@given(**ANY)
def test_every_client_has_something_no_row_twice_and_the_seed_decides(
    method: str, labels: np.ndarray, clients: int, seed: int, numbers: SplitNumbers
) -> None:
    parts = split(labels, clients, seed, method, numbers)
    assert len(parts) == clients
    for rows in parts:
        assert len(rows) > 0
        assert (np.diff(rows) > 0).all(), "ascending, so none is there twice"
        assert rows[0] >= 0
        assert rows[-1] < len(labels)
    again = split(labels, clients, seed, method, numbers)
    assert all((one == other).all() for one, other in zip(parts, again, strict=True))


@pytest.mark.parametrize("method", DISJOINT)
@settings(max_examples=60, deadline=None)
@given(**ANY)
def test_nobody_shares_an_image_but_in_class_focus(
    method: str, labels: np.ndarray, clients: int, seed: int, numbers: SplitNumbers
) -> None:
    rows = np.concatenate(split(labels, clients, seed, method, numbers))
    assert len(np.unique(rows)) == len(rows)
    if method in WHOLE:
        assert len(rows) == len(labels)


@settings(max_examples=100, deadline=None)
@given(**ANY)
def test_class_focus_gives_sel_count_of_the_own_and_def_count_of_the_other_classes(
    labels: np.ndarray, clients: int, seed: int, numbers: SplitNumbers
) -> None:
    parts = split(labels, clients, seed, "class_focus", numbers)
    counts, owners = histograms(labels, parts), owners_of_classes(clients)
    assert sorted({client for own in owners for client in own}) == list(range(clients))
    for label, size in enumerate(np.bincount(labels, minlength=CLASSES)):
        selected, default = (
            math.floor(share * size + 1e-9) for share in (numbers.sel_count, numbers.def_count)
        )
        own, others = owners[label], [client for client in range(clients) if client not in owners[label]]
        assert counts[own, label].sum() == selected
        assert np.ptp(counts[own, label]) <= 1
        assert (counts[others, label] == default).all()
        if len(others) > 1:  # the same images for all of them
            first, second = (parts[client][labels[parts[client]] == label] for client in others[:2])
            assert (first == second).all()


@settings(max_examples=100, deadline=None)
@given(**ANY)
def test_class_focus_disjoint_has_clients_of_equal_size_and_the_share_of_the_owner(
    labels: np.ndarray, clients: int, seed: int, numbers: SplitNumbers
) -> None:
    counts = histograms(labels, split(labels, clients, seed, "class_focus_disjoint", numbers))
    assert np.ptp(counts.sum(axis=1)) <= 1
    assert (counts.sum(axis=0) == np.bincount(labels, minlength=CLASSES)).all()
    if clients == 10 and np.ptp(counts.sum(axis=0)) == 0:  # then client n owns class n alone
        assert np.abs(np.diag(counts) - numbers.focus * counts.sum(axis=0)).max() <= 1


@pytest.mark.parametrize(("clients", "size"), [(10, 400), (5, 400), (2, 400)])
@pytest.mark.parametrize("focus", [0.1, 0.5, 0.8, 1.0])
def test_where_classes_divide_evenly_the_owner_has_exactly_its_share(
    clients: int, size: int, focus: float
) -> None:
    labels = np.repeat(np.arange(CLASSES), size)
    counts = histograms(labels, split(labels, clients, 0, "class_focus_disjoint", SplitNumbers(focus=focus)))
    for label, (owner,) in enumerate(owners_of_classes(clients)):
        assert abs(counts[owner, label] - focus * size) <= 1


@settings(max_examples=60, deadline=None)
@given(**ANY)
def test_iid_and_shards_give_everybody_equally_many(
    labels: np.ndarray, clients: int, seed: int, numbers: SplitNumbers
) -> None:
    equal = len(labels) // clients
    assert {len(rows) for rows in split(labels, clients, seed, "iid", numbers)} == {equal}
    pieces = numbers.shards_per_client
    found = split(labels, clients, seed, "shards", numbers)
    assert {len(rows) for rows in found} == {len(labels) // (clients * pieces) * pieces}


def test_two_shards_hold_few_classes_and_one_client_with_all_shards_holds_all() -> None:
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(CLASSES), 100))
    few = histograms(labels, split(labels, 10, 0, "shards"))
    assert (few > 0).sum(axis=1).max() <= 4
    assert ((few > 0).sum(axis=1) <= 2).sum() >= 8
    assert histograms(labels, split(labels, 1, 0, "shards")).tolist() == [[100] * CLASSES]


def test_the_seed_changes_every_split() -> None:
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(CLASSES), 100))
    for method in SPLITS:
        one, other = (split(labels, 3, seed, method)[0] for seed in (0, 1))
        assert not np.array_equal(one, other), method


@pytest.mark.parametrize("method", SPLITS)
def test_a_limit_takes_so_many_and_the_same_as_without(method: str) -> None:
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(CLASSES), 100))
    used = np.unique(np.concatenate(split(labels, 3, 7, method, limit=300)))
    assert len(used) <= 300
    assert set(used) <= set(np.random.default_rng([7, 0, 1]).permutation(1000)[:300])


def test_who_would_get_nothing_is_named() -> None:
    labels = np.repeat(np.arange(CLASSES), 10)
    with pytest.raises(ValueError, match="12 images are too few for 20 clients"):
        split(labels, 20, 0, "iid", limit=12)
    with pytest.raises(ValueError, match="split=class_focus leaves client-1 without an image"):
        split(labels, 3, 0, "class_focus", SplitNumbers(sel_count=0.0, def_count=0.0))
    with pytest.raises(ValueError, match="too few for 60 clients with 2 shards each"):
        split(labels, 60, 0, "shards")


# -- how severe it is ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("def_count", "expected"),
    [(1.0, 0.0), (0.5, 0.165), (0.3, 0.289), (0.2, 0.378), (0.1, 0.497), (0.05, 0.574), (0.0, 0.667)],
)
def test_the_chapters_strengths_have_the_skew_that_was_measured(def_count: float, expected: float) -> None:
    labels = np.repeat(np.arange(CLASSES), 1000)
    counts = histograms(labels, split(labels, 3, 0, "class_focus", SplitNumbers(def_count=def_count)))
    assert skew_of(counts) == pytest.approx(expected, abs=0.001)


def test_disjoint_focus_goes_from_no_skew_to_all_of_it_with_the_same_amount_of_data() -> None:
    labels = np.repeat(np.arange(CLASSES), 300)
    found = [
        histograms(labels, split(labels, 3, 0, "class_focus_disjoint", SplitNumbers(focus=focus)))
        for focus in (1 / 3, 0.5, 0.65, 0.8, 1.0)
    ]
    assert {tuple(counts.sum(axis=1)) for counts in found} == {(1000, 1000, 1000)}
    skews = [skew_of(counts) for counts in found]
    assert skews == sorted(skews)
    assert skews[0] < 0.002
    assert skews[-1] == pytest.approx(0.6, abs=0.001), "3 1/3 of 10 classes each"


@pytest.mark.parametrize(
    ("alpha", "expected"),
    [(10.0, 0.098), (2.0, 0.210), (1.0, 0.282), (0.5, 0.370), (0.2, 0.489), (0.1, 0.557)],
)
def test_dirichlets_skew_is_the_one_of_its_alpha(alpha: float, expected: float) -> None:
    """The mean of many draws; a single one is far from it."""
    labels = np.repeat(np.arange(CLASSES), 500)
    skews = [
        skew_of(histograms(labels, split(labels, 3, seed, "dirichlet", SplitNumbers(alpha=alpha))))
        for seed in range(150)
    ]
    assert np.mean(skews) == pytest.approx(expected, abs=0.025)


# Mean skew and mean size of the smallest and the greatest client over 60 seeds, by flwr-datasets 0.6.1 with 1,000
# labels: DirichletPartitioner(self_balancing=False, min_partition_size=1), ShardPartitioner(shuffle=True).
# ask_flwr_datasets.py prints them anew.
# (Its IidPartitioner does not shuffle: of sorted labels it makes pieces with a skew of 0.6.)
BY_FLWR_DATASETS = [
    ("dirichlet", 3, {"alpha": 0.1}, 0.554, 209, 469),
    ("dirichlet", 3, {"alpha": 0.5}, 0.365, 236, 435),
    ("dirichlet", 3, {"alpha": 2.0}, 0.209, 281, 392),
    ("dirichlet", 10, {"alpha": 0.1}, 0.687, 16, 217),
    ("dirichlet", 10, {"alpha": 0.5}, 0.440, 45, 172),
    ("dirichlet", 10, {"alpha": 2.0}, 0.243, 67, 138),
    ("shards", 10, {"shards_per_client": 2}, 0.804, 100, 100),
]


@pytest.mark.parametrize(("method", "clients", "numbers", "skew", "least", "most"), BY_FLWR_DATASETS)
def test_splits_are_as_skewed_and_as_uneven_as_those_of_flwr_datasets(
    method: str, clients: int, numbers: dict[str, float], skew: float, least: float, most: float
) -> None:
    labels = np.repeat(np.arange(CLASSES), 100)
    found = [
        histograms(labels, split(labels, clients, seed, method, SplitNumbers(**numbers)))  # type: ignore[arg-type]
        for seed in range(200)
    ]
    sizes = np.sort([counts.sum(axis=1) for counts in found])
    assert np.mean([skew_of(counts) for counts in found]) == pytest.approx(skew, abs=0.02)
    assert sizes[:, 0].mean() == pytest.approx(least, abs=20)
    assert sizes[:, -1].mean() == pytest.approx(most, abs=20)


def test_quantity_changes_sizes_and_not_labels() -> None:
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(CLASSES), 5000))
    counts = histograms(labels, split(labels, 5, 1, "quantity", SplitNumbers(alpha=1.0)))
    sizes = counts.sum(axis=1)
    assert sizes.max() > 2 * sizes.min()
    assert skew_of(counts[sizes > 1000]) < 0.05


def test_skew_is_zero_for_equal_shares_and_nine_tenths_for_a_single_class() -> None:
    assert skew_of(np.full((4, CLASSES), 7)) == 0.0
    assert skew_of(np.eye(CLASSES) * 50) == pytest.approx(0.9)


def test_the_table_has_a_row_a_client_and_a_column_a_class() -> None:
    lines = list(table(np.arange(20).reshape(2, 10) * 100))
    assert lines[0].split() == ["images", *NAMES, "all"]
    assert lines[2].split() == ["client-2", *(f"{number:,}" for number in range(1000, 2000, 100)), "14,500"]
    assert len({len(line) for line in lines}) == 1
