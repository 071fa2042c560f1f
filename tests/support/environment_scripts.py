"""Scripts beside a test that need a backend: they run in an environment, with recipes/common to import from."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

COMMON = Path(__file__).resolve().parents[2] / "recipes" / "common"

Script = Callable[..., str]


def runner(beside: Path, python_of: Callable[[str], Path]) -> Script:
    """`run("flower", "plain_training.py", …, cwd=…)` runs a script of the folder `beside`, or a module of
    recipes/common (`"-m", "cifar10.prepare"`), and returns what it printed. `python_of` gives the
    interpreter of an environment, or skips the test."""

    def run(name: str, *words: object, cwd: Path, code: int = 0, **environ: str) -> str:
        python = python_of(name)
        script = [beside / words[0]] if str(words[0]).endswith(".py") else [words[0]]
        done = subprocess.run(
            [str(word) for word in (python, *script, *words[1:])],
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
