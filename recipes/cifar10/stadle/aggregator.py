"""The stand-in for STADLE's aggregator, and what it writes down of this task: python aggregator.py --help"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cifar10.local_training import save_final
from cifar10.vgg import is_trained
from cifar10.work_folder import load_architecture, load_initial
from stadle_aggregator.run_folder import aggregate, parser_of
from weight_files import Weights


@cache
def at_home(work: Path) -> Weights:
    """What BatchNorm gathers about its inputs. It does not travel: every agent has it from the base model, as
    it is before any training."""
    return {name: array for name, array in load_initial(work).items() if not is_trained(name)}


def main() -> None:
    args = parser_of(__doc__).parse_args()
    work: Path = args.run / "work"  # prepare may still be filling it: read it when a model is there
    aggregate(
        args,
        lambda models: models | at_home(work),
        lambda artifacts, weights: save_final(artifacts, weights, load_architecture(work)),
    )


if __name__ == "__main__":
    main()
