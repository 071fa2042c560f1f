"""One client's round with a backend, in a framework's environment: IN.npz -> OUT.npz

python train_one_round.py keras in.npz out.npz

IN holds `x`, `y`, `order` (epochs, rows), `batch_size`, `lr` and the initial weights under their names.
"""

from __future__ import annotations

import importlib
import sys

import numpy as np

from sst2.head import NAMES
from sst2.work_folder import Shard

backend, given, wanted = sys.argv[1:]
with np.load(given, allow_pickle=False) as file:
    arrays = {name: file[name] for name in file.files}
trained, _ = importlib.import_module(f"sst2.{backend}_head").train(
    {name: arrays[name] for name in NAMES},
    Shard(arrays["x"], arrays["y"], seed=0, client=1),
    arrays["order"],
    int(arrays["batch_size"]),
    float(arrays["lr"]),
)
np.savez(wanted, **trained)
