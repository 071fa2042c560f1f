"""A federation by the code that verify.py compares with: python plain_rounds.py RECIPES/cifar10 WORK OUT.npz ROUNDS"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, sys.argv[1])
from plain_torch import PlainTorch
from verify import load, mean

work, out, rounds = Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
plain = PlainTorch(work, {"batch_size": 32, "local_epochs": 1, "lr": 0.01})
assert plain.knows()
weights = load(work / "initial.npz")
for number in range(1, rounds + 1):
    updates = plain.updates(weights, number)
    counts = [int(update.pop("num_examples")) for update in updates]
    weights = {
        name: mean(np.stack([update[name] for update in updates]), counts, 0.0).astype(np.float32)
        for name in weights
    }
np.savez(out, **weights)
