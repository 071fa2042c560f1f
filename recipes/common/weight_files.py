"""Weight files: how the global weights of every round and the clients' updates lie on disk.

artifacts/round-000.npz ...                the global weights; round 0 is where training starts
artifacts/clients/round-001-client-1.npz   what client 1 sent in round 1, with `num_examples`
artifacts/final/model.npz                  the weights of the last round

The arrays are named, and no file holds a pickle. A file appears whole or not at all, because the
evaluator reads it while the server still runs.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

Weights = dict[str, np.ndarray]

EXAMPLES = "num_examples"
MOST_BYTES = 200_000_000


def round_file(artifacts: Path, round: int) -> Path:
    """Where the global weights of `round` lie."""
    return artifacts / f"round-{round:03d}.npz"


def client_file(artifacts: Path, round: int, client: int) -> Path:
    """Where the update of `client` (counted from 1) in `round` lies."""
    return artifacts / "clients" / f"round-{round:03d}-client-{client}.npz"


def final_file(artifacts: Path) -> Path:
    """Where the final model lies."""
    return artifacts / "final" / "model.npz"


def save_arrays(path: Path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes a .npz under another name first: readers never see half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{os.getpid()}")
    with half.open("wb") as file:
        np.savez(file, **arrays)  # type: ignore[arg-type]
    half.replace(path)


def load_arrays(path: Path) -> Weights:
    """Reads a .npz; an array that would need unpickling is refused (ValueError)."""
    with np.load(path, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def save_update(artifacts: Path, round: int, client: int, weights: Weights, examples: int) -> None:
    """Records what one client sent, and on how many examples it had trained."""
    save_arrays(client_file(artifacts, round, client), {**weights, EXAMPLES: np.array(examples)})


def keeps_updates(round: int, rounds: int, clients: int, weights: Weights) -> bool:
    """Whether the updates of `round` are recorded: all while a run's stay under 200 MB, else the
    first and the last."""
    size = sum(array.nbytes for array in weights.values())
    return size * rounds * clients <= MOST_BYTES or round in (1, rounds)


def average(updates: Sequence[tuple[Weights, int]]) -> Weights:
    """FedAvg (McMahan et al. 2017): the mean of the weights, weighted by numbers of examples."""
    total = sum(examples for _, examples in updates)
    mean = {name: np.zeros_like(array) for name, array in updates[0][0].items()}
    for weights, examples in updates:
        for name, array in weights.items():
            mean[name] += array * (examples / total)
    return mean


def in_64_bits(weights: Weights) -> Weights:
    """What a server gives its framework to add up. In 64 bits, the order in which it adds, and how, leaves no
    trace in the 32 bits of the result, and two frameworks agree to the bit; in 32 bits they are 1e-7 apart
    after one round, which training makes 1e-2 of in a few more. A model over 200 MB stays in 32 bits, since
    several of them must fit into memory.
    """
    if sum(array.nbytes for array in weights.values()) > MOST_BYTES:
        return weights
    return {name: array.astype(np.float64) for name, array in weights.items()}


def fingerprint(arrays: Mapping[str, np.ndarray]) -> str:
    """SHA-256 over names, types, shapes and bytes, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
