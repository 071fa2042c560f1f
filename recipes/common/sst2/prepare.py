"""Prepares the SST-2 task: sentence vectors, shards, held-out part and initial weights, from one seed.

    python -m sst2.prepare --out WORK --cache CACHE --data /data/SST-2.zip --encoder minilm --limit 600

The same question is answered from the cache: files in WORK are then links to those in CACHE.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import sys
from functools import cache as once
from pathlib import Path
from typing import Any

import numpy as np

from metric_line import print_line
from sst2 import bert
from sst2.encoders import NAMES as ENCODERS
from sst2.encoders import Choice, Encoder, EncoderError, choose
from sst2.head import initial_weights
from sst2.sentences import DataError, Sst2, load_sst2
from sst2.split import split
from sst2.vectors import vectors_of
from sst2.work_folder import HASHES, TASK, UNION, Shard, load_task, order_hash, shard_name
from weight_files import fingerprint, save_arrays

FORMAT = 1  # of the prepared files; another number makes old ones in the cache unused


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the prepared files")
    parser.add_argument("--cache", type=Path, required=True, help="folder for what is kept between runs")
    parser.add_argument("--data", default="", help="SST-2.zip, a folder with its files, or a TFDS folder")
    parser.add_argument("--encoder", choices=ENCODERS, default="auto")
    parser.add_argument(
        "--bert-preprocess", default=bert.PREPROCESS, help="TF Hub handle or SavedModel folder"
    )
    parser.add_argument("--bert-encoder", default=bert.ENCODER, help="TF Hub handle or SavedModel folder")
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--limit", type=int, default=0, help="so many training sentences only; 0: all")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="for the encoder")
    args = parser.parse_args()
    try:
        prepare(args)
    except (DataError, EncoderError, ValueError) as error:
        sys.exit(f"error: {error}")


def prepare(args: argparse.Namespace) -> None:
    """Fills the work folder. Raises DataError, EncoderError or ValueError with a sentence for people."""
    data = load_sst2(Path(args.data) if args.data else None, args.cache)
    print_line(
        f"data: {len(data.train.texts):,} training and {len(data.dev.texts)} validation sentences, {data.source}"
    )
    shards = split(len(data.train.texts), args.clients, args.seed, args.limit)
    choice = choose(args.encoder, args.bert_preprocess, args.bert_encoder, args.cache)
    print_line(f"encoder: {choice.says}")

    question = {
        "format": FORMAT,
        "encoder": choice.identity,
        "data": data_hash(data),
        "clients": args.clients,
        "seed": args.seed,
        "limit": args.limit,
    }
    key = hashlib.sha256(json.dumps(question).encode()).hexdigest()[:32]
    prepared = args.cache / "sst2" / "prepared" / key
    if not (prepared / TASK).exists():
        make(prepared, data, shards, choice, args, question["data"])
    else:
        print_line(f"prepared files: from the cache, {prepared}")
    link(prepared, args.out)
    tell(load_task(args.out))
    for name, value in json.loads((args.out / HASHES).read_text()).items():
        print_line(f"sha256 of {name}: {value}")


def make(
    prepared: Path,
    data: Sst2,
    shards: list[np.ndarray],
    choice: Choice,
    args: argparse.Namespace,
    data_sha: str,
) -> None:
    """Computes what is not there yet, in a folder that gets its name when it is complete."""

    @once
    def encoder() -> Encoder:
        print_line(f"loading {choice.name}")
        return choice.load(args.device)

    wanted = np.sort(np.concatenate(shards)) if args.limit else np.arange(len(data.train.texts))
    texts = [data.train.texts[row] for row in wanted]
    dev_vectors, dev_key = vectors_of(data.dev.texts, choice, args.cache, "validation", encoder)
    vectors, train_key = vectors_of(texts, choice, args.cache, "training", encoder)

    half = prepared.with_name(f".{prepared.name}.{os.getpid()}")
    orders = {UNION: order_hash(Shard(vectors, np.concatenate(shards), args.seed, 1))}
    for client, rows in enumerate(shards, start=1):
        x, y = vectors[np.searchsorted(wanted, rows)], data.train.labels[rows]
        save_arrays(half / "shards" / f"{shard_name(client)}.npz", {"x": x, "y": y, "rows": rows})
        orders[shard_name(client)] = order_hash(Shard(x, y, args.seed, client))
    dev = {"x": np.array(dev_vectors), "y": data.dev.labels, "rows": np.arange(len(data.dev.labels))}
    save_arrays(half / "held-out.npz", dev)
    width = int(vectors.shape[1])
    weights = initial_weights(args.seed, width)
    save_arrays(half / "initial.npz", weights)
    named = {shard_name(client): rows for client, rows in enumerate(shards, start=1)}
    task: dict[str, Any] = {
        "seed": args.seed,
        "clients": args.clients,
        "rows": [len(rows) for rows in shards],
        "positive": [int(data.train.labels[rows].sum()) for rows in shards],
        "held_out": len(data.dev.labels),
        "width": width,
        "encoder": choice.name,
        "source": data.source,
        "first_orders": orders,
    }
    hashes = {
        "data": data_sha,
        "vectors": f"{train_key} {dev_key}",
        "split": fingerprint(named),
        "order": fingerprint({name: np.array(value) for name, value in orders.items()}),
        "weights": fingerprint(weights),
    }
    (half / TASK).write_text(json.dumps(task, indent=2) + "\n")
    (half / HASHES).write_text(json.dumps(hashes, indent=2) + "\n")
    for file in (path for path in half.rglob("*") if path.is_file()):
        file.chmod(0o444)  # runs hold links to it
    try:
        half.rename(prepared)
    except OSError:  # another run was faster with the same
        shutil.rmtree(half)


def data_hash(data: Sst2) -> str:
    """What the sentences and labels hash to."""
    digest = hashlib.sha256()
    for part in (data.train, data.dev):
        digest.update("\n".join(part.texts).encode())
        digest.update(part.labels.astype(np.uint8).tobytes())
    return digest.hexdigest()


def link(prepared: Path, out: Path) -> None:
    """The prepared files in the work folder: hard links, copies where the cache is another disk."""
    for file in sorted(path for path in prepared.rglob("*") if path.is_file()):
        place = out / file.relative_to(prepared)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.unlink(missing_ok=True)
        try:
            os.link(file, place)
        except OSError:
            shutil.copy2(file, place)


def tell(task: dict[str, Any]) -> None:
    """What was prepared, for the person who watches."""
    for client, (rows, positive) in enumerate(zip(task["rows"], task["positive"], strict=True), start=1):
        print_line(f"{shard_name(client)}: {rows:,} sentences, {positive:,} of them positive")
    print_line(f"held out: {task['held_out']} validation sentences that no client has")
    print_line(f"vectors: {task['width']} numbers a sentence, by {task['encoder']}")


if __name__ == "__main__":
    main()
