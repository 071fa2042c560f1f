"""What needs a backend runs as a script beside these tests, in an environment."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from environment_scripts import Script, runner
from having_environments import environment_or_skip

HERE = Path(__file__).resolve().parent


@pytest.fixture(scope="session")
def in_environment() -> Script:
    """Runs a script that lies beside these tests in an environment, which is built if need be."""
    return runner(HERE, lambda name: environment_or_skip(name).python)


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An .npz of 200 training and 40 test pictures: coloured noise, the colour and its place by the class."""
    rng = np.random.default_rng(0)
    arrays = {}
    for part, rows in (("train", 200), ("test", 40)):
        labels = np.arange(rows) % 10
        images = rng.integers(0, 120, (rows, 32, 32, 3))
        for row, label in enumerate(labels):
            images[row, label * 3 : label * 3 + 5, :, label % 3] += 120
        arrays |= {f"x_{part}": images.astype(np.uint8), f"y_{part}": labels.astype(np.uint8)}
    file = tmp_path_factory.mktemp("pictures") / "pictures.npz"
    np.savez(file, **arrays)
    return file


@pytest.fixture(scope="session")
def work(pictures: Path, tmp_path_factory: pytest.TempPathFactory, in_environment: Script) -> Path:
    """What `prepare` leaves for three clients with 66 pictures each. Nobody writes to it."""
    folder = tmp_path_factory.mktemp("prepared")
    words = ("--out", "work", "--artifacts", "a", "--cache", "cache", "--data", pictures, "--split", "iid")
    in_environment("data", "-m", "cifar10.prepare", *words, cwd=folder)
    return folder / "work"
