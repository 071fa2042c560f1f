"""The three digits recipes, run for real: they learn, they agree, and they survive what can happen."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(600)]

ROOT = Path(__file__).resolve().parents[2]
VERIFY = ROOT / "recipes" / "digits" / "verify.py"
TOLERANCE = 1e-6
ROUNDS = 4
Start = Callable[..., Any]


def global_weights(run: Path) -> list[dict[str, np.ndarray]]:
    files = sorted((run / "artifacts").glob("round-*.npz"))
    return [dict(np.load(file, allow_pickle=False)) for file in files]


def assert_same_weights(one: Path, other: Path) -> None:
    left, right = global_weights(one), global_weights(other)
    assert len(left) == len(right) == ROUNDS + 1
    for number, (a, b) in enumerate(zip(left, right, strict=True)):
        assert a.keys() == b.keys()
        for name in a:
            assert np.abs(a[name] - b[name]).max() <= TOLERANCE, f"round {number}, {name}"


def assert_learned(result: dict[str, Any]) -> None:
    assert (result["rounds_done"], result["rounds_planned"]) == (ROUNDS, ROUNDS)
    assert result["metrics"]["accuracy"] >= 0.85


def verified(run: Path) -> dict[str, Any]:
    """What the separate script recomputes, with the environment's own Python and without fltui."""
    manifest = json.loads((run / "manifest.json").read_text())
    python = Path(manifest["plan"]["environments"][0]["folder"]) / "bin" / "python"
    done = subprocess.run(
        [python, VERIFY, run], capture_output=True, text=True, timeout=60, check=False, env={}
    )
    assert done.returncode == 0, done.stdout + done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def hashes(run: Path) -> dict[str, str]:
    said: dict[str, str] = json.loads((run / "work" / "hashes.json").read_text())
    rows = [json.loads(line) for line in (run / "artifacts" / "weights.jsonl").read_text().splitlines()]
    return said | {f"round {row['round']}": row["sha256"] for row in rows}


def process(result: dict[str, Any], name: str) -> dict[str, Any]:
    return next(row for row in result["processes"] if row["name"] == name)


def recipe_files() -> set[Path]:
    folder = ROOT / "recipes"
    return {path for path in folder.rglob("*") if "__pycache__" not in path.parts}


# -- they learn, and agree -------------------------------------------------------------------------


def test_both_flows_of_flower_learn_and_have_the_same_weights_in_every_round(start: Start) -> None:
    before = recipe_files()
    modern = start("digits/flower-superlink", rounds=ROUNDS)
    result = modern.ok()
    assert_learned(result)
    legacy = start("digits/flower", rounds=ROUNDS)
    assert_learned(legacy.ok())
    assert_same_weights(modern.folder, legacy.folder)
    for federation in (modern, legacy):
        said = verified(federation.folder)
        assert {"final accuracy", *(f"round-00{n}" for n in range(1, 5))} <= said["differences"].keys()
        assert len(list((federation.folder / "artifacts" / "clients").iterdir())) == 3 * ROUNDS
    assert recipe_files() == before, "a run must not write beside the recipes"


def test_one_client_of_flower_computes_what_centralized_training_does(start: Start) -> None:
    alone = start("digits/flower", rounds=ROUNDS, clients=1)
    assert_learned(alone.ok())
    baseline = start("digits/centralized", rounds=ROUNDS)
    assert_learned(baseline.ok())
    assert_same_weights(alone.folder, baseline.folder)
    assert verified(baseline.folder)["accuracy"] >= 0.85


def test_the_same_seed_gives_the_same_hashes_and_another_changes_every_one(start: Start) -> None:
    runs = [start("digits/centralized", seed=seed) for seed in (0, 0, 1)]
    for run in runs:
        run.ok()
    first, again, other = (hashes(run.folder) for run in runs)
    assert first == again
    assert first.keys() == other.keys()
    assert all(first[name] != other[name] for name in first)


def test_the_verdict_is_failed_below_the_target(start: Start) -> None:
    result = start("digits/centralized", rounds=1, target=0.999).result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert "below the 0.999" in result["reason"]


# -- somebody dies ---------------------------------------------------------------------------------


def test_a_killed_client_of_flower_is_named_with_what_flower_did(start: Start) -> None:
    federation = start("digits/flower", rounds=ROUNDS, pause="2s")
    federation.wait_for_line("client-2", "Received: train", times=2)
    federation.kill("client-2")
    result = federation.result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["rounds_done"] == ROUNDS
    assert process(result, "client-2")["signal"] == "SIGKILL"
    reason = result["reason"]
    assert reason.startswith("client-2 ")
    assert "in round 2" in reason
    assert "averaged the 2 results of the round without the 1 that failed" in reason
    assert "went on with 2 of 3 clients" in reason


def test_a_killed_supernode_is_named_with_what_flower_did(start: Start) -> None:
    federation = start("digits/flower-superlink", rounds=3, pause="2s")
    federation.wait_for_line("client-2", "Start `flwr-clientapp` process", times=2)
    federation.kill("client-2")
    result = federation.result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["rounds_done"] == 3
    assert process(result, "client-2")["signal"] == "SIGKILL"
    reason = result["reason"]
    assert reason.startswith("client-2 ")
    assert "in round 2" in reason
    assert "averaged the 2 results of the round without the 1 that failed" in reason
    assert "no heartbeat" in reason
    assert "went on with 2 of 3 clients" in reason


@pytest.mark.parametrize(
    ("recipe", "server"), [("digits/flower", "server"), ("digits/flower-superlink", "superlink")]
)
def test_a_killed_server_ends_the_run_within_15_seconds(start: Start, recipe: str, server: str) -> None:
    federation = start(recipe, rounds=ROUNDS, pause="2s")
    federation.wait_for_line("client-1", '"scope": "client"')
    killed = federation.kill(server)
    result = federation.result()
    assert time.monotonic() - killed < 15
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    assert result["reason"].startswith(f"{server} "), result["reason"]
    assert process(result, server)["signal"] == "SIGKILL"


def test_too_few_clients_end_the_run_with_a_sentence(start: Start) -> None:
    federation = start("digits/flower", rounds=ROUNDS, pause="2s", patience="20s")
    federation.wait_for_line("client-1", "Received: train", times=2)
    federation.kill("client-1")
    federation.kill("client-2")
    result = federation.result()
    assert (result["verdict"], result["exit_code"]) == ("failed", 1)
    log = (federation.folder / "logs" / "server.log").read_text()
    assert "only 1 of 2 clients, and none came for 20 s" in log


# -- ports -----------------------------------------------------------------------------------------


def test_two_runs_at_the_same_time_do_not_meet(start: Start) -> None:
    both = [start("digits/flower", rounds=ROUNDS) for _ in range(2)]
    for federation in both:
        assert_learned(federation.ok())
    ports = [
        {port["number"] for port in json.loads((run.folder / "manifest.json").read_text())["plan"]["ports"]}
        for run in both
    ]
    assert ports[0].isdisjoint(ports[1])


def test_a_stranger_on_flowers_default_port_does_no_harm(start: Start) -> None:
    with socket.socket() as stranger:
        with contextlib.suppress(OSError):  # then it is already somebody else's: a stranger as well
            stranger.bind(("127.0.0.1", 8080))
            stranger.listen()
        assert_learned(start("digits/flower", rounds=ROUNDS).ok())


def test_a_fixed_port_that_is_busy_names_its_owner(start: Start) -> None:
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        port = stranger.getsockname()[1]
        federation = start("digits/flower", port=port)
        result = federation.result()
    assert (result["verdict"], result["exit_code"]) == ("not-ready", 3)
    command = Path(f"/proc/{os.getpid()}/cmdline").read_text().split("\0")[0]
    assert str(port) in result["reason"]
    assert str(os.getpid()) in result["reason"]
    assert Path(command).name in result["reason"]
