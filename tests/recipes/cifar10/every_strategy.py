"""What the strategies of both flows of Flower make of three clients' models, in the environment `flower`.

    python every_strategy.py RECIPES/cifar10 OUT.npz

OUT holds the initial weights, the clients' models and, under FLOW:STRATEGY:NAME, the global weights that the
recipe's strategy made of them in round 1. Everything goes through what the recipes themselves start.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np

recipes, out = Path(sys.argv[1]), sys.argv[2]
sys.path[:0] = [str(recipes / "flower"), str(recipes / "flower-superlink" / "app")]

import server as legacy  # noqa: E402
from cifar10_app import server_app as modern  # noqa: E402
from flwr.app import ConfigRecord, MetricRecord, RecordDict  # noqa: E402
from flwr.common import Code, FitRes, Status, ndarrays_to_parameters  # noqa: E402

import flower_serverapp  # noqa: E402
from cifar10.flower_strategies import NAMES, own_options, strategy_of  # noqa: E402
from cifar10.vgg import Architecture  # noqa: E402
from weight_files import load_arrays, round_file  # noqa: E402

NUMBERS = {"server-lr": 0.02, "tau": 0.01, "mu": 0.1, "trim": 0.34, "faulty": 0}
EXAMPLES = (10, 30, 20)
model = Architecture.of("vgg_small")
initial = model.initial_weights(0)
rng = np.random.default_rng(1)
clients = [
    {name: array + 0.05 * rng.standard_normal(array.shape, np.float32) for name, array in initial.items()}
    for _ in EXAMPLES
]
clients[2] = {name: array * 3 for name, array in clients[2].items()}  # nothing like the other two
found = {f"initial:{name}": array for name, array in initial.items()}
for number, weights in enumerate(clients, start=1):
    found |= {f"client-{number}:{name}": array for name, array in weights.items()}


def by_legacy(strategy: str, run: Path) -> None:
    parser = argparse.ArgumentParser()
    legacy.add_strategy(parser)
    options = [f"--{name}={value}" for name, value in NUMBERS.items()]
    args = parser.parse_args(["--strategy", strategy, *options])
    args.run, args.rounds, args.clients, args.min_clients = run, 2, 3, 2
    recording = legacy.recording_strategy(args, model, initial)
    results = [
        (
            SimpleNamespace(cid=str(number)),
            FitRes(
                Status(Code.OK, ""),
                ndarrays_to_parameters(model.as_list(weights)),
                EXAMPLES[number - 1],
                {"client": number},
            ),
        )
        for number, weights in enumerate(clients, start=1)
    ]
    recording.aggregate_fit(1, results[::-1], [])  # as they may arrive


def by_modern(strategy: str, run: Path) -> None:
    kind = flower_serverapp.recording(strategy_of(modern.flower, strategy))
    options = own_options(strategy, **modern.numbers(NUMBERS))
    recording = kind(run / "artifacts", 2, 3, 2, 60.0, exact=True, **options)
    recording.current_arrays = dict(initial)  # what an adaptive strategy keeps when it sends a round out
    replies = []
    for number, weights in enumerate(clients, start=1):
        content = RecordDict(
            {
                "arrays": flower_serverapp.record_of(weights),
                "metrics": MetricRecord({"num-examples": EXAMPLES[number - 1]}),
                "who": ConfigRecord({"client": number}),
            }
        )
        replies.append(SimpleNamespace(content=content, has_error=lambda: False))
    recording.aggregate_train(1, replies[::-1])


for flow, aggregate in (("legacy", by_legacy), ("modern", by_modern)):
    for strategy in NAMES:
        with tempfile.TemporaryDirectory() as folder:
            aggregate(strategy, Path(folder))
            made = load_arrays(round_file(Path(folder) / "artifacts", 1))
        assert {array.dtype.str for array in made.values()} == {"<f4"}
        found |= {f"{flow}:{strategy}:{name}": array for name, array in made.items()}
np.savez(out, **found)
