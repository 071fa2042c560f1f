"""What the environments' checks share: a training step with each backend, and how a check reports.

A `check.py` names its parts and hands them to `report`; parts may be named on its command line.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # read when TensorFlow is imported


def keras_step(legacy_adam: bool = False) -> str:
    """Three epochs of a text classifier's head on random vectors.

    `legacy_adam`: the Adam that the Keras of TensorFlow 2.12 to 2.15 is fast with.
    """
    import numpy as np
    import tensorflow as tf
    from tensorflow import keras

    keras.utils.set_random_seed(0)
    x = np.random.default_rng(0).normal(size=(256, 384)).astype("float32")
    y = (x[:, 0] > 0).astype("float32")
    head = keras.Sequential(
        [
            keras.layers.Dense(512, activation="relu"),
            keras.layers.Dense(64, activation="relu"),
            keras.layers.Dense(1, activation="sigmoid"),
        ]
    )
    adam = keras.optimizers.legacy.Adam if legacy_adam else keras.optimizers.Adam
    head.compile(adam(1e-3), "binary_crossentropy")
    losses = head.fit(x, y, batch_size=64, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0], losses
    gpus = len(tf.config.list_physical_devices("GPU"))
    return f"tensorflow {tf.__version__}, GPUs {gpus}, loss {losses[0]:.3f} -> {losses[-1]:.3f}"


def has_torch() -> bool:
    """Whether the environment holds torch: its layer `cuda-keras` does not."""
    return find_spec("torch") is not None


def torch_step() -> str:
    """Five SGD steps of a small convolutional block on random images, where there is torch."""
    if not has_torch():
        return "not in this layer"
    import torch
    from torch import nn

    torch.manual_seed(0)
    block = [nn.Conv2d(3, 16, 3, padding=1), nn.GroupNorm(8, 16), nn.ReLU(), nn.MaxPool2d(2)]
    net = nn.Sequential(*block, nn.Flatten(), nn.Linear(4096, 10))
    x, y = torch.randn(32, 3, 32, 32), torch.arange(32) % 10
    sgd = torch.optim.SGD(net.parameters(), lr=1e-3, momentum=0.9, weight_decay=5e-4)
    losses = []
    for _ in range(5):
        sgd.zero_grad()
        loss = nn.functional.cross_entropy(net(x), y)
        loss.backward()
        sgd.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0], losses
    cuda = torch.cuda.is_available()
    return f"torch {torch.__version__}, CUDA {cuda}, loss {losses[0]:.3f} -> {losses[-1]:.3f}"


def hub_step() -> str:
    """TensorFlow Hub, Text and Datasets, for an encoder inside a client."""
    import tensorflow_datasets as tfds
    import tensorflow_hub as hub
    import tensorflow_text as text

    assert text.WhitespaceTokenizer().tokenize(["a b"]).to_list() == [[b"a", b"b"]]
    return f"hub {hub.__version__}, text {text.__version__}, datasets {tfds.__version__}"


def report(parts: Mapping[str, Callable[[], str]]) -> None:
    """Runs the parts, prints a line for each and OK at the end. A part that fails raises."""
    for name in sys.argv[1:] or parts:
        start = time.process_time()
        says = parts[name]()
        rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
        print(f"{name}: {says}; {time.process_time() - start:.1f} CPU s, peak RSS {rss} MB", flush=True)
    print("OK", flush=True)
