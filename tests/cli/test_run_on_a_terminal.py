"""Claims about `fltui --run` on a terminal: the live line, questions, step mode, Ctrl-C."""

from __future__ import annotations

import json
import re
import signal
from functools import partial
from pathlib import Path
from typing import Any

from engines import wait_until

from fltui.facts.site import runs_folder
from fltui.probe.input_wait import reads_terminal
from fltui.probe.processes import find_by_run

CONSOLE = """
console:
  role: aggregator
  shell: 'while read line; do echo "did $line"; test "$line" = STOP && exit 0; done; exit 5'
  steps:
    - {send: START, until: 'did START', name: begin, why: the parties wait for it}
    - {send: TRAIN, until: 'did', name: train}
    - {send: SAVE, until: 'did SAVE', name: save}
    - {send: STOP, name: stop}
"""


def end_of_the_run() -> dict[str, Any]:
    [folder] = runs_folder().glob("*")
    return dict(json.loads((folder / "events.jsonl").read_text().splitlines()[-1])["data"])


def steps_by() -> dict[str, tuple[str, str | None]]:
    return {step["step"]: (step["state"], step["by"]) for step in end_of_the_run()["steps"]}


def log_of(process: str) -> str:
    [folder] = runs_folder().glob("*")
    return (folder / "logs" / f"{process}.log").read_text()


def test_one_live_line_is_rewritten_and_taken_away(recipe: Any, terminal: Any) -> None:
    head = (
        "rounds: {planned: 2, started: {process: server, line: 'ROUND (?P<round>.)'},"
        " done: {process: server, line: 'DONE (?P<round>.)'}}\n"
    )
    fltui = terminal(
        "--run",
        recipe("server: {role: server, shell: 'echo ROUND 1; sleep 1; echo ROUND 2; sleep 1'}", head=head),
    )
    fltui.read_until("round 1 of 2")
    fltui.read_until("\r\x1b[K")
    assert fltui.exit_code() == 1  # two rounds were promised and none was done
    assert fltui.output.count("round 1 of 2 started\r\n") == 1
    live = re.findall(r"\r\x1b\[K(\d\d:\d\d  round [12] of 2)", fltui.output)
    assert len(live) >= 2
    last_line = fltui.output.rstrip("\r\n").rpartition("\n")[2]
    assert "round 2 of 2" not in last_line


def test_colour_is_left_out_where_it_is_not_wanted(recipe: Any, terminal: Any) -> None:
    folder = recipe("one: {role: tool, shell: 'exit 1'}")
    colourful = terminal("--run", folder)
    colourful.exit_code()
    assert "\x1b[31m" in colourful.output
    plain = terminal("--run", folder, NO_COLOR="1")
    plain.exit_code()
    assert not re.search(r"\x1b\[\d+m", plain.output)
    dumb = terminal("--run", folder, TERM="dumb")
    dumb.exit_code()
    assert "\x1b" not in dumb.output


def test_a_narrow_terminal_never_wraps_the_live_line(recipe: Any, terminal: Any) -> None:
    fltui = terminal("--run", recipe("a-process-with-a-long-name: {role: tool, shell: 'sleep 2', "
                                     "ready: [{file: /nonexistent/file}]}"), columns=20)  # fmt: skip
    fltui.read_until("00:01")
    fltui.exit_code()
    for live in re.findall(r"\r\x1b\[K(\d\d:\d\d[^\r\n\x1b]*)\r\x1b\[K", fltui.output):
        assert len(live) < 20


def test_a_question_is_asked_and_answered(recipe: Any, terminal: Any) -> None:
    fltui = terminal("--run", recipe(
        """
        console:
          role: aggregator
          shell: 'read project; echo project $project; read word; echo word $word'
          steps:
            - {ask: "Which project?", name: project, send_answer: true, why: the server keeps one for each}
            - {ask: "Which word?", name: word, send_answer: true, headless: hello}
        """
    ))  # fmt: skip
    fltui.read_until("the server keeps one for each")
    fltui.read_until("console asks: Which project? ")
    fltui.type("\n")
    fltui.read_until("console asks: Which project? ")
    fltui.type("demo\n")
    fltui.read_until("console asks: Which word? [hello] ")
    fltui.type("\n")
    assert fltui.exit_code() == 0
    assert steps_by() == {"project": ("done", "person"), "word": ("done", "person")}
    assert "project demo" in log_of("console")
    assert "word hello" in log_of("console")


def test_what_was_typed_before_the_question_is_no_answer(recipe: Any, terminal: Any) -> None:
    fltui = terminal("--run", recipe(
        """
        console:
          role: aggregator
          shell: 'echo up; read project; echo project $project'
          steps:
            - {run: [sleep, '1'], name: pause}
            - {ask: "Which project?", name: project, send_answer: true}
        """
    ))  # fmt: skip
    fltui.read_until("console started")
    fltui.type("too early\n")
    fltui.read_until("Which project? ")
    fltui.type("demo\n")
    assert fltui.exit_code() == 0
    assert "project demo" in log_of("console")


def test_a_secret_is_typed_unseen_and_is_in_no_file(recipe: Any, terminal: Any) -> None:
    fltui = terminal("--run", recipe(
        """
        console:
          role: aggregator
          shell: 'read -r token; test ${#token} = 14 && echo accepted; echo $token'
          steps: [{ask: "The token?", name: token, send_answer: true, secret: true}]
        """
    ))  # fmt: skip
    fltui.read_until("The token? ")
    wait_until(lambda: not fltui.echoes)
    fltui.type("hunter2hunter2\n")
    assert fltui.exit_code() == 0
    assert "hunter2" not in fltui.output
    [folder] = runs_folder().glob("*")
    for file in folder.rglob("*"):
        if file.is_file():
            assert b"hunter2" not in file.read_bytes(), file
    assert "accepted" in log_of("console")


def test_a_secret_input_is_asked_before_the_run(recipe: Any, terminal: Any) -> None:
    head = "inputs: {token: {help: The service's token, secret: true}}\n"
    fltui = terminal(
        "--run",
        recipe(
            "one: {role: tool, shell: 'test -n \"$T\" && echo \"length ${#T}\"', env: {T: '${{ inputs.token }}'}}",
            head=head,
        ),
    )
    fltui.read_until("token (The service's token)")
    wait_until(lambda: not fltui.echoes)
    fltui.type("hunter2\n")
    assert fltui.exit_code() == 0
    assert "hunter2" not in fltui.output
    assert log_of("one") == "length 7\n"


def test_step_mode_waits_for_enter_edits_and_skips(recipe: Any, terminal: Any) -> None:
    fltui = terminal("--run", recipe(CONSOLE), "--step")
    fltui.read_until("the parties wait for it")
    fltui.read_until("console: begin sends 'START' (Enter goes on, e edits, s skips) ")
    fltui.type("\n")
    fltui.read_until("console: train sends 'TRAIN'")
    fltui.type("e\n")
    fltui.read_until("console is sent: ")
    fltui.type("TRAIN 3\n")
    fltui.read_until("console: save sends 'SAVE'")
    fltui.type("what?\n")
    fltui.read_until("console: save sends 'SAVE'")
    fltui.type("s\n")
    fltui.read_until("console: stop sends 'STOP'")
    fltui.type("\n")
    assert fltui.exit_code() == 0
    assert steps_by() == {
        "begin": ("done", "person"),
        "train": ("done", "person"),
        "save": ("skipped", "person"),
        "stop": ("done", "person"),
    }
    assert "did TRAIN 3" in log_of("console")
    assert "did SAVE" not in log_of("console")


def test_without_step_mode_the_same_steps_go_by_themselves(recipe: Any, terminal: Any) -> None:
    fltui = terminal("--run", recipe(CONSOLE))
    assert fltui.exit_code() == 0
    assert {by for _, by in steps_by().values()} == {"recipe"}


def test_a_question_of_a_process_that_died_is_taken_back(recipe: Any, terminal: Any) -> None:
    fltui = terminal("--run", recipe(
        "console: {role: tool, shell: 'sleep 1; exit 3', steps: [{ask: 'Now?', name: now, secret: true}]}"
    ))  # fmt: skip
    fltui.read_until("console asks: Now? ")
    assert fltui.exit_code() == 1
    assert "console ended with exit code 3" in fltui.output


def test_ctrl_c_stops_the_run_and_says_what_it_waits_for(recipe: Any, terminal: Any) -> None:
    fltui = terminal("--run", recipe(
        "slow: {role: client, shell: \"trap 'sleep 1; exit 0' TERM; echo up; while :; do sleep 0.1; done\"}"
    ))  # fmt: skip
    fltui.read_until("slow started")
    wait_until(lambda: "up" in log_of("slow"))
    fltui.type("\x03")
    fltui.read_until("Ctrl-C again kills it at once")
    fltui.read_until("stopping: waiting for slow (SIGTERM)")
    assert fltui.exit_code() == 130
    assert end_of_the_run()["verdict"] == "interrupted"
    [folder] = runs_folder().glob("*")
    assert find_by_run(folder.name) == []


def test_ctrl_c_at_a_question_stops_the_run_and_gives_the_terminal_back(recipe: Any, terminal: Any) -> None:
    fltui = terminal("--run", recipe(
        "console: {role: tool, argv: [cat], steps: [{ask: 'Token?', name: token, secret: true, send_answer: true}]}"
    ))  # fmt: skip
    fltui.read_until("Token? ")
    wait_until(lambda: not fltui.echoes)
    fltui.type("\x03")
    fltui.read_until("stopping")
    wait_until(lambda: fltui.echoes)
    assert fltui.exit_code() == 130


def test_ctrl_c_and_the_end_of_the_input_at_a_prompt_are_no_fault(recipe: Any, terminal: Any) -> None:
    head = "inputs: {place: {help: Where}}\n"
    folder = recipe("one: {role: tool, argv: [echo, '${{ inputs.place }}']}", head=head)
    for key, reason in (("\x03", "interrupted by Ctrl-C"), ("\x04", "interrupted by the end of the input")):
        fltui = terminal("--run", folder)
        fltui.read_until("place (Where): ")
        # Python loses a Ctrl-C that comes between the prompt and the read.
        wait_until(partial(reads_terminal, fltui.pid, fltui.device))
        fltui.type(key)
        assert fltui.exit_code() == 130
        assert fltui.output.count(f"fltui: {reason}\r\n") == 1
        assert "fault" not in fltui.output
        assert "Traceback" not in fltui.output


def test_a_lost_connection_stops_the_run(recipe: Any, terminal: Any) -> None:
    fltui = terminal("--run", recipe("sleeper: {role: client, shell: 'echo up; sleep 60'}"))
    fltui.read_until("sleeper started")
    [folder] = runs_folder().glob("*")
    fltui.close()
    end = json.loads((Path(folder) / "events.jsonl").read_text().splitlines()[-1])
    assert (end["kind"], end["data"]["verdict"]) == ("end", "interrupted")
    assert fltui._wait() in (143, -signal.SIGHUP)
    assert find_by_run(folder.name) == []
