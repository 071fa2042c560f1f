"""Prepares the digits task: shards, held-out part, batch order and initial weights, all from one seed.

python -m digits.prepare --out WORK --clients 3 --rounds 3 --local-epochs 1 --seed 0
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

from batch_order import batch_order
from digits.mlp import initial_weights
from digits.split import split
from digits.work_folder import UNION, shard_name
from weight_files import fingerprint, save_arrays

MOST_ORDER_BYTES = 1_000_000_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the prepared files")
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--local-epochs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    # The data set comes with scikit-learn: 1,797 images of 8 x 8 pixels, values 0 to 16.
    data = load_digits()
    images, labels = data.data / 16.0, data.target.astype(np.int64)
    held_out, shards = split(len(images), args.clients, args.seed)
    if args.rounds * args.local_epochs * len(images) * 4 > MOST_ORDER_BYTES:
        sys.exit(
            f"{args.rounds} rounds of {args.local_epochs} epochs need over 1 GB of batch order: choose fewer"
        )

    # The union has the order of client 1 of 1: training on it is what a federation of one client does.
    named = {shard_name(number): rows for number, rows in enumerate(shards, start=1)}
    clients = {name: number for number, name in enumerate(named, start=1)} | {UNION: 1}
    named[UNION] = np.concatenate(shards)

    orders = {}
    for name, rows in named.items():
        save_arrays(
            args.out / "shards" / f"{name}.npz",
            {"images": images[rows], "labels": labels[rows], "rows": rows},
        )
        order = np.empty((args.rounds, args.local_epochs, len(rows)), dtype=np.uint16)
        for number in range(1, args.rounds + 1):
            order[number - 1] = batch_order(args.seed, number, clients[name], len(rows), args.local_epochs)
        (args.out / "order").mkdir(exist_ok=True)
        np.save(args.out / "order" / f"{name}.npy", order)
        orders[name] = order
        if name != UNION:
            counts = np.bincount(labels[rows], minlength=10)
            print(f"{name}: {len(rows)} images, of each digit {' '.join(map(str, counts))}")
    save_arrays(
        args.out / "held-out.npz", {"images": images[held_out], "labels": labels[held_out], "rows": held_out}
    )
    print(f"held out: {len(held_out)} images that no client has")
    weights = initial_weights(args.seed)
    save_arrays(args.out / "initial.npz", weights)

    everything = np.concatenate([held_out, named[UNION]])
    hashes = {
        "data": fingerprint({"images": images[everything], "labels": labels[everything]}),
        "split": fingerprint({"held-out": held_out, **named}),
        "order": fingerprint(orders),
        "weights": fingerprint(weights),
    }
    (args.out / "hashes.json").write_text(json.dumps(hashes, indent=2) + "\n")
    for name, value in hashes.items():
        print(f"sha256 of {name}: {value}")


if __name__ == "__main__":
    main()
