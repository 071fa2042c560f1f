"""Imports torchvision, also where a CPU build of torch lies beside the index's torchvision.

That one is a CUDA build, whose compiled operators cannot load beside a CPU torch; its import then wants the
schemas of two of them. VGG, CIFAR10 and transforms use neither.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any

_schemas: list[Any] = []  # a schema lives as long as the object that declared it


def import_torchvision() -> Any:
    """The package `torchvision`, with `datasets` and `models`."""
    import torch

    try:
        importlib.import_module("torchvision")
    except RuntimeError:  # operator torchvision::nms does not exist
        library = torch.library.Library("torchvision", "DEF")
        for operator in ("nms", "qnms"):
            library.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _schemas.append(library)
        for module in [name for name in sys.modules if name.split(".")[0] == "torchvision"]:
            del sys.modules[module]
    return importlib.import_module("torchvision")
