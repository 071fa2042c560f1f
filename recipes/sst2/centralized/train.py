"""The baseline: the same head, initial weights and batches, trained on all shards together in one process.

A round here is what a federation of one client computes in it, its fresh Adam included. With --inline the
model is the whole one, strings in and BERT inside, instead of the head on kept vectors: the same result,
much later.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path

from federation_end import declare_end
from metric_line import print_line, print_metric
from sst2.local_training import LocalTraining, save_final
from sst2.sentences import load_sst2
from sst2.whole_model import WholeModelTraining, union_of_sentences
from sst2.work_folder import Shard, load_initial, load_task, load_union
from weight_files import final_file, round_file, save_arrays


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to sleep in every round")
    LocalTraining.add_arguments(parser)
    whole = parser.add_argument_group("the whole model")
    whole.add_argument("--inline", action="store_true", help="train it instead of the head alone")
    whole.add_argument("--bert-preprocess", default="", help="TF Hub handle or SavedModel folder")
    whole.add_argument("--bert-encoder", default="", help="TF Hub handle or SavedModel folder")
    whole.add_argument("--data", default="", help="as prepare takes it")
    whole.add_argument("--cache", type=Path, help="as prepare takes it")
    args = parser.parse_args()

    work, artifacts = args.run / "work", args.run / "artifacts"
    training, union = whole_model(args, work) if args.inline else (LocalTraining.of(args), load_union(work))
    weights = load_initial(work)
    save_arrays(round_file(artifacts, 0), weights)
    for round in range(1, args.rounds + 1):
        print_line(f"[ROUND {round}] {len(union.y)} sentences")
        weights, figures = training.train(weights, union, round)
        time.sleep(args.pause)
        print_metric(round, "client", **figures)
        save_arrays(round_file(artifacts, round), weights)
    save_final(artifacts, weights, args.backend)
    if isinstance(training, WholeModelTraining):
        training.save(final_file(artifacts).with_name("whole_model"))
    declare_end(work)


def whole_model(args: argparse.Namespace, work: Path) -> tuple[WholeModelTraining, Shard]:
    """The model with its encoder inside, and the sentences instead of their vectors."""
    task = load_task(work)
    if task["encoder"] != "bert" or args.backend != "keras":
        sys.exit(
            "error: inline trains the model of the book, whose encoder is bert and whose backend is keras; "
            f"this run has {task['encoder']} and {args.backend}"
        )
    if args.device == "cpu":
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    os.environ.setdefault("TFHUB_CACHE_DIR", str(args.cache / "tfhub"))  # where prepare left the download
    train = load_sst2(Path(args.data) if args.data else None, args.cache).train
    training = WholeModelTraining(
        args.bert_preprocess, args.bert_encoder, args.local_epochs, args.batch_size, args.lr
    )
    return training, union_of_sentences(work, task["clients"], task["seed"], train)


if __name__ == "__main__":
    main()
