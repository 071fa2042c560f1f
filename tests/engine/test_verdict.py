"""The verdict: a pure function of what was seen."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fltui.engine.verdict import Cause, Evidence, Failure, judge
from fltui.facts.plan import Success
from fltui.facts.verdict import EXIT_CODES, Leftover, Verdict

GOOD = Evidence(
    cause=Cause(Verdict.OK),
    success=Success(rounds=3, metric="accuracy", at_least=0.5),
    rounds_done=frozenset({1, 2, 3}),
    metrics_of_round={3: {"accuracy": 0.892}},
    finals={"accuracy": 0.892},
    framework="flower",
)
KILLED = Failure("client-2", "was killed by SIGKILL", 10.0, "11:04:32", 2)


def test_all_that_was_promised_was_seen() -> None:
    judgement = judge(GOOD)
    assert (judgement.verdict, judgement.exit_code) == (Verdict.OK, 0)
    assert judgement.reason == "3 of 3 rounds, accuracy 0.892"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"rounds_done": frozenset({1, 2})}, "only 2 of 3 rounds"),
        ({"metrics_of_round": {2: {"accuracy": 0.9}}}, "no global accuracy was seen for round 3"),
        ({"metrics_of_round": {3: {"accuracy": 0.2}}}, "below the 0.5"),
        ({"metrics_of_round": {3: {"accuracy": float("nan")}}}, "not a number"),
        ({"lost": {"logs/a.log": 7000}}, "was full: 7,000 bytes of logs/a.log were lost"),
        ({"failures": (KILLED,)}, "client-2 was killed by SIGKILL at 11:04:32 in round 2"),
    ],
)
def test_an_orderly_end_alone_is_no_success(change: dict[str, object], words: str) -> None:
    judgement = judge(replace(GOOD, **change))
    assert (judgement.verdict, judgement.exit_code) == (Verdict.FAILED, 1)
    assert words in judgement.reason


def test_a_dead_client_is_told_with_what_the_framework_did() -> None:
    notes = ("the server averaged 2 results without the 1 that failed",)
    reason = judge(replace(GOOD, failures=(KILLED,), notes_after=notes)).reason
    assert "flower: the server averaged 2 results without the 1 that failed" in reason
    assert reason.endswith("3 of 3 rounds")


def test_what_was_warned_of_just_before_stands_between_the_first_failure_and_those_after_it() -> None:
    notes = ("the data folder is on a slow disk", "client-2 has lost the server", "client-2 gives up")
    late = Failure("client-1", "exited with 1", 11.0, "11:04:33", 2)
    reason = judge(replace(GOOD, failures=(KILLED, late), notes_before=notes)).reason
    assert reason == (
        "client-2 was killed by SIGKILL at 11:04:32 in round 2; "
        "just before: client-2 has lost the server, then client-2 gives up; then client-1 failed; 3 of 3 rounds"
    )


def test_leftovers_spoil_an_ok_and_are_named_in_any_verdict() -> None:
    left = (Leftover(4242, "worker_binary"),)
    assert judge(replace(GOOD, leftovers=left)).exit_code == 5
    failed = judge(
        replace(GOOD, leftovers=left, cause=Cause(Verdict.NOT_READY, "server is not ready", "server"))
    )
    assert failed.exit_code == 3
    assert "pid 4242 (worker_binary)" in failed.reason


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ({}, "the disk of the run folder was full"),
        (
            {"resources.jsonl": 93, "logs/a.log": 1_900_000_000},
            "the disk of the run folder was full: 1,900,000,000 bytes of logs/a.log and 93 of resources.jsonl were lost",
        ),
        (
            {"a": 1, "b": 3, "c": 1000},
            "the disk of the run folder was full: 1,000 bytes of c and 4 of 2 other files were lost",
        ),
    ],
)
def test_a_full_disk_is_told_beside_any_failure(lost: dict[str, int], words: str) -> None:
    full = replace(GOOD, lost=lost, disk_full=True)
    died = Failure("prepare", "ended with exit code 1", 10.0, "11:04:32", None)
    reason = judge(replace(full, failures=(died,))).reason
    assert reason == f"prepare ended with exit code 1 at 11:04:32; 3 of 3 rounds; {words}"
    deadline = Cause(Verdict.TIMEOUT, "the deadline of 5 s passed")
    assert judge(replace(full, cause=deadline)).reason == f"the deadline of 5 s passed; {words}"


def test_a_disk_that_is_full_spoils_nothing_that_is_on_it() -> None:
    assert judge(replace(GOOD, disk_full=True)) == judge(GOOD)


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143), (None, 130)])
def test_an_interruption_has_the_shells_exit_code(name: str | None, code: int) -> None:
    assert judge(replace(GOOD, cause=Cause(Verdict.INTERRUPTED, "stopped", signal=name))).exit_code == code


@pytest.mark.parametrize(
    "verdict", [v for v in Verdict if v not in (Verdict.OK, Verdict.INTERRUPTED, Verdict.LEFTOVERS)]
)
def test_every_other_cause_is_its_own_verdict(verdict: Verdict) -> None:
    judgement = judge(replace(GOOD, cause=Cause(verdict, "why", "server")))
    assert (judgement.verdict, judgement.exit_code) == (verdict, EXIT_CODES[verdict])
