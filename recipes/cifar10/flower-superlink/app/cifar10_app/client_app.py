"""The ClientApp. Every message runs it in a new process, so nothing is kept between two rounds."""

from __future__ import annotations

import time
from pathlib import Path

from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from cifar10.local_training import LocalTraining
from cifar10.work_folder import load_architecture, load_shard
from metric_line import print_metric

app = ClientApp()


@app.train()
def fit(message: Message, context: Context) -> Message:
    """Trains the federated model on this node's own images."""
    # What belongs to the node (where its data lies) comes from its --node-config, what belongs to
    # the run (lr, batch size) from --run-config.
    number = int(context.node_config["partition-id"]) + 1
    work = Path(str(context.node_config["work-folder"]))
    config = context.run_config
    training = LocalTraining(
        load_architecture(work),
        epochs=int(config["local-epochs"]),
        batch_size=int(config["batch-size"]),
        lr=float(config["lr"]),
        device=str(config["device"]),
    )
    shard = load_shard(work, number)

    round = int(message.content["config"]["server-round"])
    # FedProx adds this to the configuration; the term in the loss is the client's affair.
    mu = float(message.content["config"].get("proximal-mu", 0.0))
    weights = {name: array.numpy() for name, array in message.content["arrays"].items()}
    weights, figures = training.train(weights, shard, round, mu)
    time.sleep(float(config["pause"]))
    print_metric(round, "client", **figures)

    content = RecordDict(
        {
            "arrays": ArrayRecord({name: Array(array) for name, array in weights.items()}),
            "metrics": MetricRecord({"num-examples": len(shard.labels), **figures}),
            # Not in the MetricRecord: Flower averages every number in it, also a client's.
            "who": ConfigRecord({"client": number}),
        }
    )
    return Message(content=content, reply_to=message)
