"""Claims about a stdout that nobody reads, that was closed, or that is full: which exit code tells it."""

from __future__ import annotations

import json
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
from engines import Engines, sh
from fltui_command import COMMAND

OK, BAD = "one: {role: tool, argv: ['true']}", "one: {role: tool, argv: ['false']}"


def in_shell(words: str, after: str) -> tuple[int, str]:
    """Exit code and stderr of `fltui WORDS AFTER` in bash; in a pipe it is fltui's own code."""
    script = f"{shlex.join(COMMAND)} {words} {after}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=100)
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    "words",
    [
        "--help",
        "runs --help",
        "plan digits/flower",
        "recipes",
        "recipes --json",
        "schema",
        "check digits/flower",
    ],
)
def test_a_listing_whose_reader_has_gone_is_exit_0(words: str) -> None:
    code, stderr = in_shell(words, "| true")
    assert (code, "fltui: " in stderr, "Exception" in stderr) == (0, False, False)


def test_a_mistake_stays_one_when_nobody_reads_it() -> None:
    assert in_shell("rnus", "2>&1 | true") == (2, "")


@pytest.mark.parametrize(("processes", "code"), [(OK, 0), (BAD, 1)])
def test_a_run_whose_reader_has_gone_keeps_its_exit_code(recipe: Any, processes: str, code: int) -> None:
    folder = recipe(processes)
    assert in_shell(f"--run {folder} --json", "| true")[0] == code
    assert in_shell(f"--run {folder} --json", "2>&1 | true")[0] == code


def test_logs_f_ends_with_its_reader(engines: Engines) -> None:
    run = engines.start(sh("talker", "while sleep .05; do echo more; done"))
    assert in_shell(f"logs -f {run.folder.name}", "| head -n 1") == (0, "")
    run.ask(do="stop", force=True)
    run.end()


@pytest.mark.parametrize("after", [">&-", "> /dev/full"])
def test_an_object_that_cannot_be_written_is_exit_1_and_a_sentence(recipe: Any, after: str) -> None:
    code, stderr = in_shell(f"--run {recipe(OK)} --json", after)
    assert code == 1
    assert "fltui: standard output: " in stderr
    assert "Traceback" not in stderr


@pytest.mark.parametrize("after", [">&-", "> /dev/full"])
def test_wait_and_lists_tell_that_stdout_took_nothing(recipe: Any, after: str) -> None:
    done = subprocess.run(
        [*COMMAND, "--run", recipe(OK), "--json"], capture_output=True, text=True, timeout=100
    )
    run = Path(json.loads(done.stdout)["folder"]).name
    for words in (f"wait {run} --json", "runs", "runs --json", "recipes"):
        code, stderr = in_shell(words, after)
        assert (words, code) == (words, 1)
        assert "standard output" in stderr
        assert "Traceback" not in stderr


def test_a_run_that_writes_nothing_to_stdout_needs_none(recipe: Any) -> None:
    assert in_shell(f"--run {recipe(OK)}", ">&-")[0] == 0
