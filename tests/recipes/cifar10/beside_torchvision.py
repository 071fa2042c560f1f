"""Our VGG models beside torchvision's, in the environment `data`: prints one JSON object."""

from __future__ import annotations

import json
import sys

import torch

from cifar10.torch_vgg import build, set_weights
from cifar10.torchvision_import import import_torchvision
from cifar10.vgg import Architecture

name, norm, outputs = sys.argv[1], sys.argv[2], int(sys.argv[3])
torch.manual_seed(0)
ours = Architecture.of(name, norm, outputs)
theirs = getattr(import_torchvision().models, name + ("_bn" if norm == "batch" else ""))(num_classes=outputs)
published = {
    key: array.numpy()
    for key, array in theirs.state_dict().items()
    if not key.endswith("num_batches_tracked")
}
if norm == "batch":
    for array in published.values():
        array += 0.1 * torch.rand(array.shape).numpy()  # in place: else all means are 0, all variances 1
    theirs.load_state_dict({key: torch.from_numpy(array) for key, array in published.items()}, strict=False)
model = build(ours)
set_weights(model, published)
images = torch.randn(4, 3, 32, 32)
with torch.inference_mode():
    difference = (model.eval()(images) - theirs.eval()(images)).abs().max().item()
drawn = ours.initial_weights(0)
print(
    json.dumps(
        {
            "keys": list(drawn) == list(published),
            "shapes": {k: v.shape for k, v in drawn.items()} == {k: v.shape for k, v in published.items()},
            "state": list(model.state_dict()) == list(theirs.state_dict()),
            "logits": difference,
            # spread of the initial weights, ours over theirs
            "spread": [
                float(drawn[key].std() / published[key].std())
                for key in drawn
                if drawn[key].ndim > 1 and norm != "batch"
            ],
            "types": sorted({array.dtype.str for array in drawn.values()}),
        }
    )
)
