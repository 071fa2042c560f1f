"""Claims about the JUnit file: what a CI server needs to read in it."""

from __future__ import annotations

import os
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from fltui.cli.junit import junit_xml, try_junit, write_junit
from fltui.facts.verdict import Leftover, ProcessResult, Result, Verdict


def process(
    name: str, state: str = "done", exit_code: int | None = 0, signal: str | None = None
) -> ProcessResult:
    return ProcessResult(name, "client", state, exit_code, signal, 1.5, 80.0, f"logs/{name}.log")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "logs").mkdir()
    return tmp_path


def result(folder: Path, verdict: Verdict = Verdict.OK, **fields: object) -> Result:
    return Result("digits/flower", "run-1", str(folder), verdict, 0, "3 of 3 rounds", **fields)  # type: ignore[arg-type]


def suite_of(result: Result) -> ET.Element:
    suite = ET.fromstring(junit_xml(result)).find("testsuite")
    assert suite is not None
    return suite


def test_the_suite_is_the_recipe_and_counts_the_federation_and_each_process(folder: Path) -> None:
    suite = suite_of(
        result(folder, processes=(process("a"), process("b")), duration_s=21.3, metrics={"accuracy": 0.89})
    )
    assert suite.get("name") == "digits/flower"
    assert [case.get("name") for case in suite.iter("testcase")] == ["federation", "a", "b"]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "0", "0")
    properties = {item.get("name"): item.get("value") for item in suite.iter("property")}
    assert properties["accuracy"] == "0.89"
    assert properties["folder"] == str(folder)


def test_a_failed_process_shows_the_end_of_its_log(folder: Path) -> None:
    (folder / "logs" / "b.log").write_text("".join(f"line {n}\n" for n in range(100)))
    failed = result(folder, Verdict.FAILED, processes=(process("a"), process("b", "failed", 3)), culprit="b")
    suite = suite_of(failed)
    assert (suite.get("failures"), suite.get("skipped")) == ("2", "0")
    failure = suite.find("testcase[@name='b']/failure")
    assert failure is not None
    assert failure.get("message") == "3 of 3 rounds"
    assert (failure.text or "").splitlines() == [f"line {n}" for n in range(80, 100)]


def test_a_process_never_started_counts_as_skipped(folder: Path) -> None:
    suite = suite_of(result(folder, Verdict.FAILED, processes=(process("a", "skipped", None),)))
    assert suite.get("skipped") == "1"


def test_a_process_that_the_stop_of_the_run_ended_counts_as_skipped_with_the_reason(folder: Path) -> None:
    (folder / "logs" / "a.log").write_text("epoch 1\n")
    stopped = process("a", "stopped", None, "SIGTERM")
    suite = suite_of(result(folder, Verdict.TIMEOUT, processes=(stopped, process("b"))))
    assert (suite.get("failures"), suite.get("skipped")) == ("1", "1"), "the failure is the federation's"
    skipped = suite.find("testcase[@name='a']/skipped")
    assert skipped is not None
    assert skipped.get("message") == "it was stopped with the run: 3 of 3 rounds"
    assert suite.findtext("testcase[@name='a']/system-out") == "epoch 1"


def test_a_process_that_was_stopped_because_it_was_never_ready_has_failed(folder: Path) -> None:
    stopped = process("a", "stopped", None, "SIGTERM")
    suite = suite_of(result(folder, Verdict.NOT_READY, processes=(stopped,), culprit="a"))
    assert (suite.get("failures"), suite.get("skipped")) == ("2", "0")


def test_an_environment_that_was_not_built_is_an_error_and_no_failure(folder: Path) -> None:
    suite = suite_of(result(folder, Verdict.ENVIRONMENT))
    assert (suite.get("errors"), suite.get("failures")) == ("1", "0")


def test_a_run_that_lost_its_engine_is_an_error_and_no_failure(folder: Path) -> None:
    suite = suite_of(result(folder, Verdict.FAILED, engine_lost=True))
    assert (suite.get("errors"), suite.get("failures")) == ("1", "0")


def test_what_xml_cannot_hold_is_replaced(folder: Path) -> None:
    (folder / "logs" / "a.log").write_bytes(
        b"\x00\x08bell\x07 \xff\xfe ]]> <tag> & \xed\xa0\x80 \x1b[31mred\x1b[0m\n"
    )
    suite = suite_of(result(folder, processes=(process("a"),), leftovers=(Leftover(1, "x\x00y"),)))
    out = suite.find("testcase[@name='a']/system-out")
    assert out is not None
    assert "]]> <tag> &" in (out.text or "")
    assert "red" in (out.text or "")
    assert "\x1b" not in (out.text or "")


def test_the_file_is_written_in_a_folder_that_did_not_exist(folder: Path) -> None:
    target = folder / "reports" / "fltui.xml"
    write_junit(target, result(folder))
    assert ET.parse(target).getroot().tag == "testsuites"
    assert list(target.parent.iterdir()) == [target]


def test_a_pipe_gets_the_report_and_stays_a_pipe(folder: Path) -> None:
    pipe = folder / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try_junit(pipe)
    write_junit(pipe, result(folder))
    assert ET.fromstring(os.read(reader, 1 << 16)).tag == "testsuites"
    os.close(reader)
    assert pipe.is_fifo()
