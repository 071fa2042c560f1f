"""What OpenFL makes of three clients' models, strategy by strategy, in two rounds: in one of its environments.

    python every_openfl_strategy.py OUT.npz

OUT holds the initial weights, under CLIENT:ROUND:NAME the clients' models and under STRATEGY:ROUND:NAME what
OpenFL's own database of tensors made of them with the recipes' strategy. `again` is the first adaptive
strategy once more in the same process, as in a director's second experiment.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from openfl.databases import TensorDB
from openfl.utilities import TensorKey, change_tags

from cifar10.openfl_strategies import NAMES, Strategy
from weight_files import save_arrays

EXAMPLES = {"client-1": 10, "client-2": 30, "client-3": 20}
SHAPES = {"features.0.weight": (4, 3, 3, 3), "features.1.running_var": (4,), "classifier.0.bias": (10,)}
rng = np.random.default_rng(1)
work = Path("work")
work.mkdir()
initial = {name: rng.random(shape, np.float32) for name, shape in SHAPES.items()}
save_arrays(work / "initial.npz", initial)
found = {f"initial:{name}": array for name, array in initial.items()}
# The second round's steps are a tenth of the first's: there, Yogi's moment falls.
models = {
    (client, round): {
        name: array + np.float32(0.5 / 10**round) * rng.standard_normal(array.shape, np.float32)
        for name, array in initial.items()
    }
    for client in EXAMPLES
    for round in (0, 1)
}
for (client, round), weights in models.items():
    found |= {f"{client}:{round}:{name}": array for name, array in weights.items()}


def two_rounds(strategy: Strategy) -> list[dict[str, np.ndarray]]:
    """As the aggregator does it: what came of a round is its database's `aggregated` of the next."""
    database, made = TensorDB(), []
    database.cache_tensor({TensorKey(name, "a", 0, False, ("model",)): initial[name] for name in initial})
    shares = {client: number / sum(EXAMPLES.values()) for client, number in EXAMPLES.items()}
    for round in (0, 1):
        weights = {}
        for name in initial:
            for client in EXAMPLES:
                key = TensorKey(name, "a", round, False, change_tags(("trained",), add_field=client))
                database.cache_tensor({key: models[client, round][name]})
            key = TensorKey(name, "a", round, False, ("trained",))
            weights[name] = database.get_aggregated_tensor(key, shares, strategy)
            database.cache_tensor({TensorKey(name, "a", round + 1, False, ("aggregated",)): weights[name]})
        made.append({name: array.copy() for name, array in weights.items()})
        assert {array.dtype.str for array in weights.values()} == {"<f4"}
    return made


def fresh(name: str) -> Strategy:
    """As the director gets it, unpickled: made anew, OpenFL would give the object that it has."""
    strategy = Strategy.__new__(Strategy)
    strategy.__init__(name, str(work), server_lr=0.02, tau=0.01)
    return strategy


for label, name in (*((name, name) for name in NAMES), ("again", "fedadam")):
    for round, weights in enumerate(two_rounds(fresh(name))):
        found |= {f"{label}:{round}:{name}": array for name, array in weights.items()}
save_arrays(Path(sys.argv[1]), found)
