"""The ServerApp: FedAvg that keeps every round's weights and what each client sent."""

from __future__ import annotations

from flwr.app import Context
from flwr.serverapp import Grid, ServerApp
from flwr.serverapp.strategy import FedAvg

from digits.work_folder import load_initial
from flower_serverapp import run_federation
from weight_files import final_file, save_arrays

app = ServerApp()


@app.main()
def main(grid: Grid, context: Context) -> None:
    """Runs the federation."""
    run_federation(
        grid,
        context,
        FedAvg,
        load_initial,
        lambda artifacts, weights: save_arrays(final_file(artifacts), weights),
    )
