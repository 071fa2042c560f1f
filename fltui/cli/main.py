"""The command `fltui`: without arguments the terminal app, with `--run` a headless run, else a command.

Imports nothing heavy: what a command needs is imported when it is called.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from fltui import __version__
from fltui.cli.app import open_app
from fltui.cli.errors import Failure, UsageError, complain, failure_of, print_result, result_of
from fltui.cli.lazy_group import Lazy, LazyGroup
from fltui.cli.streams import ReaderGone, end_with_the_reader, stdout_failed, take_streams
from fltui.facts.verdict import Verdict

COMMANDS = {
    "recipes": Lazy("fltui.cli.recipes", "recipes", "List the recipes; `recipes copy` makes one your own."),
    "check": Lazy("fltui.cli.recipes", "check", "Check recipes and say what is wrong, with line and column."),
    "plan": Lazy("fltui.cli.recipes", "plan", "Show what a recipe would run, without running it."),
    "schema": Lazy("fltui.cli.recipes", "schema", "Print the JSON Schema of recipes."),
    "env": Lazy("fltui.cli.env", "env", "List, build, check and remove the frameworks' environments."),
    "doctor": Lazy(
        "fltui.cli.doctor", "doctor", "Say what this machine lacks, and the command that gets it."
    ),
    "locate": Lazy("fltui.cli.locate", "locate", "Print the folders that fltui uses."),
    "runs": Lazy("fltui.cli.runs", "runs", "List runs, past and live; export or remove one."),
    "ps": Lazy("fltui.cli.runs", "ps", "List live runs and their processes."),
    "logs": Lazy("fltui.cli.logs", "logs", "Print or follow what a run's processes wrote."),
    "send": Lazy("fltui.cli.live", "send", "Type a line into a process of a live run."),
    "mark": Lazy("fltui.cli.live", "mark", "Put a mark with a text into a live run's record."),
    "stop": Lazy("fltui.cli.live", "stop", "Stop a live run and wait until nothing of it is left."),
    "sweep": Lazy("fltui.cli.sweep", "sweep", "Run a grid of params, and draw the curve that comes of it."),
    "replay": Lazy("fltui.cli.replay", "replay", "Play a finished run again."),
    "attach": Lazy("fltui.cli.attach", "attach", "Open the terminal app on a run."),
    "serve": Lazy("fltui.cli.serve", "serve", "Show a run read-only in a browser."),
    "wait": Lazy("fltui.cli.live", "wait", "Wait for a run's end and exit with its exit code."),
}

HELP = """Federated learning for real, in a terminal.

fltui alone opens the terminal app; `fltui --run RECIPE` runs one federation headless.
RECIPE is a file, a folder that holds recipe.yaml, or a short name such as digits/flower.
"""
EXIT_CODES_HELP = """Exit codes of --run: 0 ok; 1 a process or the federation failed; 2 bad recipe or
usage; 3 not ready in time; 4 a step timed out or a question went unanswered; 5 processes left over;
6 environment could not be built; 130 and 143 interrupted."""

ONLY_WITH_RUN = {
    "sets": "--set",
    "answers": "--answers",
    "as_json": "--json",
    "detach": "--detach",
    "step": "--step",
    "attended": "--attended",
    "no_build": "--no-build",
    "accept_licence": "--accept-licence",
    "deadline": "--deadline",
    "stall": "--stall",
    "run_dir": "--run-dir",
    "junit": "--junit",
}


@click.group(
    cls=LazyGroup,
    table=COMMANDS,
    invoke_without_command=True,
    help=HELP,
    epilog=EXIT_CODES_HELP,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--run", metavar="RECIPE", help="Run this recipe headless, to its verdict.")
@click.option("--set", "sets", metavar="K=V", multiple=True, help="Set a param, an input or an answer.")
@click.option(
    "--answers", type=click.Path(path_type=Path), metavar="FILE", help="YAML or JSON file of the same."
)
@click.option("--json", "as_json", is_flag=True, help="Print exactly one JSON object on stdout.")
@click.option("--detach", is_flag=True, help="Print the run's name and return; the run goes on.")
@click.option("--step", is_flag=True, help="Every step of the dialogue waits for you.")
@click.option("--no-build", is_flag=True, help="Do not build a missing environment; exit 6.")
@click.option("--accept-licence", metavar="NAME", multiple=True, help="Accept this environment's licence.")
@click.option(
    "--deadline", metavar="T", help="End the run after T (90s, 10m, 1h) instead of the recipe's time."
)
@click.option("--stall", metavar="T", help="No progress for T is a stall, which ends the run after twice T.")
@click.option("--attended", is_flag=True, hidden=True, help="People answer over the run's socket.")
@click.option("--run-dir", type=click.Path(path_type=Path), metavar="DIR", help="A new or empty run folder.")
@click.option(
    "--junit", type=click.Path(path_type=Path), metavar="FILE", help="Write the verdict as JUnit XML."
)
@click.option(
    "--recipes",
    "recipes_dir",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Look for recipes here first.",
)
@click.version_option(__version__, prog_name="fltui")
@click.pass_context
def root(context: click.Context, /, run: str | None, recipes_dir: Path | None, **options: Any) -> int | None:
    if recipes_dir is not None and not recipes_dir.is_dir():
        raise UsageError(f"--recipes {recipes_dir} is no folder; give one that holds recipes")
    if run is not None:
        if context.invoked_subcommand is not None:
            raise UsageError(f"--run and the command {context.invoked_subcommand!r} do not go together")
        return run_headless(run, recipes_dir, options)
    lonely = [flag for name, flag in ONLY_WITH_RUN.items() if options[name]]
    if lonely:
        hint = f"; write it after {context.invoked_subcommand}" if context.invoked_subcommand else ""
        raise UsageError(f"{lonely[0]} goes with --run RECIPE{hint}")
    if context.invoked_subcommand is None:
        return open_app("`fltui --run RECIPE` runs a federation, see `fltui --help`", recipes=recipes_dir)
    if context.invoked_subcommand == "logs":  # `-f` would write to nobody until the run ends
        end_with_the_reader()
    context.obj = recipes_dir
    return None


def run_headless(recipe: str, recipes_dir: Path | None, options: dict[str, Any]) -> int:
    """`--run`. The engine imports what it needs while the recipe is read."""
    from fltui.control.start import WarmEngine

    with WarmEngine() as engine:
        from fltui.cli.prepare import RunOptions
        from fltui.cli.run import run_recipe

        return run_recipe(RunOptions(recipe=recipe, recipes_dir=recipes_dir, **options), engine)


def main(args: Sequence[str] | None = None) -> None:
    """The entry point. Exits with the code of the command; prints errors as sentences."""
    take_streams()
    words = list(sys.argv[1:] if args is None else args)
    if signal.getsignal(signal.SIGINT) is signal.SIG_DFL:
        signal.signal(signal.SIGINT, signal.default_int_handler)  # see fltui/cli/__init__.py
    try:
        code = root.main(words, prog_name="fltui", standalone_mode=False)
        sys.stdout.flush()
        code = code or int(stdout_failed())
    except ReaderGone:
        code = 0
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - said as a sentence or raised again
        code = _failed(error, words)
    sys.exit(code)


def _failed(error: BaseException, words: list[str]) -> int:
    """Says what went wrong and returns the exit code; a fault of fltui itself is raised again."""
    if isinstance(error, click.ClickException):
        failure: Failure | None = Failure(Verdict.RECIPE, 2, error.format_message())
    else:
        failure = failure_of(error)
    code = failure.exit_code if failure is not None else 1
    if "--json" in words and any(word.split("=")[0] == "--run" for word in words):
        crash = Failure(Verdict.FAILED, 1, f"fault in fltui: {type(error).__name__}: {error}")
        code = print_result(result_of(failure or crash))
    if failure is None:
        raise error
    complain(failure.sentence)
    return code


if __name__ == "__main__":
    main()
