"""Trains two rounds with TensorFlow Federated, imports the hub's packages: python check.py [framework|hub]"""

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
from check_steps import hub_step, report

os.environ.setdefault("CUDA_VISIBLE_DEVICES", "")  # TFF runs on the CPU


def framework_step() -> str:
    """Two clients, two rounds of weighted FedAvg over a text classifier's head."""
    import warnings

    warnings.filterwarnings("ignore")
    import numpy as np
    import tensorflow as tf
    import tensorflow_federated as tff

    x = np.random.default_rng(0).normal(size=(256, 384)).astype("float32")
    y = (x[:, :1] > 0).astype("float32")
    clients = [tf.data.Dataset.from_tensor_slices((x[i::2], y[i::2])).batch(64) for i in range(2)]

    def model_fn() -> tff.learning.models.VariableModel:
        dense = tf.keras.layers.Dense
        layers = [dense(512, "relu"), dense(64, "relu"), dense(1, "sigmoid")]
        head = tf.keras.Sequential([tf.keras.layers.InputLayer((384,)), *layers])
        loss = tf.keras.losses.BinaryCrossentropy()
        return tff.learning.models.from_keras_model(head, loss=loss, input_spec=clients[0].element_spec)

    adam = tff.learning.optimizers.build_adam(1e-3)
    process = tff.learning.algorithms.build_weighted_fed_avg(model_fn, client_optimizer_fn=adam)
    state, losses = process.initialize(), []
    for _ in range(2):
        out = process.next(state, clients)
        state = out.state
        losses.append(float(out.metrics["client_work"]["train"]["loss"]))
    assert losses[-1] < losses[0], losses
    return f"tff {tff.__version__}, tensorflow {tf.__version__}, loss {losses[0]:.3f} -> {losses[-1]:.3f}"


if __name__ == "__main__":
    report({"framework": framework_step, "hub": hub_step})
    # TFF complains while the interpreter ends, about the worker_binary that it leaves behind: whoever
    # runs this check ends its whole session.
    sys.stderr = open(os.devnull, "w")  # noqa: SIM115  open until the very end
