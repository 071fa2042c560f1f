"""The ClientApp. Every message runs it in a new process, so nothing is kept between two rounds."""

from __future__ import annotations

import time
from pathlib import Path

from flwr.app import Array, ArrayRecord, ConfigRecord, Context, Message, MetricRecord, RecordDict
from flwr.clientapp import ClientApp

from digits.mlp import score, train
from digits.work_folder import load_shard, shard_name
from metric_line import print_metric

app = ClientApp()


@app.train()
def fit(message: Message, context: Context) -> Message:
    """Trains the federated weights on this node's own images."""
    # What belongs to the node (where its data lies) comes from its --node-config, what belongs to
    # the run (lr, batch size) from --run-config.
    number = int(context.node_config["partition-id"]) + 1
    shard = load_shard(Path(str(context.node_config["work-folder"])), shard_name(number))
    batch_size, lr = int(context.run_config["batch-size"]), float(context.run_config["lr"])

    round = int(message.content["config"]["server-round"])
    weights = {name: array.numpy() for name, array in message.content["arrays"].items()}
    weights = train(weights, shard.images, shard.labels, shard.order_of(round), batch_size, lr)
    time.sleep(float(context.run_config["pause"]))
    accuracy, loss = score(weights, shard.images, shard.labels)
    print_metric(round, "client", accuracy=accuracy, loss=loss)

    content = RecordDict(
        {
            "arrays": ArrayRecord({name: Array(array) for name, array in weights.items()}),
            "metrics": MetricRecord({"num-examples": len(shard.labels), "accuracy": accuracy, "loss": loss}),
            # Not in the MetricRecord: Flower averages every number in it, also a client's.
            "who": ConfigRecord({"client": number}),
        }
    )
    return Message(content=content, reply_to=message)
