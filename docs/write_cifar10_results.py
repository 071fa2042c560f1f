"""Prints docs/results-cifar10.md: what the CIFAR-10 recipes gave, side by side, recomputed from their run folders.

python docs/write_cifar10_results.py RUN… > docs/results-cifar10.md

A RUN is a run folder (`--run-dir`). Runs of vgg_small are rows of a table of their split, others of the last.
For every run recipes/cifar10/verify.py is run in the environment `data`, without fltui.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

from finished_run import CHECKOUT, COMPARED_WITH, ORDER, FinishedRun, apart, place, power

VERIFY = CHECKOUT / "recipes" / "cifar10" / "verify.py"


def row(run: FinishedRun, flower: FinishedRun | None) -> list[str]:
    """What came out, how it was checked, what it took."""
    said = run.verified("data", VERIFY)
    finals = [name for name in said["found"] if name != "model.npz"]
    exact = max(value for what, value in said["differences"].items() if not what.startswith("loss"))
    return [
        f"[{run.name}](../recipes/cifar10/{run.name}/guide.md)",
        run.verdict,
        " ".join(f"{accuracy:.3f}"[1:] for accuracy in run.accuracies),
        f"{said['found'][finals[0]]['accuracy']:.4f} ({finals[0]})" if finals else "-",
        "NO" if said["wrong"] else power(exact),
        apart(run, flower),
        f"{run.result['duration_s']:.0f}",
        run.sent,
        f"{run.peak_mb / 1000:.1f}",
    ]


HEAD = (
    "recipe | verdict, rounds | accuracy of each round | recomputed from artifacts/final | "
    "verify.py finds at most | weights of each round off from flower's | s | weights to train on and trained | peak GB"
)


def table(runs: list[FinishedRun]) -> str:
    """One line a recipe, in the order of the chapter."""
    of = {run.name: run for run in runs}
    lines = [f"| {HEAD} |", "|" + "---|" * (HEAD.count("|") + 1)]
    for name in sorted(of, key=ORDER.index):
        lines.append(f"| {' | '.join(row(of[name], of.get(COMPARED_WITH)))} |")
    missing = [name for name in ORDER if name not in of]
    return "\n".join([*lines, *(["", f"Not run: {', '.join(missing)}."] if missing else [])])


def amount(run: FinishedRun) -> str:
    """How much was trained: rounds, and of how many images where not of all."""
    rounds, limit = run.params["rounds"], run.params["limit"]
    images = f", {limit:,} images among {run.params['clients']} clients" if limit else ""
    return f"{rounds} round{'' if rounds == 1 else 's'}{images}"


def page(folders: list[Path]) -> str:
    """The whole page."""
    runs = [FinishedRun(folder) for folder in folders]
    small = [run for run in runs if run.params["model"] == "vgg_small"]
    tables = []
    for split in dict.fromkeys(run.params["split"] for run in small):
        of_it = [run for run in small if run.params["split"] == split]
        tables.append(f"## vgg_small, split {split}, {amount(of_it[0])}\n\n{table(of_it)}")
    large = [run for run in runs if run.params["model"] != "vgg_small"]
    if large:
        tables.append(f"## {large[0].params['model']}, {amount(large[0])}\n\n{table(large)}")
    return PAGE.format(
        date=time.strftime("%Y-%m-%d", time.gmtime(runs[0].manifest["created"])),
        where=place(runs[0]),
        data=Path(runs[0].params["data"]).name,
        tables="\n\n".join(tables),
    )


PAGE = """# CIFAR-10, one task with all frameworks

Written by `python docs/write_cifar10_results.py RUN…` from run folders (`fltui --run cifar10/NAME --set model=… --set split=… --run-dir RUN`), of {date} on {where}, three clients, data `{data}`. Accuracy is on its test pictures, by the same evaluator for all; guessing is .1.

{tables}

- *Recomputed*: `recipes/cifar10/verify.py`, without fltui, loads `artifacts/final/` in the framework's own format. *Finds at most*: the greatest difference of any of what it recomputes, accuracy, the average of the recorded client weights of each round, the weights of each format; NO where one is more than it may be.
- *Off from flower's*: the greatest difference of any weight, after each round. Every server adds in 64 bits: in 32, the order of the additions alone is 1e-2 after four rounds. TensorFlow and torch add in another order within a convolution, so TFF's differ, and the more the longer they train ([why](../recipes/cifar10/tff/guide.md)).
- *s*: wall time, first start to last exit; others used the machine meanwhile, so read it as an upper bound. *Weights to train on and trained*: reckoned, not measured: every client gets the global ones once a round and gives its own back. What a framework sends besides is not in it. *Peak*: all processes together.
"""

if __name__ == "__main__":
    print(page([Path(word) for word in sys.argv[1:]]).rstrip())
