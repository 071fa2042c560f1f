"""`fltui locate`: the folders that fltui uses on this machine."""

from __future__ import annotations

import click

from fltui.cli.listing import print_json, print_table
from fltui.environment.state import builds_folder
from fltui.environment.wheels import wheels_folder
from fltui.facts import site


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON object on stdout.")
def locate(as_json: bool) -> None:
    """Print the folders that fltui uses."""
    folders = {
        "runs": site.runs_folder(),
        "environments": builds_folder(),
        "wheels": wheels_folder(),
        "cache": site.cache_folder(),
        "state": site.state_folder(),
        "config": site.config_folder(),
        "recipes": site.shipped_recipes(),
        "own recipes": site.config_folder() / "recipes",
    }
    shared = {name: site.site_folders(name) for name in ("FLTUI_ENVIRONMENTS", "FLTUI_DATA", "FLTUI_WHEELS")}
    if as_json:
        print_json(
            {**{k: str(v) for k, v in folders.items()}, **{k: list(map(str, v)) for k, v in shared.items()}}
        )
        return
    rows = [(name, str(folder)) for name, folder in folders.items()]
    rows += [(name, str(folder)) for name, found in shared.items() for folder in found]
    print_table(("what", "where"), rows)
