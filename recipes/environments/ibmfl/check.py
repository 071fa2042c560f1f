"""Imports IBM FL 2.0.1, trains a step with each backend: python check.py [torch|keras|framework]"""

import functools
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from check_steps import keras_step, report, torch_step


def framework_step() -> str:
    """Aggregator, party, both kinds of model and two fusions."""
    from importlib.metadata import version

    from ibmfl.aggregator.aggregator import Aggregator
    from ibmfl.aggregator.fusion.fedavg_fusion_handler import FedAvgFusionHandler
    from ibmfl.aggregator.fusion.iter_avg_fusion_handler import IterAvgFusionHandler
    from ibmfl.model.pytorch_fl_model import PytorchFLModel
    from ibmfl.model.tensorflow_fl_model import TensorFlowFLModel
    from ibmfl.party.party import Party

    assert all((Aggregator, FedAvgFusionHandler, IterAvgFusionHandler))
    assert all((PytorchFLModel, TensorFlowFLModel, Party))
    return ", ".join(f"{name} {version(name)}" for name in ("federated-learning-lib", "numpy", "skorch"))


if __name__ == "__main__":
    keras = functools.partial(keras_step, legacy_adam=True)
    report({"torch": torch_step, "keras": keras, "framework": framework_step})
