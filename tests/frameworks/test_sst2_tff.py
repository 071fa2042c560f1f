"""sst2/tff, run for real on a few hundred sentences: TFF computes what the reference does, and its worker
never outlives the run."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any

import pytest
from sst2_runs import (
    SAME_BACKEND,
    SMALL,
    assert_done,
    distance,
    global_weights,
    reference_weights,
    verified,
)

from fltui.probe.processes import command_of, find_by_run

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(900)]

Start = Callable[..., Any]


def workers(federation: Any) -> list[int]:
    """The pids of the C++ workers that TFF started in this run."""
    run = json.loads((federation.folder / "manifest.json").read_text())["run"]
    return [pid for pid in find_by_run(run) if "worker_binary" in command_of(pid)]


def test_it_has_the_references_weights_in_every_round_although_its_worker_was_killed(start: Start) -> None:
    federation = start("sst2/tff", **SMALL, pause="3s")
    federation.wait_for_round(2)
    first = workers(federation)
    assert len(first) == 1
    os.kill(first[0], signal.SIGKILL)
    result = federation.ok()  # nobody of the run lives on: that, too, is looked at there
    assert_done(result)
    assert distance(global_weights(federation.folder), reference_weights(federation.folder)) < SAME_BACKEND
    assert verified(federation.folder, "tff")["found"].keys() == {"model.npz", "model.keras"}
