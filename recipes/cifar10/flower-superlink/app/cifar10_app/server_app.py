"""The ServerApp: a strategy of Flower's that keeps every round's weights and what each client sent."""

from __future__ import annotations

from pathlib import Path

from flwr.app import Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp import strategy as flower

from cifar10.flower_strategies import check_fits, own_options, strategy_of
from cifar10.local_training import save_final
from cifar10.work_folder import load_architecture, load_initial
from flower_serverapp import run_federation
from weight_files import Weights

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    """Runs the federation."""
    config = context.run_config
    name = str(config["strategy"])
    model = load_architecture(Path(str(config["run-folder"])) / "work")

    def initial(work: Path) -> Weights:
        check_fits(name, model)
        return load_initial(work)

    run_federation(
        grid,
        context,
        strategy_of(flower, name),
        initial,
        lambda artifacts, weights: save_final(artifacts, weights, model),
        exact=True,
        **own_options(name, **numbers(config)),
    )


def numbers(config: dict) -> dict:
    """What the run's configuration says of the strategies."""
    return {
        "mu": float(config["mu"]),
        "server_lr": float(config["server-lr"]),
        "tau": float(config["tau"]),
        "trim": float(config["trim"]),
        "krum": {"num_malicious_nodes": int(config["faulty"])},
    }
