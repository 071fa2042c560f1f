"""Imports what the digits recipes need and trains a step in numpy: python check.py [framework|digits]"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from check_steps import report


def framework_step() -> str:
    """The older client and server API, and the message-based apps."""
    import flwr
    import flwr.app
    from flwr.client import NumPyClient
    from flwr.clientapp import ClientApp
    from flwr.server import start_server
    from flwr.server.strategy import FedAvg
    from flwr.serverapp import ServerApp

    assert all((flwr.app, NumPyClient, ClientApp, start_server, FedAvg, ServerApp))
    return f"flwr {flwr.__version__}"


def digits_step() -> str:
    """A gradient step of a softmax over scikit-learn's bundled images."""
    import numpy as np
    import sklearn
    from sklearn.datasets import load_digits

    images, labels = load_digits(return_X_y=True)
    assert images.shape == (1797, 64)
    x, y = images / 16, np.eye(10)[labels]

    def loss_and_gradient(weights: np.ndarray) -> tuple[float, np.ndarray]:
        scores = np.exp(x @ weights - (x @ weights).max(1, keepdims=True))
        shares = scores / scores.sum(1, keepdims=True)
        return float(-np.log((shares * y).sum(1)).mean()), x.T @ (shares - y) / len(x)

    before, gradient = loss_and_gradient(np.zeros((64, 10)))
    after, _ = loss_and_gradient(-gradient)
    assert after < before, (before, after)
    return f"numpy {np.__version__}, scikit-learn {sklearn.__version__}, loss {before:.3f} -> {after:.3f}"


if __name__ == "__main__":
    report({"framework": framework_step, "digits": digits_step})
