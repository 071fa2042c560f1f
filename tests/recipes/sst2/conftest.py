"""The numpy reference is a module of recipes/sst2; what needs a backend runs in the environments."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fltui.environment.catalogue import find
from fltui.environment.device import accelerator
from fltui.environment.state import status
from fltui.facts.site import shipped_recipes

HERE = Path(__file__).resolve().parent
RECIPES = HERE.parents[2] / "recipes"
COMMON = RECIPES / "common"
sys.path.insert(0, str(RECIPES / "sst2"))

Script = Callable[..., str]


@pytest.fixture
def in_environment() -> Script:
    """`in_environment("flower", "train_one_round.py", "keras", …)` runs a script that lies beside these
    tests, or a module of recipes/common (`"-m", "sst2.prepare"`), and returns what it printed; where the
    environment is not built, the test is skipped and says so."""

    def run(name: str, *words: object, cwd: Path, code: int = 0, **environ: str) -> str:
        spec = find(name, shipped_recipes())
        found = status(spec, spec.layer_for(accelerator(), None))
        if not found.built:
            pytest.skip(f"the environment {name} is not built: fltui env create {name}")
        script = [HERE / words[0]] if str(words[0]).endswith(".py") else [words[0]]
        done = subprocess.run(
            [str(word) for word in (found.python, *script, *words[1:])],
            cwd=cwd,
            env={
                **os.environ,
                "PYTHONPATH": str(COMMON),
                "OMP_NUM_THREADS": "1",
                "TF_CPP_MIN_LOG_LEVEL": "2",
                "CUDA_VISIBLE_DEVICES": "",
                **environ,
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout[-2000:] + done.stderr[-3000:]
        return done.stdout + done.stderr

    return run
