"""vgg_small's logits and one training step in a backend: python keras_and_torch.py keras|torch WORK OUT.npz"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from cifar10.work_folder import load_architecture, load_initial, load_shard

backend, work, out = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
architecture, shard = load_architecture(work), load_shard(work, 1)
rng = np.random.default_rng(3)
# Not the initial weights alone: with those, all scales are 1 and all biases 0.
weights = {
    name: array + 0.05 * rng.standard_normal(array.shape, np.float32)
    for name, array in load_initial(work).items()
}
images, labels = next(shard.batches(1))

if backend == "torch":
    import torch

    from cifar10.torch_vgg import build, fit_in_order, get_weights, set_weights

    model = build(architecture)
    set_weights(model, weights)
    with torch.inference_mode():
        logits = model.eval()(torch.from_numpy(images.transpose(0, 3, 1, 2).copy())).numpy()
    fit_in_order(model, shard, round=1, epochs=1, batch_size=32, lr=0.01)
    trained = get_weights(model)
else:
    import tensorflow as tf

    from cifar10.keras_vgg import build_layers, from_keras, to_keras

    model = tf.keras.Sequential(build_layers(architecture))
    model.set_weights(to_keras(weights, architecture))
    same = from_keras(model.get_weights(), architecture)
    assert all((same[name] == weights[name]).all() for name in weights)
    logits = model(images, training=False).numpy()
    optimizer = tf.keras.optimizers.SGD(0.01, momentum=0.9)
    loss_of = tf.keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    for x, y in shard.batches(1):
        with tf.GradientTape() as tape:
            loss = loss_of(y, model(x, training=True)) + tf.add_n(model.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        optimizer.apply_gradients(zip(gradients, model.trainable_variables, strict=True))
    trained = from_keras(model.get_weights(), architecture)

np.savez(out, logits=logits, **trained)
