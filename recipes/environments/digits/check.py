"""Imports what the digits recipes need, trains one step, starts nothing: python check.py"""

import importlib.metadata
import time

start = time.process_time()
import flwr.app  # noqa: F401
import numpy as np
from flwr.client import NumPyClient  # noqa: F401
from flwr.clientapp import ClientApp  # noqa: F401
from flwr.server import start_server  # noqa: F401
from flwr.server.strategy import FedAvg  # noqa: F401
from flwr.serverapp import ServerApp  # noqa: F401
from sklearn.datasets import load_digits

images, labels = load_digits(return_X_y=True)
assert images.shape == (1797, 64), images.shape
x, y = images / 16, np.eye(10)[labels]
weights = np.zeros((64, 10))


def loss_and_gradient(w: np.ndarray) -> tuple[float, np.ndarray]:
    scores = np.exp(x @ w - (x @ w).max(1, keepdims=True))
    shares = scores / scores.sum(1, keepdims=True)
    return float(-np.log((shares * y).sum(1)).mean()), x.T @ (shares - y) / len(x)


before, gradient = loss_and_gradient(weights)
after, _ = loss_and_gradient(weights - gradient)
assert after < before, (before, after)
for name in ("flwr", "numpy", "scikit-learn"):
    print(f"{name} {importlib.metadata.version(name)}")
print(f"loss {before:.3f} -> {after:.3f}, {time.process_time() - start:.1f} CPU s\nOK")
