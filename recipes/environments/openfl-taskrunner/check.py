"""Imports OpenFL 1.9, trains a step with each backend: python check.py [torch|keras|framework]"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from check_steps import has_torch, keras_step, report, torch_step


def framework_step() -> str:
    """The TaskRunner of both backends; its import takes every backend that it finds."""
    from importlib.metadata import version

    from openfl.federated import KerasTaskRunner
    from openfl.interface.cli import cli

    assert all((KerasTaskRunner, cli))
    if has_torch():
        from openfl.federated import PyTorchTaskRunner

        assert PyTorchTaskRunner
    return ", ".join(f"{name} {version(name)}" for name in ("openfl", "grpcio", "protobuf"))


if __name__ == "__main__":
    report({"torch": torch_step, "keras": keras_step, "framework": framework_step})
