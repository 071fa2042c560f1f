"""Prepares the CIFAR-10 task: images, who has which, and initial weights, from one seed.

    python -m cifar10.prepare --out WORK --artifacts ARTIFACTS --cache CACHE --data /data/cifar10 \\
        --split dirichlet --alpha 0.3

Images and weights are links to what lies in CACHE.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from cifar10.images import DataError, find_cifar10
from cifar10.prepared_folder import Question, prepare_work
from cifar10.skew import NAMES, table
from cifar10.split import SPLITS, SplitNumbers
from cifar10.vgg import MODELS, NORMS, Architecture
from cifar10.work_folder import HASHES
from metric_line import print_line, print_metric


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder for the prepared files")
    parser.add_argument("--artifacts", type=Path, required=True, help="folder for the label histograms")
    parser.add_argument("--cache", type=Path, required=True, help="folder for what is kept between runs")
    parser.add_argument("--data", default="", help="torchvision's folder, or an .npz")
    parser.add_argument("--limit", type=int, default=0, help="so many training images only; 0: all")
    parser.add_argument("--test-limit", type=int, default=0, help="so many test images only; 0: all")
    parser.add_argument("--model", choices=MODELS, default="vgg_small")
    parser.add_argument("--norm", choices=NORMS, default="auto")
    parser.add_argument("--outputs", type=int, default=10)
    parser.add_argument("--clients", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--augment", choices=("true", "false"), default="true", help="crop and flip")
    parser.add_argument("--split", choices=list(SPLITS), default="class_focus")
    numbers = SplitNumbers()
    parser.add_argument("--sel-count", type=float, default=numbers.sel_count)
    parser.add_argument("--def-count", type=float, default=numbers.def_count)
    parser.add_argument("--focus", type=float, default=numbers.focus)
    parser.add_argument("--alpha", type=float, default=numbers.alpha)
    parser.add_argument("--shards-per-client", type=int, default=numbers.shards_per_client)
    args = parser.parse_args()
    try:
        prepare(args)
    except (DataError, ValueError) as error:
        sys.exit(f"error: {error}")


def prepare(args: argparse.Namespace) -> None:
    """Fills the work folder. Raises DataError or ValueError with a sentence for people."""
    question = Question(
        Architecture.of(args.model, args.norm, args.outputs),
        args.clients,
        args.seed,
        args.split,
        SplitNumbers(args.sel_count, args.def_count, args.focus, args.alpha, args.shards_per_client),
        args.augment == "true",
        args.limit,
        args.test_limit,
    )
    source = find_cifar10(Path(args.data) if args.data else None, args.cache)
    print_line(f"data: {source.path}")
    task = prepare_work(source, question, args.cache, args.out)
    record_split(args.artifacts, task)
    tell(task)
    for name, value in json.loads((args.out / HASHES).read_text()).items():
        print_line(f"sha256 of {name}: {value}")


def record_split(artifacts: Path, task: dict[str, Any]) -> None:
    """artifacts/split.json: who has how many images of which class, and how skewed that is."""
    artifacts.mkdir(parents=True, exist_ok=True)
    kept = {"split": task["split"], "classes": NAMES, "labels": task["labels"], "skew": task["skew"]}
    (artifacts / "split.json").write_text(json.dumps(kept) + "\n")


def tell(task: dict[str, Any]) -> None:
    """What was prepared, for the person who watches."""
    for line in table(np.array(task["labels"])):
        print_line(line)
    print_line(
        f"skew: {task['skew']:.3f}, the mean total variation distance of a client's labels from uniform "
        f"(split={task['split']})"
    )
    print_metric(0, "global", skew=task["skew"])
    print_line(f"held out: {task['held_out']:,} test images that no client has")
    made = task["architecture"]
    print_line(
        f"model: {made['model']}, norm {made['norm']}, {made['outputs']} outputs, {task['parameters']:,} numbers, "
        f"{task['parameters'] * 4 / 1e6:,.1f} MB"
    )


if __name__ == "__main__":
    main()
