"""A simulation in TensorFlow Federated: federated averaging over all clients, in one script."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import tensorflow as tf
import tensorflow_federated as tff
from algorithms import add_arguments, build_process

from cifar10.keras_vgg import build_layers, from_keras, save_final, to_keras
from cifar10.pixels import MEAN, STD
from cifar10.vgg import Architecture
from cifar10.work_folder import Shard, load_architecture, load_initial, load_shard, load_task
from federation_end import declare_end
from metric_line import print_line, print_metric
from tff_worker_watch import WorkerWatch
from ticker import meanwhile
from weight_files import round_file, save_arrays


def model_of(architecture: Architecture) -> tff.learning.models.VariableModel:
    """TFF calls this while it traces, and wants a new model that is not compiled. It adds the layers'
    regularizers to the loss, as Keras does: they are the weight decay."""
    return tff.learning.models.from_keras_model(
        tf.keras.Sequential(build_layers(architecture)),
        loss=tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        input_spec=(tf.TensorSpec([None, 32, 32, 3], tf.float32), tf.TensorSpec([None], tf.int64)),
        metrics=[tf.keras.metrics.SparseCategoricalAccuracy()],
    )


def scaled(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """`cifar10.pixels.normalized` in the worker, so that the pictures travel as bytes."""
    return (tf.cast(images, tf.float32) / 255.0 - MEAN) / STD, labels


def dataset_of(shard: Shard, round: int, epochs: int, batch_size: int) -> tf.data.Dataset:
    """What a client trains on in this round: its pictures in the given order, epoch after epoch, the last
    batch of each as small as it comes."""
    batches = list(shard.stored_batches(round, epochs, batch_size))
    steps, found = len(batches) // epochs, None
    for start in range(0, len(batches), steps):
        images, labels = zip(*batches[start : start + steps], strict=True)
        epoch = tf.data.Dataset.from_tensor_slices((np.concatenate(images), np.concatenate(labels)))
        epoch = epoch.batch(batch_size)
        found = epoch if found is None else found.concatenate(epoch)
    return found.map(scaled)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--local-epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--lr", type=float, default=0.01)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to sleep before every round")
    add_arguments(parser)
    args = parser.parse_args()

    work, artifacts = args.run / "work", args.run / "artifacts"
    architecture, weights = load_architecture(work), load_initial(work)
    try:
        build_layers(architecture)
    except ValueError as error:
        sys.exit(f"error: {error}")
    shards = [load_shard(work, number) for number in range(1, load_task(work)["clients"] + 1)]
    process = build_process(lambda: model_of(architecture), args)
    state = process.initialize()
    initial = tff.learning.models.ModelWeights(to_keras(weights, architecture), [])
    state = process.set_model_weights(state, initial)
    save_arrays(round_file(artifacts, 0), weights)
    print_line(f"clients: {len(shards)}, in this one process")

    for round in range(1, args.rounds + 1):
        print_line(f"[ROUND {round}]")
        time.sleep(args.pause)
        clients = [dataset_of(shard, round, args.local_epochs, args.batch_size) for shard in shards]
        with meanwhile(WorkerWatch(f"training: round {round}").look):
            output = process.next(state, clients)
        state = output.state
        weights = from_keras(list(process.get_model_weights(state).trainable), architecture)
        save_arrays(round_file(artifacts, round), weights)
        # Counted while the clients learn, over all of them: TFF tells nothing of a single one.
        said = output.metrics["client_work"]["train"]
        print_metric(round, "client", accuracy=said["sparse_categorical_accuracy"], loss=said["loss"])

    save_final(artifacts, weights, architecture)
    declare_end(work)


if __name__ == "__main__":
    main()
