"""`fltui runs` and `fltui ps`: the runs there were, and the ones that live; `runs export`, `runs remove`."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import click

from fltui.cli.errors import UsageError, complain, written_as
from fltui.cli.listing import print_json, print_table
from fltui.cli.wording import clock_text, duration_text, plain
from fltui.control.crashed import left_of
from fltui.control.meanwhile import what_happened
from fltui.facts.numbers import number_text
from fltui.facts.site import runs_folder
from fltui.record.lock import owner
from fltui.record.run_size import size_on_disk
from fltui.record.runs import RunEntry, find_run, list_runs
from fltui.record.snapshot import snapshot_of
from fltui.record.views import Headway, ProcessView, RunSnapshot


class Seen(NamedTuple):
    """A run as `ps` finds it. `lost`: it has neither engine nor end; `gone`: its processes that are not
    there any more, and whose end nobody saw."""

    name: str
    snapshot: RunSnapshot
    lost: bool
    gone: frozenset[str]


@click.group(invoke_without_command=True)
@click.option("--json", "as_json", is_flag=True, help="A JSON list on stdout.")
@click.option("-n", "most", type=click.IntRange(min=1), metavar="N", help="The newest N only.")
@click.option("--size", is_flag=True, help="Also what each takes on disk.")
@click.pass_context
def runs(context: click.Context, as_json: bool, most: int | None, size: bool) -> int:
    """List runs, past and live, newest first; export or remove one."""
    if context.invoked_subcommand is not None:
        if as_json or most is not None or size:
            raise UsageError(f"--json, -n and --size go without {context.invoked_subcommand}")
        return 0
    entries = list_runs()[:most]
    sizes = [size_on_disk(entry.folder) if size else None for entry in entries]
    if as_json:
        print_json([_run_object(entry, room) for entry, room in zip(entries, sizes, strict=True)])
    else:
        titles = ("run", "recipe", "started", "verdict", "rounds", "accuracy", "took")
        rows = [_run_row(entry, room) for entry, room in zip(entries, sizes, strict=True)]
        print_table((*titles, "size") if size else titles, rows, f"no runs yet in {runs_folder()}")
    tell_meanwhile(_on_stderr)
    return 0


@runs.command()
@click.argument("run")
@click.argument("file", type=click.Path(path_type=Path), required=False)
def export(run: str, file: Path | None) -> None:
    """Write RUN to FILE, a new tar (default: its name in the current folder); its secrets stay here."""
    from fltui.record.export import export_name, export_run

    folder = find_run(run)
    if file is None or file.is_dir():
        file = (file or Path()) / export_name(folder)
    try:
        with written_as(file):
            print(export_run(folder, file))
    except FileExistsError:
        raise UsageError(f"{file} is there already; give a new name") from None


@runs.command()
@click.argument("run", nargs=-1, required=True)
def remove(run: tuple[str, ...]) -> None:
    """Delete RUNs: logs, metrics, weights and all. One that lives is refused; the folder of a --run-dir stays."""
    from fltui.control.removal import kept_elsewhere, remove_run

    for folder in [listed(text) for text in run]:
        kept = kept_elsewhere(folder)
        remove_run(folder)
        print(folder.name)
        if kept is not None:
            complain(f"{folder.name} is out of the list; its own folder {kept} stays: it is yours to delete")


def listed(text: str) -> Path:
    """The run that `text` means, as it stands in the list: for a run of `--run-dir` the link to it."""
    folder = find_run(text)
    entries = [entry.folder for entry in list_runs() if entry.folder.resolve() == folder.resolve()]
    return entries[0] if entries else folder


@click.command()
@click.argument("run", required=False)
@click.option("--json", "as_json", is_flag=True, help="A JSON list on stdout.")
def ps(run: str | None, as_json: bool) -> None:
    """List live runs and their processes; with RUN those of that run, live or not."""
    folders = (
        [find_run(run, live_first=True)] if run else [entry.folder for entry in list_runs() if entry.alive]
    )
    found = [_seen(folder) for folder in folders]
    if as_json:
        print_json([_live_object(seen) for seen in found])
    else:
        titles = ["run", "state", "process", "role", "state", "pid", "cpu", "memory", "for"]
        views = [(seen, view) for seen in found for view in seen.snapshot.processes.values()]
        rows = [
            [seen.name, "lost" if seen.lost else state_text(seen.snapshot), *_process_row(view, seen)]
            for seen, view in views
        ]
        if any(view.gpus for _, view in views):
            titles.insert(-1, "gpu")
            for row, (_, view) in zip(rows, views, strict=True):
                row.insert(-1, ",".join(view.gpus) or None)
        below = [_below(view, seen) for seen, view in views]
        print_table(titles, rows, "no live runs; `fltui runs` lists past ones", below)
    tell_meanwhile(_on_stderr)


def tell_meanwhile(say: Callable[[str], None], besides: str | None = None) -> None:
    """Says, once, which runs lost their engine since somebody last looked."""
    for news in what_happened(besides=besides):
        say(news.sentence())


def _on_stderr(text: str) -> None:
    print(text, file=sys.stderr)


def _seen(folder: Path) -> Seen:
    alive = owner(folder) is not None  # asked first: an engine writes the end and then lets go
    snapshot = snapshot_of(folder)
    if alive or snapshot.result is not None:
        return Seen(folder.name, snapshot, False, frozenset())
    there = {left.pid for left in left_of(snapshot.run)}
    gone = (view.name for view in snapshot.processes.values() if view.state.alive and view.pid not in there)
    return Seen(folder.name, snapshot, True, frozenset(gone))


def state_text(snapshot: RunSnapshot) -> str:
    """`round 2 of 3`, `stalled`, `failed` …"""
    if snapshot.result is not None:
        return snapshot.result.verdict.value
    if snapshot.state == "running" and snapshot.round_now is not None:
        planned = f" of {snapshot.rounds_planned}" if snapshot.rounds_planned else ""
        return f"round {snapshot.round_now}{planned}"
    return snapshot.state.value


def _run_row(entry: RunEntry, size: int | None) -> tuple[object, ...]:
    rounds = f"{entry.rounds_done} of {entry.rounds_planned}" if entry.rounds_planned else None
    accuracy = number_text(entry.metrics["accuracy"]) if "accuracy" in entry.metrics else None
    took = None if entry.duration_s is None else duration_text(entry.duration_s)
    row = (entry.name, entry.recipe, _when(entry.started_at), _verdict(entry), rounds, accuracy, took)
    return row if size is None else (*row, f"{size / 1e6:.1f} MB")


def _run_object(entry: RunEntry, size: int | None) -> dict[str, Any]:
    return {
        "run": entry.name,
        "recipe": entry.recipe,
        "folder": str(entry.folder),
        "started": entry.started_at,
        "alive": entry.alive,
        "verdict": entry.verdict,
        "exit_code": entry.exit_code,
        "reason": entry.reason,
        "rounds_done": entry.rounds_done,
        "rounds_planned": entry.rounds_planned,
        "metrics": entry.metrics,
        "duration_s": entry.duration_s,
        **({} if size is None else {"bytes": size}),
    }


def _verdict(entry: RunEntry) -> str:
    if entry.verdict is not None:
        return entry.verdict.value
    return "live" if entry.alive else "lost"


def _when(t: float | None) -> str | None:
    return None if t is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(t))


def _process_row(view: ProcessView, seen: Seen) -> tuple[object, ...]:
    snapshot, there = seen.snapshot, view.state.alive and view.name not in seen.gone
    live = there and not seen.lost
    cpu = f"{view.cpu_percent:.0f}%" if live and view.cpu_percent is not None else None
    memory = f"{view.rss_mb:.0f} MB" if live and view.rss_mb is not None else None
    end = view.ended_at or snapshot.ended_at or (snapshot.t if view.name in seen.gone else time.time())
    lasted = clock_text(end - view.started_at) if view.started_at is not None else None
    state = "lost" if view.name in seen.gone else "waits for input" if live and view.waiting else view.word
    return (view.name, view.role, state, view.pid if there else None, cpu, memory, lasted)


def _below(view: ProcessView, seen: Seen) -> str:
    """How it stands in the recipe's words, or how far it has come with what it prepares."""
    headway = _headway(view, seen)
    return plain(view.title or (headway.text if headway is not None else ""))


def _headway(view: ProcessView, seen: Seen) -> Headway | None:
    return view.progress if view in seen.snapshot.preparing and not seen.lost else None


def _live_object(seen: Seen) -> dict[str, Any]:
    snapshot, lost = seen.snapshot, seen.lost
    return {
        "run": seen.name,
        "recipe": snapshot.recipe,
        "state": "lost" if lost else snapshot.state,
        "verdict": snapshot.verdict,
        "stall": snapshot.stall,
        "rounds_done": snapshot.rounds_done,
        "round_now": snapshot.round_now,
        "rounds_planned": snapshot.rounds_planned,
        "clients_connected": snapshot.clients_connected,
        "clients_planned": snapshot.clients_planned,
        "metrics": snapshot.finals,
        "started": snapshot.started_at,
        "asking": [{"process": step.process, "step": step.name} for step in snapshot.asking if not lost],
        "processes": [
            {
                "name": view.name,
                "role": view.role,
                "state": "lost" if view.name in seen.gone else view.state,
                "title": view.title or None,
                "progress": None if (headway := _headway(view, seen)) is None else headway._asdict(),
                "pid": view.pid if view.state.alive and view.name not in seen.gone else None,
                "exit_code": view.exit_code,
                "signal": view.signal,
                "cpu_percent": None if lost else view.cpu_percent,
                "rss_mb": None if lost else view.rss_mb,
                "gpus": list(view.gpus),
                "waiting": view.waiting and not lost,
            }
            for view in snapshot.processes.values()
        ],
    }
