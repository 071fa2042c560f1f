"""The section of docs/results.md that tells by how much seeds alone move the accuracy."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from finished_run import ORDER, FinishedRun

ALL_SENTENCES = 67_349
# What must be the same in all recipes, so that their means may be compared.
TASK = ("encoder", "backend", "limit", "clients", "rounds", "local_epochs", "batch_size", "lr")

SECTION = """
## The spread over seeds

{rows}

{apart} Accuracy after round {rounds}, {sentences}; std is of the sample (n - 1).
"""


def by_recipe(runs: Sequence[FinishedRun]) -> dict[str, list[FinishedRun]]:
    """The runs of each recipe, by seed. Exits with a sentence when they cannot be compared."""
    of: dict[str, list[FinishedRun]] = {}
    for run in sorted(runs, key=lambda run: (ORDER.index(run.name), run.params["seed"])):
        of.setdefault(run.name, []).append(run)
    first = runs[0]
    for run in runs:
        if run.result["verdict"] != "ok":
            raise SystemExit(f"{run.folder}: its verdict is {run.result['verdict']}, not ok")
        for name in TASK:
            if run.params.get(name) != first.params.get(name):
                raise SystemExit(
                    f"{run.folder}: {name} is {run.params.get(name)}, "
                    f"but {first.params.get(name)} in {first.folder}"
                )
    for name, same in of.items():
        seeds = [run.params["seed"] for run in same]
        twice = next((seed for seed in seeds if seeds.count(seed) > 1), None)
        if twice is not None:
            raise SystemExit(
                f"sst2/{name} is given twice with seed {twice}: a spread is over different seeds"
            )
        if len(same) < 2:
            raise SystemExit(f"sst2/{name} is given with one seed only: a spread needs two or more")
    return of


def section(runs: Sequence[FinishedRun]) -> str:
    """Mean and spread of each recipe's final accuracy, and how far the means are apart."""
    if not runs:
        return ""
    lines, means = ["| recipe | seeds | accuracy of each | mean ± std |", "|---|---|---|---|"], []
    for name, same in by_recipe(runs).items():
        found = [run.accuracies[-1] for run in same]
        means.append(statistics.fmean(found))
        seeds = " ".join(str(run.params["seed"]) for run in same)
        accuracies = " ".join(f"{accuracy:.4f}" for accuracy in found)
        lines.append(f"| {name} | {seeds} | {accuracies} | {means[-1]:.4f} ± {statistics.stdev(found):.4f} |")
    params = runs[0].params
    return SECTION.format(
        rows="\n".join(lines),
        apart=f"The means are {100 * (max(means) - min(means)):.2f} points apart." if len(means) > 1 else "",
        rounds=params["rounds"],
        sentences=f"{params['limit'] or ALL_SENTENCES:,} sentences",
    )
