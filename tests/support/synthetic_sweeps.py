"""Sweep folders written without a run: what a view or a curve shows of them is known to the digit."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fltui.facts.verdict import EXIT_CODES, Verdict
from fltui.study.sweep_folder import CellRecord, SweepFolder, manifest_of, sweeps_folder

BEGIN = 1_795_515_300.0  # 24 November 2026, 10:15 UTC


def cell(
    values: Mapping[str, Any],
    score: float | None,
    verdict: Verdict | None = Verdict.OK,
    curve: tuple[tuple[int, float], ...] | None = None,
    **metrics: float,
) -> CellRecord:
    """A cell with this score after three rounds, each of which gained a tenth, and other `metrics`."""
    words = "-".join(str(value) for value in values.values())
    made = tuple((number, round(score - 0.1 * (3 - number), 6)) for number in (1, 2, 3)) if score else ()
    return CellRecord(
        id=words,
        values=values,
        run=f"20261124-101500-{words}",
        folder=f"/nowhere/{words}",
        verdict=verdict,
        exit_code=None if verdict is None else EXIT_CODES[verdict],
        reason="" if verdict is Verdict.OK else "client-2 ended with exit code 1",
        rounds_done=3,
        rounds_planned=3,
        metrics=metrics if score is None or math.isnan(score) else {"accuracy": score, **metrics},
        curve=made if curve is None else curve,
        score=score,
        started_at=BEGIN,
        duration_s=20.0,
    )


def write_sweep(
    cells: list[CellRecord],
    swept: Mapping[str, tuple[Any, ...]],
    seeds: tuple[int, ...] = (0, 1),
    name: str = "cifar10-flower-1f3a9c20",
    target: float | None = 0.5,
    root: Path | None = None,
    against: str | None = None,
) -> Path:
    """The folder of a sweep that stands as `cells` say."""
    folder = (root or sweeps_folder()) / name
    writer = SweepFolder(folder)
    told = [(one.id, one.values, {}) for one in cells]
    command = ["fltui", "sweep", "cifar10/flower"]
    writer.begin(
        manifest_of(
            *("cifar10/flower", "/r.yaml", "0" * 64, "accuracy"), target, swept, seeds, told, command, against
        )
    )
    for one in cells:
        if one.run:
            writer.started(one.id, one.run, one.folder, one.started_at or BEGIN)
        if one.verdict is not None:
            writer.ended(one, BEGIN + 20)
    writer.close()
    return folder
