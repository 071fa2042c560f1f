"""The baseline: the same model, weights and batches, trained on all shards together in one process.

It is what a federation of one client computes; `--rounds` only says how often weights are kept.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from digits.mlp import score, train
from digits.work_folder import UNION, load_initial, load_shard
from federation_end import declare_end
from metric_line import print_line, print_metric
from weight_files import final_file, round_file, save_arrays


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--lr", type=float, default=0.3)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to sleep in every round")
    args = parser.parse_args()

    work, artifacts = args.run / "work", args.run / "artifacts"
    union, weights = load_shard(work, UNION), load_initial(work)
    save_arrays(round_file(artifacts, 0), weights)
    for round in range(1, args.rounds + 1):
        print_line(f"[ROUND {round}] {len(union.labels)} images")
        weights = train(weights, union.images, union.labels, union.order_of(round), args.batch_size, args.lr)
        time.sleep(args.pause)
        accuracy, loss = score(weights, union.images, union.labels)
        print_metric(round, "client", accuracy=accuracy, loss=loss)
        save_arrays(round_file(artifacts, round), weights)
    save_arrays(final_file(artifacts), weights)
    declare_end(work)


if __name__ == "__main__":
    main()
