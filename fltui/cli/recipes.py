"""`fltui recipes`, `check`, `plan` and `schema`: recipes before they run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from fltui.cli.errors import UsageError, written_as
from fltui.cli.listing import print_json, print_table
from fltui.facts.site import config_folder
from fltui.recipe.errors import RecipeError
from fltui.recipe.find import Found, catalogue, find, recipes_root, roots


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON list on stdout.")
@click.pass_context
def recipes(context: click.Context, as_json: bool) -> int:
    """List the recipes: yours, the user's and the shipped ones."""
    if context.invoked_subcommand is not None:
        if as_json:
            raise UsageError(f"--json goes without {context.invoked_subcommand}")
        return 0
    found = [_entry(item) for item in catalogue(context.obj)]
    if as_json:
        print_json(found)
    else:
        titles = ("recipe", "framework", "task", "origin", "title")
        rows = [[entry[title] for title in titles] for entry in found]
        print_table(titles, rows, "no recipes; `fltui recipes copy` needs one to begin with")
    return 0


@recipes.command()
@click.argument("recipe")
@click.argument("target", type=click.Path(path_type=Path))
@click.pass_context
def copy(context: click.Context, recipe: str, target: Path) -> None:
    """Copy RECIPE to the new folder TARGET, where it is yours to change; `fltui --run TARGET` runs it."""
    from fltui.cli.copy_recipe import copy_recipe

    with written_as(target):
        folder = copy_recipe(find(recipe, context.obj), target)
    print(folder)
    print(f"run it: fltui --run {target}", file=sys.stderr)
    if not any(folder.is_relative_to(root.resolve()) for _, root in roots(context.obj)):
        places = f"{Path('recipes') / folder.name} or {config_folder() / 'recipes' / folder.name}"
        print(f"the browser and `fltui recipes` list it from {places}", file=sys.stderr)


@click.command()
@click.argument("recipe", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON list of what is wrong on stdout.")
@click.pass_context
def check(context: click.Context, recipe: tuple[str, ...], as_json: bool) -> int:
    """Check recipes: their files, and plans of them with every choice. Nothing is run.

    In the list of --json `line` and `column` count from 1; they are null where the file as a whole is
    meant, or where there is none.
    """
    from fltui.environment.catalogue import all_names
    from fltui.plan.check import check as check_file

    problems: list[dict[str, Any]] = []
    for text in recipe:
        try:
            file = find(text, context.obj)
            check_file(file, all_names(recipes_root(file)))
        except RecipeError as error:
            for problem in error.problems:
                print(problem, file=sys.stderr)
            problems += [
                {
                    "file": str(it.file),
                    "line": it.line or None,
                    "column": it.column or None,
                    "problem": it.sentence,
                }
                for it in error.problems
            ]
        else:
            print(f"{file}: ok", file=sys.stderr)
    if as_json:
        print_json(problems)
    return 2 if problems else 0


@click.command()
@click.argument("recipe")
@click.option("--set", "sets", metavar="K=V", multiple=True, help="Set a param, an input or an answer.")
@click.option(
    "--answers", type=click.Path(path_type=Path), metavar="FILE", help="YAML or JSON file of the same."
)
@click.option("--json", "as_json", is_flag=True, help="The plan as the engine gets it.")
@click.pass_context
def plan(
    context: click.Context, recipe: str, sets: tuple[str, ...], answers: Path | None, as_json: bool
) -> None:
    """Show what RECIPE would run, without running it. Ports are allocated only at a start; GPUs as now."""
    from fltui.cli.environments import planned_environments
    from fltui.cli.prepare import on_gpus, read_values, site_for
    from fltui.facts.site import runs_folder
    from fltui.plan.describe import describe
    from fltui.plan.resolve import environments_needed, resolve
    from fltui.probe.gpu_look import GpuLook
    from fltui.recipe.load import load

    look = GpuLook()
    loaded = load(find(recipe, context.obj))
    values = read_values(loaded, sets, answers, lambda missing: f"<{missing.name}>")
    needed = environments_needed(loaded, values.params, values.inputs)
    environments = planned_environments(needed, loaded, values.params)
    site = site_for(loaded, "RUN", runs_folder() / "RUN", environments)
    found = resolve(loaded, values.params, values.inputs, site, answers=values.answers)
    found = on_gpus(found, look, lambda text: print(text, file=sys.stderr))
    if as_json:
        print_json(found)
    else:
        print(describe(found), end="")


@click.command()
def schema() -> None:
    """Print the JSON Schema of recipes, for editors."""
    from fltui.recipe.schema import schema_text

    print(schema_text(), end="")


def _entry(found: Found) -> dict[str, Any]:
    """One line of the list; a recipe that cannot be read says so in its title."""
    from fltui.recipe.load import load

    entry: dict[str, Any] = {"recipe": found.name, "origin": found.origin, "file": str(found.file)}
    try:
        recipe = load(found.file)
    except RecipeError as error:
        return {**entry, "framework": None, "task": None, "title": f"cannot be read: {error.sentence}"}
    return {**entry, "framework": recipe.framework, "task": recipe.task, "title": recipe.title}
