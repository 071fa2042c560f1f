"""Prints docs/results-skew.md: what skew costs, from finished sweeps of cifar10/flower; copies their curves to docs/pictures.

python docs/write_cifar10_skew.py DISJOINT CHAPTER [STRATEGIES…] > docs/results-skew.md

Each is a folder of `fltui sweep`; the page says with which command it was made.
"""

from __future__ import annotations

import itertools
import math
import shlex
import shutil
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finished_run import CHECKOUT, FinishedRun, place

from fltui.study.sweep_folder import SweepView, read_sweep
from fltui.study.sweep_grid import SEED
from fltui.study.sweep_summary import Combination, combinations, reached_words, score_words, sentences

PICTURES = CHECKOUT / "docs" / "pictures"


def skew_of(point: Combination) -> float:
    """Mean over the seeds of the skew that prepare measured: mean total-variation distance from uniform."""
    found = [float(cell.metrics["skew"]) for cell in point.cells if "skew" in cell.metrics]
    return sum(found) / len(found) if found else math.nan


def table(view: SweepView) -> str:
    """A line a combination, in the order of the grid."""
    names = list(view.swept)
    head = [*names, "skew", "accuracy, mean ± std", "of each seed", f"rounds to {view.target:g}"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for point in combinations(view):
        values = dict(point.values)
        cells = [str(values[name]) for name in names]
        scores = " ".join(f"{score:.3f}"[1:] for score in point.scores)
        cells += [f"{skew_of(point):.2f}", score_words(point), scores, reached_words(point, view.target)]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, *(f"\n{said}." for said in sentences(view))])


def picture(view: SweepView) -> str:
    """Copies the curve; its Markdown."""
    shutil.copy(view.folder / "curve.svg", PICTURES / f"skew-{view.folder.name}.svg")
    return f"![{view.folder.name}](pictures/skew-{view.folder.name}.svg)"


def falls(view: SweepView) -> str:
    """Whether the means fall from the least skew to the most, and by how much."""
    points = sorted(combinations(view), key=skew_of)
    means = [point.mean or 0.0 for point in points]
    steps = sum(after > before for before, after in itertools.pairwise(means))
    does = "falls" if means[-1] < means[0] else "does not fall: it goes"
    words = "falling at every step" if not steps else f"rising at {steps} of {len(means) - 1} steps"
    return f"From skew {skew_of(points[0]):.2f} to {skew_of(points[-1]):.2f} the mean {does} from {means[0]:.3f} to {means[-1]:.3f}, {words}."


def seeds_words(views: Sequence[SweepView]) -> str:
    """`3 seeds`, `one seed`, or of each sweep where they differ."""
    counts = dict.fromkeys(max(1, len(view.seeds)) for view in views)
    return " or ".join("one seed" if count == 1 else f"{count} seeds" for count in counts)


def others(views: Sequence[SweepView]) -> dict[str, Combination]:
    """Every setting of another strategy, under its name: `fedyogi server_lr=0.03`."""
    found = {}
    for view in views:
        for point in combinations(view):
            values = {"strategy": params_of(point)["strategy"], **dict(point.values)}
            named = [f"{name}={value}" for name, value in values.items() if name != "strategy"]
            found[" ".join([str(values["strategy"]), *named])] = point
    return found


def params_of(point: Combination) -> dict[str, Any]:
    return FinishedRun(Path(point.cells[0].folder)).params


def better(settings: Mapping[str, Combination], plain: Combination) -> str:
    """Which settings did better than FedAvg at the same skew, or that none did."""
    assert plain.mean is not None
    spread = plain.spread or 0.0
    won = [
        f"{name} ({score_words(point)})"
        for name, point in settings.items()
        if point.mean is not None and point.mean - (point.spread or 0.0) > plain.mean + spread
    ]
    said = f"FedAvg has {score_words(plain)} there. "
    if won:
        said += f"Better by more than both spreads: {', '.join(won)}."
    else:
        said += "None of the others did better by more than both spreads."
    base = scores_of(plain)
    always = [name for name, point in settings.items() if _always_above(scores_of(point), base)]
    return f"{said} Better with every seed: {', '.join(always) or 'none'}."


def _always_above(scores: Mapping[int, float], base: Mapping[int, float]) -> bool:
    return scores.keys() == base.keys() and all(scores[seed] > base[seed] for seed in base)


def others_table(settings: Mapping[str, Combination], plain: Combination, target: float) -> str:
    """A line a setting, each beside FedAvg with the same seed: the same weights, split and batches to start from."""
    base = scores_of(plain)
    head = ["strategy", "accuracy, mean ± std", "of each seed", "minus FedAvg's", f"rounds to {target:g}"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for name, point in {"fedavg": plain, **settings}.items():
        mine = scores_of(point)
        scores = " ".join(f"{score:.3f}".removeprefix("0") for score in point.scores)
        apart = " ".join(f"{mine[seed] - base[seed]:+.3f}" for seed in base if seed in mine)
        cells = [
            name,
            score_words(point),
            scores,
            apart if point is not plain else "",
            reached_words(point, target),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def scores_of(point: Combination) -> dict[int, float]:
    """Seed to score, of the cells that have one."""
    return {int(cell.values.get(SEED, 0)): cell.score for cell in point.cells if cell.score is not None}


def command(view: SweepView) -> str:
    """The command that made it; of the data only the name of the file, wherever it lay."""
    words = [f"data={Path(word).name}" if word.startswith("data=") else word for word in view.command]
    return shlex.join(words)


def page(disjoint: SweepView, chapter: SweepView, strategies: Sequence[SweepView]) -> str:
    """The whole page."""
    views = (disjoint, *strategies, chapter)
    first = FinishedRun(Path(disjoint.cells[0].folder))
    commands = "\n".join(command(view) for view in views)
    hardest = max(combinations(disjoint), key=skew_of)
    settings = others(strategies)
    return PAGE.format(
        date=time.strftime("%Y-%m-%d", time.gmtime(first.manifest["created"])),
        where=place(first),
        params=first.params,
        tested=first.params["test_limit"] or 10_000,
        data=Path(first.params["data"]).name or "CIFAR-10",
        seeds=seeds_words(views),
        commands=commands,
        disjoint=f"{falls(disjoint)}\n\n{table(disjoint)}\n\n{picture(disjoint)}",
        strategies=f"{better(settings, hardest)}\n\n{others_table(settings, hardest, disjoint.target or 0.0)}"
        if settings
        else "Not run.",
        chapter=f"{falls(chapter)}\n\n{table(chapter)}\n\n{picture(chapter)}",
    )


PAGE = """# What skew costs: CIFAR-10 with Flower

Written by `python docs/write_cifar10_skew.py SWEEP…` from sweeps of {date} on {where}: {params[model]}, {params[limit]:,} training images of `{data}`, rounds of {params[local_epochs]} epoch, {params[clients]} clients, {seeds}; how many rounds, the commands say. Accuracy is that of the last round's global weights on {tested:,} test pictures; guessing is .1. With so few seeds the spread is rough: what overlaps is not told apart. *Skew* is the mean total-variation distance of a client's classes from uniform, 0 to .9, as recorded by every run.

```sh
{commands}
```

## Only the skew grows

`class_focus_disjoint`: every image belongs to one client, so the amount of data stays the same; `focus` is the part of a class that its owner has. {disjoint}

## Other strategies at the most skew

Each client has as much of its own classes, and as little of others, as clients of equal size can have (`focus=1`). {strategies}

Settings were compared on the same test pictures, so the best of several looks a little better than it is. What a strategy's numbers mean: [strategies](strategies.md).

## The chapter's way

`class_focus`: a client has all images of its own classes and the part `def_count` of the others', so with less `def_count` there is more skew, but also less data: at 1 every client has everything, at 0 a third of it. What falls here is the sum of both. {chapter}
"""

if __name__ == "__main__":
    first, second, *more = (read_sweep(Path(name)) for name in sys.argv[1:])
    print(page(first, second, more).rstrip())
