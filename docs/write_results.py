"""Prints docs/results.md: what the SST-2 recipes gave, side by side, recomputed from their run folders.

python docs/write_results.py RUN… [--seeds RUN…] > docs/results.md

A RUN is a run folder (`--run-dir`). Runs on all sentences are rows of the first table, runs with `limit` of the
second; another run of the same recipe with the same params is what "same seed again" is measured with. For
every run on all sentences recipes/sst2/verify.py is run in the environment that trained, without fltui.

The runs after --seeds are of `centralized` and `flower` (or others), each with two or more seeds (five, say) and
all other params alike; they are no rows of the tables. Of them only accuracy is read, for the spread over seeds:

for seed in 0 1 2 3 4; do for name in centralized flower; do
  fltui --run sst2/$name --set encoder=minilm --set seed=$seed --run-dir seeds/$name-$seed
done; done
python docs/write_results.py runs/* --seeds seeds/* > docs/results.md
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from finished_run import CHECKOUT, COMPARED_WITH, ORDER, FinishedRun, apart, distance, place, power
from seed_spread import section as spread

VERIFY = CHECKOUT / "recipes" / "sst2" / "verify.py"
sys.path[:0] = [str(VERIFY.parent)]

from numpy_reference import Weights, federated_round, forward, widened  # noqa: E402


class Run(FinishedRun):
    """A run of an SST-2 recipe."""

    @cached_property
    def shards(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """(x, y) of every client; of all together where the training was in one place."""
        numbers = range(1, self.params["clients"] + 1)
        files = [np.load(self.folder / "work" / "shards" / f"client-{number}.npz") for number in numbers]
        if self.name == "centralized":
            return [(np.concatenate([f["x"] for f in files]), np.concatenate([f["y"] for f in files]))]
        return [(file["x"], file["y"]) for file in files]

    @cached_property
    def answers(self) -> np.ndarray:
        """What the final model says of each validation sentence."""
        held_out = np.load(self.folder / "work" / "held-out.npz")
        return forward(widened(self.rounds[-1]), held_out["x"])[-1][:, 0] > 0.5

    @cached_property
    def recomputed(self) -> dict[str, Any]:
        """What verify.py finds in the environment that trained."""
        places = [found["name"] for found in self.manifest["plan"]["environments"]]
        return self.verified(next((name for name in places if name != "data"), "data"), VERIFY)


def reference(run: Run) -> list[Weights]:
    """All rounds in numpy, from nothing but the run's shards and initial weights."""
    found, params = [widened(run.rounds[0])], run.params
    for number in range(1, len(run.rounds)):
        settings = (params["seed"], params["local_epochs"], params["batch_size"], params["lr"])
        found.append(federated_round(found[-1], run.shards, number, *settings))
    return found


def full_row(run: Run, again: Run | None, flower: Run | None) -> list[str]:
    """All sentences: what came out, what it took, how it is checked."""
    found = run.recomputed["found"]
    finals = [name for name in found if name != "model.npz"]
    shown = f"{found[finals[0]]['accuracy']:.4f} ({finals[0]})" if finals else "-"
    off = max(abs(run.result["metrics"]["accuracy"] - said["accuracy"]) for said in found.values())
    return [
        f"[{run.name}](../recipes/sst2/{run.name}/guide.md)",
        run.verdict,
        *(f"{accuracy:.3f}" for accuracy in run.accuracies[:3]),
        shown,
        power(off),
        apart(run, flower),
        "-" if flower is None else str(int((run.answers != flower.answers).sum())),
        power(None if again is None else distance(run.rounds, again.rounds)),
        f"{run.result['duration_s']:.0f}",
        run.sent,
        f"{run.peak_mb / 1000:.1f}",
    ]


def small_row(run: Run, again: Run | None, flower: Run | None) -> list[str]:
    """Few sentences: parity over all rounds together."""
    return [
        run.name,
        run.params.get("backend", "keras"),
        *(f"{accuracy:.4f}" for accuracy in run.accuracies[-1:]),
        power(distance(run.rounds, reference(run))),
        "-" if flower is None or run.name == "centralized" else power(distance(run.rounds, flower.rounds)),
        "-" if flower is None else str(int((run.answers != flower.answers).sum())),
        power(None if again is None else distance(run.rounds, again.rounds)),
        f"{run.result['duration_s']:.0f}",
    ]


FULL = (
    "recipe | verdict, rounds | round 1 | round 2 | round 3 | recomputed from artifacts/final | off from --json | "
    "weights of each round off from flower's | answers unlike flower's | same seed again | s | weights to train on and trained | peak GB"
)
SMALL = (
    "recipe | backend | accuracy | weights of all rounds off from numpy's | off from flower's | "
    "answers unlike flower's | same seed again | s"
)


def table(head: str, runs: list[Run], row: Any) -> str:
    """One line a recipe and its params, in the order of the chapter."""
    of: dict[tuple[str, str], list[Run]] = {}
    for run in runs:
        of.setdefault(run.asked, []).append(run)
    flower = next((run for run in runs if run.name == COMPARED_WITH), None)
    lines = [f"| {head} |", "|" + "---|" * (head.count("|") + 1)]
    for asked in sorted(of, key=lambda asked: ORDER.index(asked[0])):
        first, *more = of[asked]
        lines.append(f"| {' | '.join(row(first, next(iter(more), None), flower))} |")
    missing = [name for name in ORDER if name not in {run.name for run in runs}]
    return "\n".join([*lines, *(["", f"Not run: {', '.join(missing)}."] if missing else [])])


def page(folders: list[Path], seeds: list[Path]) -> str:
    """The whole page. `seeds`: the runs that the spread over seeds is of."""
    runs = [Run(folder) for folder in folders]
    full = [run for run in runs if not run.params["limit"]]
    small = [run for run in runs if run.params["limit"]]
    first = runs[0]
    encoder = json.loads((first.folder / "work" / "task.json").read_text())["encoder"]
    return PAGE.format(
        date=time.strftime("%Y-%m-%d", time.gmtime(first.manifest["created"])),
        where=place(first),
        encoder=encoder,
        full=table(FULL, full, full_row),
        small=table(SMALL, small, small_row),
        spread=spread([Run(folder) for folder in seeds]),
        pictures="\n".join(f"![{run.name}](pictures/sst2-{run.name}.svg)" for run in pictured(full)),
    )


def pictured(runs: list[Run]) -> list[Run]:
    """The first run of each recipe, in the order of the chapter."""
    first = {run.name: run for run in reversed(runs)}
    return sorted(first.values(), key=lambda run: ORDER.index(run.name))


PAGE = """# SST-2, one task with all frameworks

Written by `python docs/write_results.py RUN… --seeds RUN…` from run folders (`fltui --run sst2/NAME --set encoder={encoder} --run-dir RUN`), of {date} on {where}; the encoder is {encoder}, its vectors were kept from an earlier run. Accuracy is on the 872 validation sentences, by the same evaluator for all; one standard error is 1.3 points. The same for pictures: [CIFAR-10](results-cifar10.md), and [what skew costs](results-skew.md).

## All 67,349 sentences, three rounds of one epoch, three clients

{full}

- *Recomputed*: `recipes/sst2/verify.py`, in the environment that trained and without fltui, loads `artifacts/final/` in the framework's own format; *off from --json* is the greatest difference of any format, `model.npz` included.
- *Off from flower's*: the greatest difference of any of the 230,000 weights, after round 1, 2 and 3. On all sentences a hidden unit is sooner or later just above zero in one run and just below in the other, and Adam, which divides by the size of a gradient, makes a whole step of that; so this is what rounding alone does. Parity is judged on few sentences, in the next table.
- *Same seed again*: the greatest difference in the weights of any round between two runs.
- *s*: wall time of the whole run, first start to last exit; others used the machine meanwhile, so read it as an upper bound. *Weights to train on and trained*: reckoned, not measured: every client gets the global ones once a round and gives its own back. What a framework sends besides, as Flower's evaluation on the clients in `sst2/flower`, is not in it. *Peak*: all processes together.

## 600 sentences

{small}

Every round from the first on is compared here, each from what the one before gave, with nothing of the run but its shards and initial weights. An optimizer that is not reset, another order of the batches or a shard in another's place is .001 to .02 off, and seen by `verify.py --retrain`; the accuracy would not show it.
{spread}
## On the screen

The runs of the first table, as `fltui` shows them (`python docs/draw_results.py RUN…`).

{pictures}
"""

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage=__doc__.split("\n")[2],
    )
    parser.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="a run folder")
    parser.add_argument(
        "--seeds", nargs="+", type=Path, default=[], metavar="RUN", help="runs with other seeds"
    )
    args = parser.parse_args()
    print(page(args.runs, args.seeds).rstrip())
