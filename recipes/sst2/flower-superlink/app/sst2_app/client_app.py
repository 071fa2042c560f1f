"""The ClientApp. Every message runs it in a new process, so nothing is kept between two rounds."""

from __future__ import annotations

import time
from pathlib import Path

from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from metric_line import print_metric
from sst2.local_training import LocalTraining
from sst2.work_folder import load_shard

app = ClientApp()


@app.train()
def fit(message: Message, context: Context) -> Message:
    """Trains the federated head on this node's own sentences."""
    # What belongs to the node (where its data lies) comes from its --node-config, what belongs to
    # the run (lr, batch size) from --run-config.
    number = int(context.node_config["partition-id"]) + 1
    shard = load_shard(Path(str(context.node_config["work-folder"])), number)
    config = context.run_config
    training = LocalTraining(
        backend=str(config["backend"]),
        epochs=int(config["local-epochs"]),
        batch_size=int(config["batch-size"]),
        lr=float(config["lr"]),
        device=str(config["device"]),
    )

    round = int(message.content["config"]["server-round"])
    weights = {name: array.numpy() for name, array in message.content["arrays"].items()}
    weights, figures = training.train(weights, shard, round)
    time.sleep(float(config["pause"]))
    print_metric(round, "client", **figures)

    content = RecordDict(
        {
            "arrays": ArrayRecord({name: Array(array) for name, array in weights.items()}),
            "metrics": MetricRecord({"num-examples": len(shard.y), **figures}),
            # Not in the MetricRecord: Flower averages every number in it, also a client's.
            "who": ConfigRecord({"client": number}),
        }
    )
    return Message(content=content, reply_to=message)
