"""A run of two rounds as a framework would leave it: python honest_run.py WORK RUN"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from cifar10.local_training import LocalTraining, save_final
from cifar10.torch_vgg import build, score, set_weights
from cifar10.work_folder import load_architecture, load_held_out, load_initial, load_shard
from weight_files import average, round_file, save_arrays, save_update

work, run = Path(sys.argv[1]), Path(sys.argv[2])
shutil.copytree(work, run / "work")
artifacts, architecture = run / "artifacts", load_architecture(work)
training, weights = LocalTraining(architecture), load_initial(work)
save_arrays(round_file(artifacts, 0), weights)
for number in (1, 2):
    updates = []
    for client in (1, 2, 3):
        shard = load_shard(work, client)
        updates.append((training.train(weights, shard, number)[0], len(shard.labels)))
        save_update(artifacts, number, client, *updates[-1])
    weights = average(updates)
    save_arrays(round_file(artifacts, number), weights)
save_final(artifacts, weights, architecture)
model = build(architecture)
set_weights(model, weights)
accuracy, loss, _ = score(model, *load_held_out(work))
rows = [
    {"scope": "global", "name": name, "value": value}
    for name, value in (("accuracy", accuracy), ("loss", loss))
]
(run / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
params = {"strategy": "fedavg", "batch_size": 32, "local_epochs": 1, "lr": 0.01}
(run / "manifest.json").write_text(json.dumps({"params": params, "plan": {"framework": "flower"}}))
