"""A simulation in TensorFlow Federated: federated averaging over all clients, in one script."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import tensorflow as tf
import tensorflow_federated as tff

from federation_end import declare_end
from metric_line import print_line, print_metric
from sst2.head import as_list, as_weights
from sst2.keras_head import build_layers
from sst2.local_training import save_final
from sst2.work_folder import Shard, load_initial, load_shard, load_task
from tff_worker_watch import WorkerWatch
from ticker import meanwhile
from weight_files import round_file, save_arrays


def build_process(width: int, lr: float) -> tff.learning.templates.LearningProcess:
    """FedAvg, weighted by numbers of examples (TFF's default), with an Adam that is new in every round
    (TFF's way: a client keeps no state)."""

    def model_fn() -> tff.learning.models.VariableModel:
        # TFF calls this while it traces, and wants a new model that is not compiled.
        return tff.learning.models.from_keras_model(
            tf.keras.Sequential([tf.keras.Input(shape=(width,)), *build_layers()]),
            loss=tf.keras.losses.BinaryCrossentropy(),
            input_spec=(tf.TensorSpec([None, width], tf.float32), tf.TensorSpec([None, 1], tf.float32)),
            metrics=[tf.keras.metrics.BinaryAccuracy()],
        )

    return tff.learning.algorithms.build_weighted_fed_avg(
        model_fn,
        client_optimizer_fn=tff.learning.optimizers.build_adam(lr, beta_1=0.9, beta_2=0.999, epsilon=1e-7),
        server_optimizer_fn=tff.learning.optimizers.build_sgdm(1.0),  # takes the average as it is
    )


def dataset_of(shard: Shard, round: int, epochs: int, batch_size: int) -> tf.data.Dataset:
    """What a client trains on in this round: its sentences in the given order, epoch after epoch, the
    last batch of each as small as it comes."""
    batches = None
    for order in shard.order_of(round, epochs):
        epoch = tf.data.Dataset.from_tensor_slices((shard.x[order], shard.y[order].reshape(-1, 1)))
        epoch = epoch.batch(batch_size)
        batches = epoch if batches is None else batches.concatenate(epoch)
    return batches


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--local-epochs", type=int, default=1)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--pause", type=float, default=0.0, help="seconds to sleep before every round")
    args = parser.parse_args()

    work, artifacts = args.run / "work", args.run / "artifacts"
    task, weights = load_task(work), load_initial(work)
    shards = [load_shard(work, number) for number in range(1, task["clients"] + 1)]
    process = build_process(task["width"], args.lr)
    state = process.initialize()
    state = process.set_model_weights(state, tff.learning.models.ModelWeights(as_list(weights), []))
    save_arrays(round_file(artifacts, 0), weights)
    print_line(f"clients: {len(shards)}, in this one process")

    for round in range(1, args.rounds + 1):
        print_line(f"[ROUND {round}]")
        time.sleep(args.pause)
        clients = [dataset_of(shard, round, args.local_epochs, args.batch_size) for shard in shards]
        with meanwhile(WorkerWatch(f"training: round {round}").look):
            output = process.next(state, clients)
        state = output.state
        weights = as_weights(list(process.get_model_weights(state).trainable))
        save_arrays(round_file(artifacts, round), weights)
        # Counted while the clients learn, over all of them: TFF tells nothing of a single one.
        said = output.metrics["client_work"]["train"]
        print_metric(round, "client", accuracy=said["binary_accuracy"], loss=said["loss"])

    save_final(artifacts, weights, "keras")
    declare_end(work)


if __name__ == "__main__":
    main()
