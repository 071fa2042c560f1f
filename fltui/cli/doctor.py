"""`fltui doctor`: what this machine lacks, problems first, each with the command that mends it."""

from __future__ import annotations

from pathlib import Path

import click

from fltui.cli.listing import print_json
from fltui.cli.machine_findings import gpus, ports
from fltui.environment.doctor import Finding, data_findings, examine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="A JSON list on stdout.")
@click.pass_obj
def doctor(recipes: Path | None, as_json: bool) -> None:
    """Say what this machine lacks, and the command that gets it."""
    from fltui.recipe.find import catalogue
    from fltui.recipe.load import load

    wanted: dict[str, set[str]] = {}
    tasks: dict[str, list[str]] = {}
    params: dict[str, dict[str, object]] = {}
    broken: list[Finding] = []
    for found in catalogue(recipes):
        try:
            recipe = load(found.file)
        except Exception as error:  # noqa: BLE001  whatever is wrong with one recipe is a finding
            broken.append(Finding("problem", f"recipe {found.name}", str(error), f"fltui check {found.file}"))
            continue
        names = {recipe.environment, *(process.environment for process in recipe.processes.values())}
        tasks.setdefault(recipe.task, []).append(found.name)
        wanted[found.name] = {str(name) for name in names if name and "${{" not in str(name)}
        params[found.name] = {name: param.default for name, param in recipe.params.items()}
    findings = broken + examine(wanted, recipes, params) + data_findings(tasks, recipes) + ports() + gpus()
    if as_json:
        print_json(findings)
        return
    for level, title in (("problem", "problems"), ("missing", "not there yet"), ("ok", "well")):
        group = [finding for finding in findings if finding.level == level]
        if group:
            click.echo(f"{title}:")
        for finding in group:
            click.echo(f"  {finding.what}: {finding.says}")
            if finding.mend:
                click.echo(f"    {finding.mend}")
