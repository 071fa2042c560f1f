"""The verdict of a run, from what was seen: a pure function of the evidence.

A framework's exit code proves nothing: rounds, metrics, processes that ended as the recipe says and
an empty process tree do.
"""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field

from fltui.facts.numbers import number_text
from fltui.facts.plan import Success
from fltui.facts.verdict import EXIT_CODES, Leftover, Verdict

_MOST_WARNINGS = 2


@dataclass(frozen=True)
class Cause:
    """Why the stop began. `verdict` OK: the federation came to its end. `signal`: of the front end."""

    verdict: Verdict
    reason: str = ""
    process: str | None = None
    signal: str | None = None


@dataclass(frozen=True)
class Failure:
    """A process that failed: what happened to it and when, as a sentence without its name."""

    process: str
    what: str
    at: float
    clock: str
    round: int | None


@dataclass(frozen=True)
class Evidence:
    cause: Cause
    success: Success
    rounds_done: frozenset[int]
    metrics_of_round: Mapping[int, Mapping[str, float]]
    finals: Mapping[str, float]
    failures: tuple[Failure, ...] = ()
    notes_before: tuple[str, ...] = ()  # warnings shortly before the first failure
    notes_after: tuple[str, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    lost: Mapping[str, int] = field(default_factory=dict)  # bytes by file of the run folder
    disk_full: bool = False  # that of the run folder, at the end
    framework: str = "the framework"
    out_of_memory: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()  # what the recipe noted as one, whenever
    warnings: tuple[str, ...] = ()  # the same with warnings


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    exit_code: int
    reason: str
    culprit: str | None = None


def judge(evidence: Evidence) -> Judgement:
    """The one verdict of a run."""
    verdict, reason, culprit = _verdict(evidence)
    if verdict is Verdict.OK and evidence.leftovers:
        verdict = Verdict.LEFTOVERS
    if verdict is not Verdict.OK and (disk := _disk(evidence)) not in reason:
        reason = f"{reason}; {disk}" if reason else disk
    if evidence.leftovers:
        left = left_running(evidence.leftovers)
        reason = f"{reason}; {left}" if reason else left
    code = EXIT_CODES[verdict]
    if verdict is Verdict.INTERRUPTED and evidence.cause.signal:
        code = 128 + signal.Signals[evidence.cause.signal].value
    return Judgement(verdict, code, reason, culprit)


def left_running(leftovers: tuple[Leftover, ...]) -> str:
    """Who could not be ended, by pid; empty when nobody is left."""
    pids = ", ".join(f"pid {left.pid} ({left.command})" for left in leftovers)
    return f"left running: {pids}" if pids else ""


def _verdict(evidence: Evidence) -> tuple[Verdict, str, str | None]:
    cause = evidence.cause
    if evidence.failures and cause.verdict in (Verdict.OK, Verdict.FAILED, Verdict.STALLED, Verdict.TIMEOUT):
        verdict = Verdict.FAILED if cause.verdict is Verdict.OK else cause.verdict
        return verdict, _failure_story(evidence), evidence.failures[0].process
    if cause.verdict is not Verdict.OK:
        told = [] if cause.verdict is Verdict.INTERRUPTED else [*_memory(evidence), *_complaints(evidence)]
        return cause.verdict, "; ".join([*([cause.reason] if cause.reason else []), *told]), cause.process
    missing = _missing(evidence)
    if missing:
        return Verdict.FAILED, "; ".join([missing, *_memory(evidence)]), None
    if evidence.lost:
        return Verdict.FAILED, _disk(evidence), None
    return Verdict.OK, _achieved(evidence), None


def _failure_story(evidence: Evidence) -> str:
    """The first cause, its time and round, what the framework did with it, and how far it came."""
    first = evidence.failures[0]
    in_round = f" in round {first.round}" if first.round is not None else ""
    parts = [f"{first.process} {first.what} at {first.clock}{in_round}"]
    before, after = (
        [note for note in notes if note not in evidence.out_of_memory]
        for notes in (evidence.notes_before, evidence.notes_after)
    )
    if before:
        parts.append("just before: " + ", then ".join(before[-2:]))
    parts += _memory(evidence)
    others = [failure.process for failure in evidence.failures[1:]]
    if others:
        parts.append(f"then {', '.join(others)} failed")
    if after:
        parts.append(f"{evidence.framework}: " + ", then ".join(after[:3]))
    if evidence.cause.verdict in (Verdict.STALLED, Verdict.TIMEOUT):
        parts.append(evidence.cause.reason)
    if evidence.success.rounds:
        parts.append(_rounds(evidence))
    return "; ".join(parts)


def _complaints(evidence: Evidence) -> list[str]:
    """What was noted as an error in a run that waited in vain, else what it was warned of: mostly why. The first two."""
    known = (*evidence.out_of_memory, evidence.cause.reason)
    other = [text for text in evidence.errors or evidence.warnings if not any(text in told for told in known)]
    return [f"{evidence.framework}: " + ", then ".join(other[:2])] if other else []


def _memory(evidence: Evidence) -> list[str]:
    """Whose GPU memory ran out, and what helps; of more than one the first, and how many more."""
    first, *more = evidence.out_of_memory or ("",)
    return [first + (f" (so did {len(more)} more)" if more else "")] if first else []


def _disk(evidence: Evidence) -> str:
    """That the run folder's disk was full, and what the record lost by it; empty when it was not."""
    if not evidence.lost:
        return "the disk of the run folder was full" if evidence.disk_full else ""
    most, *more = sorted(evidence.lost.items(), key=lambda item: -item[1])
    losses = [f"{most[1]:,} bytes of {most[0]}"]
    if len(more) == 1:
        losses.append(f"{more[0][1]:,} of {more[0][0]}")
    elif more:
        losses.append(f"{sum(size for _, size in more):,} of {len(more)} other files")
    return f"the disk of the run folder was full: {' and '.join(losses)} were lost"


def _missing(evidence: Evidence) -> str:
    """What the recipe's success asks for and the run did not show; empty when all is there."""
    success = evidence.success
    planned = success.rounds or 0
    if (
        planned
        and success.metric is not None
        and not evidence.rounds_done
        and success.metric not in evidence.finals
    ):
        return f"every process ended as planned, but no global {success.metric} was ever seen, so no round counts"
    if planned and len(evidence.rounds_done) < planned:
        return f"every process ended as planned, but only {_rounds(evidence)} were seen"
    if success.metric is None:
        return ""
    value = (
        evidence.metrics_of_round.get(planned, {}).get(success.metric)
        if planned
        else evidence.finals.get(success.metric)
    )
    if value is None:
        where = f" for round {planned}" if planned else ""
        return f"no global {success.metric} was seen{where}"
    if value != value:
        return f"the global {success.metric} is not a number"
    if success.at_least is not None and value < success.at_least:
        return (
            f"{success.metric} {number_text(value)} is below the {success.at_least:g} that the recipe expects"
        )
    return ""


def _achieved(evidence: Evidence) -> str:
    parts = [_rounds(evidence)] if evidence.success.rounds else []
    name = evidence.success.metric
    if name is not None and name in evidence.finals:
        parts.append(f"{name} {number_text(evidence.finals[name])}")
    achieved = ", ".join(parts) or "every process ended as the recipe says"
    if not evidence.warnings:
        return achieved
    more = len(evidence.warnings) - _MOST_WARNINGS
    told = ", then ".join(evidence.warnings[:_MOST_WARNINGS]) + (f" (and {more} more)" if more > 0 else "")
    return f"{achieved}; {evidence.framework}: {told}"


def _rounds(evidence: Evidence) -> str:
    return f"{len(evidence.rounds_done)} of {evidence.success.rounds} rounds"
