"""The Flower server of the book's flow: `start_server`, and FedAvg that keeps every round's weights."""

from __future__ import annotations

import argparse

from flwr.server.strategy import FedAvg

from flower_server import add_arguments, recording, serve
from sst2.head import as_list, as_weights
from sst2.local_training import BACKENDS, save_final
from sst2.work_folder import load_initial


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    add_arguments(parser, rounds=3, round_timeout=600.0)
    parser.add_argument(
        "--backend", choices=BACKENDS, default="keras", help="whose format the final model has"
    )
    args = parser.parse_args()
    initial = load_initial(args.run / "work")
    strategy = recording(FedAvg)(args, as_weights(as_list(initial)), as_weights)
    serve(args, strategy, lambda artifacts, weights: save_final(artifacts, weights, args.backend))


if __name__ == "__main__":
    main()
