"""Scores the global weights of every round on the test images, in torch.

python -m cifar10.evaluate --run RUN --rounds 5
"""

from __future__ import annotations

import argparse
from pathlib import Path

from cifar10.torch_vgg import build, pick_device, score, set_weights
from cifar10.work_folder import load_architecture, load_held_out
from score_rounds import score_rounds, write_confusion
from weight_files import Weights


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--run", type=Path, required=True, help="the run folder, with work/ and artifacts/")
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--device", default="cpu", help="auto, cpu, cuda or cuda:N")
    args = parser.parse_args()
    images, labels = load_held_out(args.run / "work")
    architecture = load_architecture(args.run / "work")
    model = build(architecture, pick_device(args.device))

    def score_model(weights: Weights) -> dict[str, float]:
        set_weights(model, weights)
        accuracy, loss, _ = score(model, images, labels)
        return {"accuracy": accuracy, "loss": loss}

    set_weights(model, score_rounds(args.run, args.rounds, score_model))
    answers = score(model, images, labels)[2]
    write_confusion(args.run / "artifacts", labels, answers, classes=architecture.outputs)


if __name__ == "__main__":
    main()
