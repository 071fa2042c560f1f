"""Prints docs/strategies.md: which way of making one model of the clients' is in which recipe.

python docs/list_strategies.py > docs/strategies.md

Names, choices and params are read from the recipes; what a framework calls its own is said here.
"""

from __future__ import annotations

import re
from pathlib import Path

from fltui.recipe.find import short_name
from fltui.recipe.load import load
from fltui.recipe.recipe_model import Recipe

RECIPES = Path(__file__).resolve().parent.parent / "recipes"
CALLED = {
    "flower": "Flower",
    "tff": "TFF",
    "openfl": "OpenFL",
    "ibmfl": "IBM FL",
    "stadle": "STADLE",
}
DOES = {
    "fedavg": "the mean of the clients' models, weighted by numbers of examples (McMahan et al. 2017)",
    "fedprox": "the same mean; the clients' loss has mu/2 times the squared distance from the global model (Li et al. 2018)",
    "fedadam": "a step of Adam on the server; its gradient is the old model minus the mean (Reddi et al. 2021)",
    "fedyogi": "the same with Yogi, whose second moment moves by a part of the gradient's square at most (Reddi et al. 2021)",
    "fedadagrad": "the same with Adagrad, which adds up the squares of all rounds (Reddi et al. 2021)",
    "median": "the median of every single weight; for clients that lie (Yin et al. 2018)",
    "trimmed_mean": "the mean of every single weight without the least and the greatest; for clients that lie (Yin et al. 2018)",
    "krum": "the one client's model that is nearest to its nearest others; for clients that lie (Blanchard et al. 2017)",
}
OWN_NAMES = {
    "flower": {
        "fedavg": "`FedAvg`",
        "fedprox": "`FedProx`, term by ours",
        "fedadam": "`FedAdam`",
        "fedyogi": "`FedYogi`",
        "fedadagrad": "`FedAdagrad`",
        "median": "`FedMedian`",
        "trimmed_mean": "`FedTrimmedAvg`",
        "krum": "`Krum`",
    },
    "tff": {
        "fedavg": "`build_weighted_fed_avg`",
        "fedadam": "that with `build_adam`",
        "fedyogi": "that with `build_yogi`",
        "fedadagrad": "that with `build_adagrad`",
    },
    "openfl": {
        "fedavg": "`WeightedAverage`",
        "fedprox": "`WeightedAverage`, term by ours",
        "fedadam": "`AdaptiveAggregation`, `NumPyAdam`",
        "fedyogi": "`AdaptiveAggregation`, `NumPyYogi` mended",
        "fedadagrad": "`AdaptiveAggregation`, `NumPyAdagrad`",
        "median": "`Median`",
    },
    "ibmfl": {
        "fedavg": "`FedAvgFusionHandler`",
        "median": "`CoordinateMedianFusionHandler`",
        "krum": "`KrumFusionHandler`",
    },
    "stadle": {"fedavg": "the aggregator's mean, `set_agg_weight`"},
}


def recipes() -> list[Recipe]:
    """Those that have a choice of strategies, in the order in which the frameworks are named above."""
    found = [load(file) for file in sorted(RECIPES.glob("*/*/recipe.yaml"))]
    chosen = [recipe for recipe in found if "strategy" in recipe.params]
    return sorted(chosen, key=lambda recipe: list(CALLED).index(recipe.framework))


def strategies_of(recipe: Recipe) -> tuple[str, ...]:
    return tuple(str(choice) for choice in recipe.params["strategy"].choices or ())


def params_of(strategy: str) -> dict[str, tuple[str, str]]:
    """Each param whose help begins with the strategy's name: its default, and what it is."""
    found = {}
    for recipe in recipes():
        for name, param in recipe.params.items():
            whom, colon, what = (param.help or "").partition(": ")
            if colon and strategy in whom.split(", ") and name not in found:
                default = param.default
                found[name] = (f"{default:g}" if isinstance(default, float) else str(default), what)
    return found


def checked(found: list[Recipe]) -> list[Recipe]:
    """Raises SystemExit when a recipe and the words above differ about what there is."""
    for recipe in found:
        if set(strategies_of(recipe)) != set(OWN_NAMES[recipe.framework]):
            raise SystemExit(f"{short_name(recipe.file)} has other strategies than OWN_NAMES says")
    unknown = {name for recipe in found for name in strategies_of(recipe)} ^ set(DOES)
    if unknown:
        raise SystemExit(f"DOES and the recipes differ about {', '.join(sorted(unknown))}")
    return found


def offers(found: list[Recipe]) -> str:
    """A row a strategy, a column a framework: what the framework calls it."""
    columns = list(dict.fromkeys(recipe.framework for recipe in found))
    lines = [
        f"| `strategy=` | {' | '.join(CALLED[name] for name in columns)} |",
        "|---" * (len(columns) + 1) + "|",
    ]
    for strategy in DOES:
        cells = [OWN_NAMES[name].get(strategy, "-") for name in columns]
        lines.append(f"| `{strategy}` | {' | '.join(cells)} |")
    names = [
        ", ".join(
            f"[{short_name(recipe.file)}](../recipes/{short_name(recipe.file)}/guide.md)"
            for recipe in found
            if recipe.framework == column
        )
        for column in columns
    ]
    lines.append(f"| recipes | {' | '.join(names)} |")
    return "\n".join(lines)


def meanings() -> str:
    """A row a strategy: what it does, with which params."""
    lines = ["| `strategy=` | what it does | its params |", "|---|---|---|"]
    for strategy, does in DOES.items():
        params = "; ".join(f"`{name}={default}`" for name, (default, _) in params_of(strategy).items())
        lines.append(f"| `{strategy}` | {does} | {params} |")
    return "\n".join(lines)


def numbers() -> str:
    """A row a param, once for all strategies that take it."""
    said: dict[str, str] = {}
    for strategy in DOES:
        said |= {name: what for name, (_, what) in params_of(strategy).items() if name not in said}
    return "\n".join(f"- `{name}`: {re.sub(r'; IBM FL wants.*', '', what)}." for name, what in said.items())


PAGE = f"""# Strategies: how one model is made of the clients'

Written by `make schema` from the recipes. Every CIFAR-10 recipe but the centralized one takes `--set strategy=…`; a name that a framework does not have is refused with those that it has. Digits and SST-2 average (`fedavg`). `fltui sweep cifar10/flower --set strategy=fedavg,fedprox --seeds 3` [compares them](sweeps.md); what some of them do [on skewed clients](results-skew.md), with which `mu` and `server_lr`.

{meanings()}

{numbers()}

## Which framework has it, and what it calls it

{offers(checked(recipes()))}

*By ours*: the framework gives the mean, the recipe's clients add the term's gradient, the same code in all of them.

## Not offered, although one reads of it

- **FedProx in TFF.** `build_weighted_fed_prox` is there; its `proximal_client_work.py` (0.87) adds mu times (global - own) to the gradient where FedProx wants mu times (own - global): it drives clients away from the global model.
- **FedProx in IBM FL.** The wheel that installs, 2.0.1, has none, nor an adaptive server or a trimmed mean.
- **Yogi as OpenFL has it.** Its second moment decays as Adam's does, besides Yogi's step; the recipes put the published rule in.
- **Median, trimmed mean and Krum in TFF.** Its aggregators never see a single client's model, so that they can be secure.
- **FedProx in STADLE.** Nothing in what travels would tell an agent of it.
- **SCAFFOLD, FedNova.** None of the five has them in the release that is installed.

The same name is not the same step everywhere: how Adam and Yogi begin, and from what Adagrad starts, differs between frameworks; the recipes' guides say how. `fedadam`, `fedyogi` and `fedadagrad` with `norm=batch` are refused by Flower's recipes before they begin: a step might make a running variance negative. OpenFL averages those, and takes both.
"""

if __name__ == "__main__":
    print(PAGE, end="")
