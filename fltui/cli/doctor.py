"""`fltui doctor`: what this machine lacks, problems first, each with the command that mends it."""

from __future__ import annotations

from pathlib import Path

import click

from fltui.cli.errors import UsageError
from fltui.cli.listing import print_json
from fltui.cli.machine_findings import gpus, ports
from fltui.environment.catalogue import all_names
from fltui.environment.doctor import Finding, examine, examine_recipe
from fltui.environment.task_findings import data_findings, given_data, model_findings


@click.command()
@click.argument("recipe", required=False)
@click.option("--set", "sets", metavar="K=V", multiple=True, help="Set a param of RECIPE.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list on stdout.")
@click.pass_obj
def doctor(recipes: Path | None, recipe: str | None, sets: tuple[str, ...], as_json: bool) -> None:
    """Say what this machine lacks, and the command that gets it; with RECIPE only what that one needs."""
    if recipe is None and sets:
        raise UsageError("--set goes with a recipe: fltui doctor RECIPE --set K=V")
    findings = _machine(recipes) if recipe is None else _recipe(recipe, recipes, sets)
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
            if finding.by_hand:
                click.echo(f"    by hand: {finding.by_hand}")


def _recipe(text: str, recipes: Path | None, sets: tuple[str, ...]) -> list[Finding]:
    """What one recipe needs. Raises RecipeError, ValueProblem."""
    from fltui.cli.prepare import read_values
    from fltui.plan.check import check
    from fltui.plan.resolve import environments_needed
    from fltui.recipe.find import find, recipes_root, short_name

    file = find(text, recipes)
    root, name = recipes_root(file), short_name(file)
    loaded = check(file, all_names(root))
    values = read_values(loaded, sets, None, lambda missing: f"<{missing.name}>")
    needed = environments_needed(loaded, values.params, values.inputs)
    path = str(values.params.get("data") or "")
    data = [given_data(path)] if path else data_findings({loaded.task: [name]}, root)
    models = model_findings(name, loaded.task, root, values.params)
    return [*examine_recipe(name, needed, root, values.params), *data, *models]


def _machine(recipes: Path | None) -> list[Finding]:
    """This machine, and what all recipes need with their defaults."""
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
    return [*broken, *examine(wanted, recipes, params), *data_findings(tasks, recipes), *ports(), *gpus()]
