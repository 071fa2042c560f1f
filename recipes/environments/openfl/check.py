"""Imports OpenFL 1.7.1, trains a step with each backend: python check.py [torch|keras|framework|hub]"""

import functools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from check_steps import has_torch, hub_step, keras_step, report, torch_step


def framework_step() -> str:
    """The interactive API with both adapters; its import takes every backend that it finds."""
    from importlib.metadata import version

    from openfl.interface.cli import cli
    from openfl.interface.interactive_api.experiment import (
        DataInterface,
        FLExperiment,
        ModelInterface,
        TaskInterface,
    )
    from openfl.interface.interactive_api.federation import Federation
    from openfl.plugins.frameworks_adapters import keras_adapter

    assert all((cli, DataInterface, FLExperiment, ModelInterface, TaskInterface, Federation))
    assert keras_adapter.FrameworkAdapterPlugin
    if has_torch():
        from openfl.plugins.frameworks_adapters import pytorch_adapter

        assert pytorch_adapter.FrameworkAdapterPlugin
    return ", ".join(f"{name} {version(name)}" for name in ("openfl", "grpcio", "protobuf"))


if __name__ == "__main__":
    keras = functools.partial(keras_step, legacy_adam=True)
    report({"torch": torch_step, "keras": keras, "framework": framework_step, "hub": hub_step})
