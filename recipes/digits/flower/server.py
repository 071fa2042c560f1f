"""The Flower server of the book's flow: `start_server`, and FedAvg that keeps every round's weights."""

from __future__ import annotations

import argparse

from flwr.server.strategy import FedAvg

from digits.mlp import NAMES
from digits.work_folder import load_initial
from flower_server import add_arguments, recording, serve
from weight_files import Weights, final_file, save_arrays


def as_weights(arrays) -> Weights:
    """The network's arrays under their names."""
    return dict(zip(NAMES, arrays, strict=True))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser, rounds=3, round_timeout=600.0)
    args = parser.parse_args()
    initial = load_initial(args.run / "work")
    strategy = recording(FedAvg)(args, {name: initial[name] for name in NAMES}, as_weights)
    serve(args, strategy, lambda artifacts, weights: save_arrays(final_file(artifacts), weights))


if __name__ == "__main__":
    main()
