"""A federation of three clients and three rounds in one process, with the recipes' own training; on request
something is not as agreed. In a framework's environment: python break_parity.py RUN keras|torch FAULT

RUN/work holds shards and initial weights; what a recipe leaves is written to RUN/artifacts.
"""

from __future__ import annotations

import sys
from pathlib import Path

from sst2.local_training import LocalTraining, save_final
from sst2.work_folder import Shard, load_initial, load_shard
from weight_files import average, round_file, save_arrays, save_update

run, backend, fault = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
shards = [load_shard(run / "work", client) for client in (1, 2, 3)]
if fault == "order":
    shards = [Shard(shard.x, shard.y, shard.seed + 1, shard.client) for shard in shards]
if fault == "shard":
    shards = [
        Shard(shards[place].x, shards[place].y, 0, client) for client, place in ((1, 0), (2, 2), (3, 1))
    ]
training = LocalTraining(backend)

if fault == "optimizer" and backend == "keras":
    from sst2 import keras_head

    models = [keras_head.build_head(shard.x.shape[1]) for shard in shards]  # compiled once: one Adam for all

    def train_on(client, weights, round):
        model, shard = models[client - 1], shards[client - 1]
        model.set_weights(keras_head.as_list(weights))
        keras_head.fit_in_order(model, shard, shard.order_of(round), 64)
        return keras_head.as_weights(model.get_weights())

elif fault == "optimizer":
    import torch

    from sst2 import torch_head

    models = [torch_head.build_head(shard.x.shape[1]) for shard in shards]
    kept = [torch.optim.Adam(model.parameters(), lr=1e-3, eps=1e-7) for model in models]

    def train_on(client, weights, round):
        model, shard = models[client - 1], shards[client - 1]
        torch_head.set_weights(model, weights)
        torch.optim.Adam = lambda *_, **__: kept[client - 1]
        torch_head.fit_in_order(model, shard, shard.order_of(round), 64, 1e-3)
        return torch_head.get_weights(model)

else:

    def train_on(client, weights, round):
        return training.train(weights, shards[client - 1], round)[0]


weights = load_initial(run / "work")
save_arrays(round_file(run / "artifacts", 0), weights)
for number in (1, 2, 3):
    updates = [(train_on(client, weights, number), len(shards[client - 1].y)) for client in (1, 2, 3)]
    for client, (update, examples) in enumerate(updates, start=1):
        save_update(run / "artifacts", number, client, update, examples)
    weights = average(updates)
    save_arrays(round_file(run / "artifacts", number), weights)
save_final(run / "artifacts", weights, backend)
