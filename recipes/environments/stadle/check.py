"""Imports stadle-client, trains a step with each backend: python check.py [torch|keras|framework]"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from check_steps import keras_step, report, torch_step


def framework_step() -> str:
    """The client. Its import writes ./stadle_logs, so it happens in a scratch folder."""
    import tempfile
    from importlib.metadata import version

    here = Path.cwd()
    with tempfile.TemporaryDirectory(prefix="stadle-check-") as scratch:
        os.chdir(scratch)
        from stadle import BasicClient

        os.chdir(here)
    assert BasicClient
    names = ("stadle-client", "grpcio", "protobuf")
    return ", ".join(f"{name} {version(name)}" for name in names)


if __name__ == "__main__":
    report({"torch": torch_step, "keras": keras_step, "framework": framework_step})
