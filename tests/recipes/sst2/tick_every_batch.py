"""train_one_round.py with a ticker that says every batch, and not one in ten seconds."""

from __future__ import annotations

import runpy
from pathlib import Path

import ticker

ticker.EVERY_S = 0.0
runpy.run_path(str(Path(__file__).with_name("train_one_round.py")))
