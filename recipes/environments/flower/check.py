"""Imports what flwr needs, trains a step with each backend: python check.py [torch|keras|framework]"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from check_steps import keras_step, report, torch_step


def framework_step() -> str:
    """The message-based apps and the older client and server API."""
    import flwr
    from flwr.client import NumPyClient
    from flwr.clientapp import ClientApp
    from flwr.server import start_server
    from flwr.serverapp import ServerApp
    from flwr.serverapp.strategy import FedAdam, FedAvg, FedMedian, FedProx, FedTrimmedAvg, Krum

    assert all((NumPyClient, ClientApp, start_server, ServerApp))
    assert all((FedAdam, FedAvg, FedMedian, FedProx, FedTrimmedAvg, Krum))
    return f"flwr {flwr.__version__}"


if __name__ == "__main__":
    report({"torch": torch_step, "keras": keras_step, "framework": framework_step})
