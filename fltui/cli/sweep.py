"""`fltui sweep RECIPE --set NAME=A,B --seeds N`: a grid of runs, and the curve that comes of them."""

from __future__ import annotations

import os
import re
import shlex
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fltui.cli.errors import USAGE, CommandFailed, UsageError, failure_of
from fltui.cli.listing import print_json
from fltui.cli.wording import counted

if TYPE_CHECKING:
    from fltui.cli.interrupts import Interrupts
    from fltui.cli.sweep_cells import SweepOptions
    from fltui.cli.sweep_show import SweepShow
    from fltui.study.sweep_conductor import Conductor
    from fltui.study.sweep_grid import Grid

_TURN_S = 0.1
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")


class _Sweep(click.Command):
    """What click finds wrong is told as an object, too, where one was asked for."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        as_json = "--json" in args  # asked before click takes the list apart
        try:
            return super().make_context(info_name, args, parent, **extra)
        except click.ClickException as error:
            if as_json:
                _print_failure("", None, USAGE, error.format_message())
            raise


@click.command(cls=_Sweep)
@click.argument("recipe")
@click.option(
    "--set", "sets", metavar="K=V[,V]…", multiple=True, help="Values of a param; several are swept."
)
@click.option("--seeds", type=click.IntRange(min=1), metavar="N", help="Each combination with N seeds.")
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, metavar="N", help="N runs at a time (default 1)."
)
@click.option("--target", type=float, metavar="X", help="Count the rounds until the metric reaches X.")
@click.option(
    "--against", metavar="METRIC", help="Draw the curve against a recorded metric, not the swept param."
)
@click.option("--name", metavar="NAME", help="Name of the sweep; default: from recipe and grid.")
@click.option(
    "--answers", type=click.Path(path_type=Path), metavar="FILE", help="YAML or JSON file of params, inputs."
)
@click.option("--deadline", metavar="T", help="End each run after T (90s, 10m, 1h).")
@click.option("--retry-failed", is_flag=True, help="Run cells again that failed before.")
@click.option("--no-build", is_flag=True, help="Do not build a missing environment; exit 6.")
@click.option("--accept-licence", metavar="NAME", multiple=True, help="Accept this environment's licence.")
@click.option("--json", "as_json", is_flag=True, help="Print exactly one JSON object on stdout.")
@click.pass_context
def sweep(context: click.Context, /, recipe: str, **options: Any) -> int:
    """Run RECIPE once for every combination of params, and draw what comes of it.

    Each cell is a run of its own. The same command after an interruption goes on where it was, and
    repeats nothing that has finished.

    Exit codes: 0 every cell is ok; 1 a cell failed, or the sweep is under way already; 2 bad recipe or
    usage; 6 environment could not be built; 130 and 143 interrupted.
    """
    from fltui.cli.sweep_cells import SweepOptions

    chosen = SweepOptions(recipe=recipe, recipes_dir=context.obj, **options)
    try:
        return _sweep(chosen)
    except (Exception, KeyboardInterrupt) as error:
        failure = failure_of(error)
        if chosen.as_json and failure is not None:
            _print_failure(recipe, chosen.name, failure.exit_code, failure.sentence)
        raise


def _print_failure(recipe: str, name: str | None, code: int, reason: str) -> None:
    """The one object of a sweep that could not begin, or was ended by a mistake."""
    print_json(
        {"schema": 1, "recipe": recipe, "sweep": name, "exit_code": code, "reason": reason, "cells": []}
    )


def _sweep(options: SweepOptions) -> int:
    from fltui.cli.interrupts import Interrupts
    from fltui.cli.sweep_cells import CellStarter
    from fltui.cli.sweep_show import SweepShow
    from fltui.study.sweep_conductor import Conductor
    from fltui.study.sweep_folder import SweepFolder, read_cells, read_sweep
    from fltui.study.sweep_grid import make_grid, sweep_name

    interrupts = Interrupts()
    starter = CellStarter(options)
    recipe = starter.recipe
    grid = make_grid(recipe, options.sets, options.seeds, starter.values_of)
    metric, expected = starter.look_ahead(grid)
    name = options.name or sweep_name(starter.short, recipe.sha256, grid)
    folder = _folder(name, recipe.sha256, starter.short)
    target = options.target if options.target is not None else expected
    _refuse_unknown_metric(options.against, folder, grid)
    with _at_work(folder):
        _refuse_smaller_grid(folder, grid)
        starter.build_environments(grid)
        writer = SweepFolder(folder)
        writer.begin(starter.manifest(grid, metric, target))
        show = SweepShow(read_sweep(folder))
        interrupts.remember_only()
        try:
            conductor = Conductor(
                writer,
                grid.cells,
                read_cells(folder),
                starter.of_sweep(name),
                show.news,
                metric,
                options.jobs,
                options.retry_failed,
            )
            _conduct(conductor, show, interrupts)
        finally:
            show.close()
            writer.close()
        return _hand_over(folder, options, conductor, interrupts)


def _conduct(conductor: Conductor, show: SweepShow, interrupts: Interrupts) -> None:
    """To the end of the last cell. The first signal stops the live runs, each further one by force."""
    show.begin(conductor)
    told = 0
    while not conductor.over:
        if interrupts.count > told:
            told = interrupts.count
            conductor.stop(
                by="Ctrl-C" if interrupts.by_key else interrupts.signal_name,
                reason=f"its sweep was {interrupts.reason}",
                signal=interrupts.signal_name,
                force=told > 1,
            )
            show.stopping(by_force=told > 1, by_key=interrupts.by_key)
        conductor.turn()
        show.draw(conductor)
        time.sleep(_TURN_S)


def _hand_over(folder: Path, options: SweepOptions, conductor: Conductor, interrupts: Interrupts) -> int:
    """Files, table and curve of what there is; returns the exit code."""
    from fltui.cli.sweep_show import print_results, sweep_object
    from fltui.study.sweep_files import write_files
    from fltui.study.sweep_folder import read_sweep
    from fltui.study.sweep_summary import unknown_metric

    view = read_sweep(folder)
    files = write_files(view)
    cut_short = interrupts.count > 0 and view.done < len(view.cells)
    unknown = unknown_metric(view.against, view.cells)
    code = interrupts.exit_code if cut_short else 1 if view.failed else USAGE if unknown else 0
    total = counted(len(view.cells), "cell")
    reason = f"{view.done} of {total} done" + (f", {view.failed} failed" if view.failed else "")
    reason += f"; {unknown}" if unknown and options.as_json else ""
    if options.as_json:
        print_json(sweep_object(view, files, code, reason))
    else:
        print_results(view)
    print(f"{'interrupted' if cut_short else 'sweep ' + view.name}: {reason}; {folder}", file=sys.stderr)
    if cut_short:
        again = shlex.join(["fltui", *sys.argv[1:]])
        print(f"the same command goes on and repeats nothing that is done: {again}", file=sys.stderr)
    elif conductor.kept == len(view.cells):
        print("everything was done before; nothing was run (another --name runs it anew)", file=sys.stderr)
    if view.unstarted and not cut_short:
        print(f"{counted(view.unstarted, 'cell')} never began; the same command tries again", file=sys.stderr)
    if view.failed > view.unstarted and not cut_short:
        print("the same command with --retry-failed runs the failed cells again", file=sys.stderr)
    return code


def _refuse_unknown_metric(name: str | None, folder: Path, grid: Grid) -> None:
    """Which metrics there are is known from the first run that counts. Raises UsageError."""
    from fltui.study.sweep_folder import read_cells
    from fltui.study.sweep_summary import unknown_metric

    known = read_cells(folder)
    unknown = unknown_metric(name, [known[cell.id] for cell in grid.cells if cell.id in known])
    if unknown:
        raise UsageError(unknown)


def _refuse_smaller_grid(folder: Path, grid: Grid) -> None:
    """A grid may grow under its name. One that leaves out what is done would take it from table and files.

    Raises UsageError.
    """
    from fltui.record.lock import owner
    from fltui.record.manifest import RunFolderError
    from fltui.study.sweep_folder import read_sweep
    from fltui.study.sweep_grid import words_of

    try:
        view = read_sweep(folder)
    except RunFolderError:
        return  # a new one, or the manifest was moved away
    known = {cell.id for cell in grid.cells}
    others = [cell for cell in view.cells if cell.run and cell.id not in known]
    done = sum(cell.finished for cell in others)
    left = [cell for cell in others if cell.finished or (not cell.verdict and owner(Path(cell.folder)))]
    if left:
        more = ", …" if len(left) > 1 else ""
        live = f" and {len(left) - done} at work" if done < len(left) else ""
        raise UsageError(
            f"the sweep {folder.name} has {counted(done, 'done cell')}{live} that this grid leaves out"
            f" ({words_of(left[0].values)}{more}); give another --name, or a grid that has them, too: its"
            f" last command was {shlex.join(['fltui', *view.command[1:]])}"
        )


def _folder(name: str, recipe_sha256: str, recipe: str) -> Path:
    """Where the sweep is or will be. Raises UsageError when another recipe's sweep has the name, or what
    is there cannot be read."""
    from fltui.record.manifest import MANIFEST, RunFolderError, read_manifest
    from fltui.study.sweep_folder import WHAT_NEXT, sweeps_folder

    if not _NAME.fullmatch(name):
        raise UsageError(f"--name takes letters, digits, `.`, `_` and `-`, at most 80, not {name!r}")
    folder = sweeps_folder() / name
    if not (folder / MANIFEST).exists():
        return folder
    try:
        manifest = read_manifest(folder)
    except RunFolderError as error:
        raise UsageError(f"{error}; {WHAT_NEXT}") from None
    if manifest.get("recipe_sha256") != recipe_sha256:
        what = (
            f"another text of {recipe}: it was changed since"
            if manifest.get("recipe") == recipe
            else str(manifest.get("recipe"))
        )
        raise UsageError(f"the sweep {name} is of {what}; give another --name")
    return folder


@contextmanager
def _at_work(folder: Path) -> Iterator[None]:
    """Nobody else works on the sweep meanwhile. Raises CommandFailed when somebody does."""
    from fltui.record import lock

    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    holder = lock.owner(folder)
    if holder is not None:
        raise CommandFailed(
            f"the sweep {folder.name} is under way (pid {holder.pid}); the app shows it, Ctrl-C in its own terminal ends it"
        )
    fd = lock.hold(folder)
    try:
        yield
    finally:
        os.close(fd)
