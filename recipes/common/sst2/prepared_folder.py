"""The prepared files of one question (encoder, sentences, clients, seed, limit): made once in the cache, linked
into the work folder of every run that asks it again."""

from __future__ import annotations

import argparse
import hashlib
import json
from functools import cache as once
from pathlib import Path

import numpy as np

from kept_folder import kept_folder
from metric_line import print_line
from sst2.encoders import Choice, Encoder
from sst2.head import initial_weights
from sst2.sentences import Sst2
from sst2.vectors import vectors_of
from sst2.work_folder import HASHES, TASK, UNION, Shard, order_hash, shard_name
from weight_files import fingerprint, save_arrays

FORMAT = 2  # of the prepared files; another number makes old ones in the cache unused


def prepared_folder(data: Sst2, shards: list[np.ndarray], choice: Choice, args: argparse.Namespace) -> Path:
    """The folder in the cache that holds the answer; makes it if it is not there."""
    question = {
        "format": FORMAT,
        "encoder": choice.identity,
        "data": data_hash(data),
        "clients": args.clients,
        "seed": args.seed,
        "limit": args.limit,
    }
    key = hashlib.sha256(json.dumps(question).encode()).hexdigest()[:32]
    folder: Path = args.cache / "sst2" / "prepared" / key
    return kept_folder(folder, TASK, lambda half: _make(half, data, shards, choice, args))


def data_hash(data: Sst2) -> str:
    """What the sentences and labels hash to."""
    digest = hashlib.sha256()
    for part in (data.train, data.dev):
        digest.update("\n".join(part.texts).encode())
        digest.update(part.labels.astype(np.uint8).tobytes())
    return digest.hexdigest()


def _make(
    folder: Path, data: Sst2, shards: list[np.ndarray], choice: Choice, args: argparse.Namespace
) -> None:
    @once
    def encoder() -> Encoder:
        print_line(f"loading {choice.name}")
        return choice.load(args.device)

    # All sentences, whoever has them: other seeds and other numbers of clients then find their vectors.
    wanted = np.sort(np.concatenate(shards)) if args.limit else np.arange(len(data.train.texts))
    texts = [data.train.texts[row] for row in wanted]
    dev_vectors, dev_key = vectors_of(data.dev.texts, choice, args.cache, "validation", encoder)
    vectors, key = vectors_of(texts, choice, args.cache, "training", encoder)

    named = {shard_name(client): rows for client, rows in enumerate(shards, start=1)}
    orders = {UNION: order_hash(Shard(vectors, np.concatenate(shards), args.seed, 1))}
    for client, (name, rows) in enumerate(named.items(), start=1):
        x, y = vectors[np.searchsorted(wanted, rows)], data.train.labels[rows]
        save_arrays(folder / "shards" / f"{name}.npz", {"x": x, "y": y, "rows": rows})
        orders[name] = order_hash(Shard(x, y, args.seed, client))
    held_out = {"x": np.array(dev_vectors), "y": data.dev.labels, "rows": np.arange(len(data.dev.labels))}
    save_arrays(folder / "held-out.npz", held_out)
    weights = initial_weights(args.seed, vectors.shape[1])
    save_arrays(folder / "initial.npz", weights)

    task = {
        "seed": args.seed,
        "clients": args.clients,
        "rows": [len(rows) for rows in shards],
        "positive": [int(data.train.labels[rows].sum()) for rows in shards],
        "held_out": len(data.dev.labels),
        "width": vectors.shape[1],
        "encoder": choice.name,
        "first_orders": orders,
    }
    hashes = {
        "data": data_hash(data),
        "vectors": f"{key} {dev_key}",
        "split": fingerprint(named),
        "order": fingerprint({name: np.array(value) for name, value in orders.items()}),
        "weights": fingerprint(weights),
    }
    (folder / TASK).write_text(json.dumps(task, indent=2) + "\n")
    (folder / HASHES).write_text(json.dumps(hashes, indent=2) + "\n")
