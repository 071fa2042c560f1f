"""Prepares the SST-2 task: sentence vectors, shards, held-out part and initial weights, from one seed.

    python -m sst2.prepare --out WORK --cache CACHE --data /data/SST-2.zip --encoder minilm --limit 600

The same question is answered from the cache: files in WORK are then links to those in CACHE.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from kept_folder import link
from metric_line import print_line
from sst2 import bert
from sst2.encoders import NAMES as ENCODERS
from sst2.encoders import EncoderError, choose
from sst2.prepared_folder import prepared_folder
from sst2.sentences import DataError, load_sst2
from sst2.split import split
from sst2.work_folder import HASHES, load_task, shard_name


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

    link(prepared_folder(data, shards, choice, args), args.out)
    tell(load_task(args.out))
    for name, value in json.loads((args.out / HASHES).read_text()).items():
        print_line(f"sha256 of {name}: {value}")


def tell(task: dict[str, Any]) -> None:
    """What was prepared, for the person who watches."""
    for client, (rows, positive) in enumerate(zip(task["rows"], task["positive"], strict=True), start=1):
        print_line(f"{shard_name(client)}: {rows:,} sentences, {positive:,} of them positive")
    print_line(f"held out: {task['held_out']} validation sentences that no client has")
    print_line(f"vectors: {task['width']} numbers a sentence, by {task['encoder']}")


if __name__ == "__main__":
    main()
