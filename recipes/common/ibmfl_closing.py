"""The end of a federation of IBM FL's, whose aggregator exits with 0 whatever happened."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from federation_end import OK, declare_end
from weight_files import Weights, load_arrays, round_file


def close(run: Path, rounds: int, save_final: Callable[[Path, Weights], None]) -> NoReturn:
    """Hands the last global weights to `save_final`, with the folder of the artifacts, declares how the
    federation ended and ends the process: with a sentence where rounds are missing."""
    artifacts = run / "artifacts"
    done = sum(round_file(artifacts, number).exists() for number in range(1, rounds + 1))
    outcome = OK if done == rounds else f"IBM FL's TRAIN came to an end after {done} of {rounds} rounds"
    if done:
        last = max(int(file.stem.partition("-")[2]) for file in artifacts.glob("round-*.npz"))
        save_final(artifacts, load_arrays(round_file(artifacts, last)))
    declare_end(run / "work", outcome)
    sys.exit(0 if outcome == OK else outcome)
