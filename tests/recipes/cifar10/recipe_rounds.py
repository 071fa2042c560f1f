"""The same federation by the recipes' own code: python recipe_rounds.py WORK OUT.npz ROUNDS"""

from __future__ import annotations

import sys
from pathlib import Path

from cifar10.local_training import LocalTraining
from cifar10.work_folder import load_architecture, load_initial, load_shard
from weight_files import average, save_arrays

work, out, rounds = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
training, weights = LocalTraining(load_architecture(work)), load_initial(work)
for number in range(1, rounds + 1):
    updates = []
    for client in (1, 2, 3):
        shard = load_shard(work, client)
        updates.append((training.train(weights, shard, number)[0], len(shard.labels)))
    weights = average(updates)
save_arrays(out, weights)
