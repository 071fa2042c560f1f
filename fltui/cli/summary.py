"""The last lines on stderr: the verdict and its figures; after a failure, whose log says why."""

from __future__ import annotations

from pathlib import Path

from fltui.cli.log_tail import log_tail
from fltui.cli.wording import counted, duration_text
from fltui.facts.numbers import number_text
from fltui.facts.verdict import ProcessResult, Result, Verdict


def summary_lines(result: Result) -> list[str]:
    """Verdict and figures, then what is left over; last, on failure, a process's log."""
    verdict, reason = result.verdict.value, result.reason
    lines = [reason if reason.startswith(f"{verdict} by ") else f"{verdict}: {reason}"]
    rounds = f"{result.rounds_done} of {result.rounds_planned} rounds" if result.rounds_planned else None
    metrics = [f"{name} {number_text(value)}" for name, value in result.metrics.items()]
    figures = [rounds, *metrics, duration_text(result.duration_s)]
    lines.append(", ".join(figure for figure in figures if figure and figure not in result.reason))
    if result.folder:
        lines.append(f"folder {result.folder}")
    if result.leftovers:
        lines.append(f"{counted(len(result.leftovers), 'process', 'processes')} could not be ended:")
        lines += [f"  pid {left.pid}: {left.command}" for left in result.leftovers]
    if result.verdict is not Verdict.OK:
        lines += _evidence(result)
    return lines


def culprit_of(result: Result) -> ProcessResult | None:
    """The process whose log says why the run failed: the named one, else the first that failed. None where
    all were ended from outside, by a person or with their engine."""
    named = next((item for item in result.processes if item.name == result.culprit), None)
    if named is not None or result.verdict is Verdict.INTERRUPTED or result.engine_lost:
        return named
    return next((item for item in result.processes if item.state == "failed"), None)


def ending_text(process: ProcessResult) -> str:
    if process.signal:
        return f"{'stopped' if process.state == 'stopped' else 'killed'} by {process.signal}"
    return process.state if process.exit_code is None else f"{process.state}, exit code {process.exit_code}"


def _evidence(result: Result) -> list[str]:
    process = culprit_of(result)
    if process is None:
        return []
    log = Path(result.folder) / process.log
    tail = log_tail(log)
    what = f"its last {counted(len(tail), 'line')}:" if tail else "it is empty"
    return [
        f"{process.name} ({process.role}) {ending_text(process)}; log {log}, {what}",
        *(f"  {line}" for line in tail),
    ]
