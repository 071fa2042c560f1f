"""The ServerApp: FedAvg that keeps every round's weights and what each client sent."""

from __future__ import annotations

from flwr.app import Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg

from flower_serverapp import run_federation
from sst2.local_training import save_final
from sst2.work_folder import load_initial

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    """Runs the federation."""
    backend = str(context.run_config["backend"])
    run_federation(
        grid,
        context,
        FedAvg,
        load_initial,
        lambda artifacts, weights: save_final(artifacts, weights, backend),
    )
