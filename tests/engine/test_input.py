"""What goes to a child: prompts seen, lines typed, secrets kept."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from engines import Engines, Run, python, sh, wait_until, watch, zoo

from fltui.facts.plan import NoteRule, RunFile, Step, Stop

SECRET = "correct-horse-battery"
READS = "import sys\nprint('console', flush=True)\nfor line in sys.stdin: print('got', len(line), flush=True)"


def files_with(folder: Path, text: str) -> list[Path]:
    """The files of a run folder that hold `text` anywhere, in UTF-8."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert len(found) >= 5
    return [path for path in found if text.encode() in path.read_bytes()]


def hints(run: Run, process: str) -> list[tuple[bool, str]]:
    return [(event["data"]["waiting"], event["data"]["prompt"]) for event in run.of_kind("hint", process)]


# -- prompts -------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", ["input", "readline", "select"])
def test_a_prompt_without_a_newline_is_seen_and_answered_by_a_step(engines: Engines, way: str) -> None:
    run = engines.start(
        zoo(
            "agent",
            "prompts",
            way,
            steps=(
                Step("wait", "prompt", line="Which collaborator", timeout_s=20),
                Step("send", "name", text="hospital-1", until="got <hospital-1>", timeout_s=20),
            ),
        )
    )
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("ok", 0), result["reason"]
    assert b"got <hospital-1>" in run.log("agent")
    sent = run.of_kind("input")[0]["data"]
    assert (sent["by"], sent["text"]) == ("recipe", "hospital-1"), "a line that is no secret is recorded"
    assert b"Which collaborator" in run.log("agent")[: sent["offset"]]
    assert b"hospital-1" in run.log("agent")[sent["offset"] :]


@pytest.mark.parametrize("way", ["input", "readline", "select"])
def test_who_waits_for_input_is_shown_as_waiting_until_it_has_it(engines: Engines, way: str) -> None:
    run = engines.start(zoo("agent", "prompts", way))
    wait_until(lambda: hints(run, "agent"), what="the hint")
    waiting, prompt = hints(run, "agent")[0]
    assert waiting
    assert prompt.startswith("Which collaborator")
    run.ask(do="send", process="agent", text="hospital-1")
    assert run.end()["verdict"] == "ok"
    assert run.of_kind("input")[0]["data"]["by"] == "person"


def test_who_works_quietly_is_not_shown_as_waiting(engines: Engines) -> None:
    run = engines.start(sh("agent", "echo training; sleep 2.5; echo done"))
    assert run.end()["verdict"] == "ok"
    assert hints(run, "agent") == []


# -- lines ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("stdin", ["tty", "pipe"])
def test_lines_for_somebody_who_reads_later_wait_for_him(engines: Engines, stdin: str) -> None:
    """More than a terminal or a pipe holds: nothing is lost, and the supervisor does not block."""
    text = (
        "import sys, time, pathlib\nprint('busy', flush=True)\n"
        "while not pathlib.Path('go').exists(): time.sleep(0.02)\n"
        "lines = [sys.stdin.readline() for _ in range(100)]\n"
        "print('sum', sum(len(line) for line in lines), [line[:3] for line in lines] == "
        "[f'{n:03}' for n in range(100)])"
    )
    run = engines.start(python("agent", text, stdin=stdin, cwd=engines.root))
    wait_until(lambda: b"busy" in run.log("agent"))
    for number in range(100):
        assert run.ask(do="send", process="agent", text=f"{number:03}" + "x" * 3000) == {"ok": True}
    (engines.root / "go").touch()
    assert run.end()["verdict"] == "ok"
    assert f"sum {100 * 3004} True\n".encode() in run.log("agent")


def test_who_never_reads_is_said_so_before_memory_runs_out(engines: Engines) -> None:
    run = engines.start(sh("agent", "echo busy; sleep 600", stdin="pipe"))
    wait_until(lambda: b"busy" in run.log("agent"))
    answers = [run.ask(do="send", process="agent", text="x" * 3990) for _ in range(330)]
    assert answers[0] == {"ok": True}
    assert "agent does not read its input; " in answers[-1]["error"]
    run.ask(do="stop")
    assert run.end()["verdict"] == "interrupted"


def test_a_line_that_a_terminal_would_cut_is_refused(engines: Engines) -> None:
    run = engines.start(python("agent", READS))
    wait_until(lambda: b"console" in run.log("agent"))
    refused = run.ask(do="send", process="agent", text="x" * 4000)
    assert refused == {"ok": False, "error": "a line of 4001 bytes is too long for a terminal; at most 4000"}
    assert run.ask(do="send", process="agent", text="x" * 3999) == {"ok": True}
    wait_until(lambda: b"got 4000\n" in run.log("agent"))
    run.ask(do="stop")
    run.end()


def test_nobody_reads_where_there_is_no_input(engines: Engines) -> None:
    run = engines.start(sh("agent", "sleep 600", stdin="null"), sh("client-1", "true"))
    wait_until(lambda: "done" in run.states("client-1"))
    assert (
        run.ask(do="send", process="agent", text="x")["error"] == "agent has no standard input (stdin: null)"
    )
    assert run.ask(do="send", process="client-1", text="x")["error"] == "client-1 is not running"
    run.ask(do="stop")
    run.end()


def test_who_spins_when_its_input_ends_is_stopped(engines: Engines) -> None:
    run = engines.start(zoo("agent", "spins_at_end_of_input", stdin="null"), watch=watch(deadline_s=2.5))
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("timeout", 1)
    assert result["reason"].startswith("the deadline of 2.5 s passed")
    assert result["processes"][0]["signal"] == "SIGTERM"
    assert result["processes"][0]["cpu_s"] > 0.3, "it spun, and that is seen"


def test_input_of_a_terminal_and_a_pipe_does_not_end_by_itself(engines: Engines) -> None:
    run = engines.start(
        zoo("agent", "spins_at_end_of_input"), zoo("client-1", "spins_at_end_of_input", stdin="pipe")
    )
    for name in ("agent", "client-1"):
        wait_until(lambda: "ready" in run.states(name))  # noqa: B023
        assert run.ask(do="send", process=name, text="quit") == {"ok": True}
    result = run.end()
    assert result["verdict"] == "ok"
    assert all(process["cpu_s"] < 0.3 for process in result["processes"])


# -- secrets -------------------------------------------------------------------------------------


def test_getpass_is_answered_and_the_secret_is_in_no_file(engines: Engines) -> None:
    """A declared secret, sent by a step, although the child prints it back in two ways."""
    run = engines.start(
        zoo(
            "agent",
            "reads_a_secret",
            "tells",
            env={"TOKEN": "${{ inputs.token }}"},
            steps=(
                Step("wait", "prompt", line="Token: ", timeout_s=20),
                Step("send", "token", text="${{ inputs.token }}", until="logged in with", timeout_s=20),
            ),
        ),
        secrets={"token": SECRET},
        files=(RunFile(str(engines.root / "run0" / "secrets" / "agent.json"), "${{ inputs.token }}", True),),
        watch=watch(notes=(NoteRule("agent", r"logged in with (?P<with>.*)", "logged in: {with}"),)),
    )
    wait_until(lambda: hints(run, "agent"), what="the hint of the last prompt")
    run.ask(do="send", process="agent", text="")
    result = run.end()
    assert (result["verdict"], result["exit_code"]) == ("ok", 0), result["reason"]
    log = run.log("agent")
    assert log.startswith(b"terminal: True True True\nToken: ")
    assert hashlib.sha256(SECRET.encode()).hexdigest().encode() in log
    assert b"logged in with " + b"*" * len(SECRET) + b"!\n" in log
    assert files_with(run.folder, SECRET) == []
    assert (True, "still using " + "*" * len(SECRET)) in hints(run, "agent")
    assert [event["data"].get("text") for event in run.of_kind("input")] == [None, ""]
    assert run.of_kind("note")[0]["data"]["text"] == "logged in: " + "*" * len(SECRET) + "!"
    assert not (run.folder / "secrets").exists()


def test_what_a_person_types_without_an_echo_is_in_no_file(engines: Engines) -> None:
    """Nobody declared it: the child's terminal says that it is a secret."""
    run = engines.start(zoo("agent", "reads_a_secret", "tells"))
    wait_until(lambda: (True, "Token: ") in hints(run, "agent"), what="the hint")
    assert run.ask(do="send", process="agent", text=SECRET) == {"ok": True}
    wait_until(lambda: b"still using" in run.log("agent"))
    run.ask(do="send", process="agent", text="goodbye")
    assert run.end()["verdict"] == "ok"
    assert hashlib.sha256(SECRET.encode()).hexdigest().encode() in run.log("agent")
    assert files_with(run.folder, SECRET) == []
    assert [event["data"].get("text") for event in run.of_kind("input")] == [None, "goodbye"]


def test_one_letter_typed_without_an_echo_does_not_black_out_the_log(engines: Engines) -> None:
    text = "import getpass\ngetpass.getpass('Continue? ')\nprint('yes, by the way')"
    run = engines.start(python("agent", text))
    wait_until(lambda: b"Continue? " in run.log("agent"))
    run.ask(do="send", process="agent", text="y")
    assert run.end()["verdict"] == "ok"
    assert run.log("agent").endswith(b"yes, by the way\n")
    assert run.of_kind("input")[0]["data"].get("text") is None


def test_a_declared_secret_is_masked_where_it_is_echoed(engines: Engines) -> None:
    run = engines.start(python("agent", READS), secrets={"token": SECRET})
    wait_until(lambda: b"console" in run.log("agent"))
    run.ask(do="send", process="agent", text=f"login {SECRET}", secret=True)
    wait_until(lambda: b"got" in run.log("agent"))
    run.ask(do="stop")
    run.end()
    assert b"*" * len(SECRET) in run.log("agent")
    assert files_with(run.folder, SECRET) == []


def test_the_polite_line_of_a_stop_keeps_its_secret_too(engines: Engines) -> None:
    text = "import sys\nprint('console', flush=True)\nprint('bye', sys.stdin.readline().strip())"
    run = engines.start(
        python("agent", text, ends="serves", stop=Stop(send="quit ${{ inputs.token }}")),
        sh("client-1", "sleep 0.3"),
        secrets={"token": SECRET},
    )
    assert run.end()["verdict"] == "ok"
    assert b"bye quit " + b"*" * len(SECRET) in run.log("agent")
    assert files_with(run.folder, SECRET) == []
