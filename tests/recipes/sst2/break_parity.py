"""Federations of three clients and three rounds in one process, with the recipes' own training: one as agreed and
three that are not. In a framework's environment: python break_parity.py FOLDER keras|torch

FOLDER/none, FOLDER/optimizer, FOLDER/order and FOLDER/shard hold shards and initial weights in work/; what a recipe
leaves is written to artifacts/ beside it.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sst2.local_training import LocalTraining, save_final
from sst2.work_folder import Shard, load_initial, load_shard
from weight_files import average, final_file, round_file, save_arrays, save_update

folder, backend = Path(sys.argv[1]), sys.argv[2]
training = LocalTraining(backend)


def with_one_optimizer(shards):
    """Training in which every client keeps its Adam from round to round."""
    if backend == "keras":
        from sst2 import keras_head

        models = [keras_head.build_head(shard.x.shape[1]) for shard in shards]  # compiled once

        def train(client, weights, round):
            model, shard = models[client - 1], shards[client - 1]
            model.set_weights(keras_head.as_list(weights))
            keras_head.fit_in_order(model, shard, shard.order_of(round), 64)
            return keras_head.as_weights(model.get_weights())

        return train

    import torch

    from sst2 import torch_head

    models = [torch_head.build_head(shard.x.shape[1]) for shard in shards]
    kept = [torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7) for model in models]

    def train(client, weights, round):
        model, shard, new = models[client - 1], shards[client - 1], torch.optim.Adam
        torch_head.set_weights(model, weights)
        torch.optim.Adam = lambda *_, **__: kept[client - 1]
        torch_head.fit_in_order(model, shard, shard.order_of(round), 64, 1e-3)
        torch.optim.Adam = new
        return torch_head.get_weights(model)

    return train


for fault in ("none", "optimizer", "order", "shard"):
    run = folder / fault
    shards = [load_shard(run / "work", client) for client in (1, 2, 3)]
    if fault == "order":
        shards = [Shard(shard.x, shard.y, shard.seed + 1, shard.client) for shard in shards]
    if fault == "shard":
        shards = [
            Shard(shards[place].x, shards[place].y, 0, client) for client, place in ((1, 0), (2, 2), (3, 1))
        ]

    def as_agreed(client, weights, round, shards=shards):
        return training.train(weights, shards[client - 1], round)[0]

    train = with_one_optimizer(shards) if fault == "optimizer" else as_agreed
    weights, artifacts = load_initial(run / "work"), run / "artifacts"
    save_arrays(round_file(artifacts, 0), weights)
    for number in (1, 2, 3):
        updates = [(train(client, weights, number), len(shards[client - 1].y)) for client in (1, 2, 3)]
        for client, update in enumerate(updates, start=1):
            save_update(artifacts, number, client, *update)
        weights = average(updates)
        save_arrays(round_file(artifacts, number), weights)
    if fault == "none":
        save_final(artifacts, weights, backend)
    else:
        save_arrays(final_file(artifacts), weights)
