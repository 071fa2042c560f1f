"""Claims about `fltui --run` without a terminal: what it prints where, and how it ends."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest
from engines import wait_until
from fltui_command import COMMAND, fltui

from fltui.facts.site import cache_folder, runs_folder
from fltui.probe.processes import find_by_run

ROUND = """'{"metric": {"round": %d, "scope": "global", "accuracy": %s}}'"""
FEDERATION = f"""
server:
  role: server
  shell: |
    echo up; echo {ROUND % (1, 0.8)}; echo {ROUND % (2, 0.9)}
  metrics: [{{lines: json}}]
client:
  role: client
  replicas: "${{{{ params.clients }}}}"
  shell: 'echo client ${{{{ replica }}}}'
"""
HEAD = """
params: {clients: {type: int, default: 2, min: 1, max: 9}}
rounds: {planned: 2}
success: {metric: accuracy, at_least: 0.5}
"""


def result_of(*words: str, **options: Any) -> tuple[dict[str, Any], subprocess.CompletedProcess[str]]:
    done = fltui("--run", *words, "--json", **options)
    assert len(done.stdout.splitlines()) == 1, done.stdout + done.stderr
    return dict(json.loads(done.stdout)), done


def test_a_federation_that_did_what_it_should_is_ok(recipe: Any) -> None:
    result, done = result_of(recipe(FEDERATION, head=HEAD), "--set", "clients=3")
    assert (result["verdict"], result["exit_code"], done.returncode) == ("ok", 0, 0)
    assert (result["rounds_done"], result["rounds_planned"]) == (2, 2)
    assert result["metrics"] == {"accuracy": 0.9}
    assert [process["name"] for process in result["processes"]] == [
        "server",
        "client-1",
        "client-2",
        "client-3",
    ]
    assert result["leftovers"] == []
    assert Path(result["folder"]).parent == runs_folder()
    assert set(result) >= {"schema", "recipe", "run", "reason", "steps", "duration_s"}


def test_stdout_is_silent_without_json_and_stderr_tells_the_story(recipe: Any) -> None:
    folder = recipe(FEDERATION, head=HEAD)
    done = fltui("--run", folder)
    assert (done.returncode, done.stdout) == (0, "")
    lines = done.stderr.splitlines()
    assert lines[0] == f"small ({folder}/recipe.yaml) executes server, client"
    assert any(line.endswith("  round 2: global accuracy 0.900") for line in lines)
    assert any("ok: 2 of 2 rounds, accuracy 0.900" in line for line in lines)
    assert "\x1b" not in done.stderr
    assert "\r" not in done.stderr


def test_a_failure_ends_with_the_process_its_log_and_its_last_lines(recipe: Any) -> None:
    done = fltui("--run", recipe("broken: {role: client, shell: 'seq 1 30; echo boom >&2; exit 3'}"))
    assert done.returncode == 1
    lines = done.stderr.splitlines()
    assert lines[-1] == "  boom"
    assert lines[-20] == "  12"
    assert "broken (client) failed, exit code 3; log " in lines[-21]
    assert any(line.startswith("failed: broken ended with exit code 3 at ") for line in lines)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("schema: 1\ntitel: x\n", ":2:1: unknown key 'titel'; did you mean title?"),
        ("a: [1, 2", ":1:"),
        ("", "recipe.yaml:1:1: "),
    ],
)
def test_a_broken_recipe_is_exit_2_with_its_place(tmp_path: Path, text: str, sentence: str) -> None:
    (tmp_path / "recipe.yaml").write_text(text)
    result, done = result_of(str(tmp_path))
    assert (result["verdict"], done.returncode) == ("recipe", 2)
    assert sentence in result["reason"]
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert not runs_folder().exists(), "a mistake is no run"


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--set", "clients=0"), "clients is at least 1, not 0"),
        (("--set", "clint=1"), "clint is no param of this recipe; did you mean clients?"),
        (("--set", "clients"), "--set takes NAME=VALUE"),
        (("--deadline", "soon"), "--deadline: 'soon' is no duration"),
        (("--stall", "soon"), "--stall: 'soon' is no duration"),
        (("--stall", "0"), "--stall: it must be longer than no time"),
        (("--deadline", "0"), "--deadline: it must be longer than no time"),
        (("--step",), "--step needs somebody at a terminal"),
        (("--detach", "--junit", "x.xml"), "--junit needs the verdict"),
        (("--answers", "/nowhere/at/all"), "/nowhere/at/all"),
    ],
)
def test_a_wrong_value_is_exit_2(recipe: Any, tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    result, done = result_of(recipe(FEDERATION, head=HEAD), *words, cwd=tmp_path)
    assert (result["verdict"], done.returncode) == ("recipe", 2)
    assert sentence in result["reason"]


def test_a_reader_of_the_json_that_left_changes_no_verdict(recipe: Any) -> None:
    folder = recipe("one: {role: tool, shell: 'exit 1'}")
    script = f"{' '.join(COMMAND)} --run {folder} --json 2>/dev/null | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.stdout == "1\n"


def test_a_missing_input_says_how_to_give_it(recipe: Any) -> None:
    head = "inputs: {address: {help: Where the server is, env: THE_ADDRESS}}\n"
    folder = recipe("one: {role: tool, argv: [echo, '${{ inputs.address }}']}", head=head)
    result, _ = result_of(folder)
    assert result["exit_code"] == 2
    assert "--set address=VALUE, --answers FILE, THE_ADDRESS in the environment" in result["reason"]
    result, _ = result_of(folder, env={**os.environ, "THE_ADDRESS": "here"})
    assert result["verdict"] == "ok"


def test_a_question_without_an_answer_is_exit_4_and_with_one_it_is_asked_of_nobody(
    recipe: Any, tmp_path: Path
) -> None:
    folder = recipe(
        """
        console:
          role: aggregator
          shell: 'read project; echo project $project'
          steps: [{ask: "Which project?", name: project, send_answer: true}]
        """
    )
    result, _ = result_of(folder)
    assert (result["verdict"], result["exit_code"]) == ("unanswered", 4)
    assert "Which project?" in result["reason"]
    answers = tmp_path / "answers.yaml"
    answers.write_text("project: demo\n")
    for words in (("--set", "project=demo"), ("--answers", str(answers))):
        result, _ = result_of(folder, *words)
        assert result["verdict"] == "ok"
        assert result["steps"] == [
            {"process": "console", "step": "project", "state": "done", "by": "answers"}
        ]
        assert "project demo" in (Path(result["folder"]) / "logs" / "console.log").read_text()


def test_run_dir_is_the_run_folder_and_must_be_new(recipe: Any, tmp_path: Path) -> None:
    folder = recipe(FEDERATION, head=HEAD)
    result, _ = result_of(folder, "--run-dir", "out/run", cwd=tmp_path)
    assert result["folder"] == str(tmp_path / "out" / "run")
    assert (tmp_path / "out" / "run" / "logs" / "client-1.log").read_text() == "client 1\n"
    assert fltui("logs", result["run"], "client-1").stdout == "client 1\n"
    [listed] = json.loads(fltui("runs", "--json").stdout)
    assert (listed["run"], listed["verdict"]) == (result["run"], "ok")
    again, _ = result_of(folder, "--run-dir", "out/run", cwd=tmp_path)
    assert (again["verdict"], again["exit_code"]) == ("recipe", 2)
    assert "is not an empty folder" in again["reason"]


def test_what_a_stall_is_can_be_said_on_the_command_line(recipe: Any) -> None:
    result, _ = result_of(recipe("sleeper: {role: client, argv: [sleep, '60']}"), "--stall", "1s")
    assert (result["verdict"], result["exit_code"]) == ("stalled", 1)
    assert re.match(r"no progress for \d s; ", result["reason"])
    assert "meanwhile nobody computed" in result["reason"]


def test_a_deadline_ends_the_run(recipe: Any) -> None:
    result, _ = result_of(recipe("sleeper: {role: client, argv: [sleep, '60']}"), "--deadline", "500ms")
    assert (result["verdict"], result["exit_code"]) == ("timeout", 1)
    assert result["duration_s"] < 20


def test_junit_is_written_for_success_and_for_failure(recipe: Any, tmp_path: Path) -> None:
    report = tmp_path / "reports" / "fltui.xml"
    fltui("--run", recipe(FEDERATION, head=HEAD), "--junit", str(report))
    suite = ET.parse(report).getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("4", "0")
    fltui("--run", recipe("one: {role: tool, shell: 'exit 1'}", name="other"), "--junit", str(report))
    suite = ET.parse(report).getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("failures")) == ("2", "2")
    fltui("--run", "no/such", "--junit", str(report))
    suite = ET.parse(report).getroot().find("testsuite")
    assert suite is not None
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")


@pytest.mark.parametrize(
    ("report", "why"),
    [
        (".", "Is a directory"),
        ("file/x.xml", "Not a directory"),
        ("/proc/x.xml", "No such file or directory"),
    ],
)
def test_a_report_that_cannot_be_written_is_told_before_the_start(
    recipe: Any, tmp_path: Path, report: str, why: str
) -> None:
    (tmp_path / "file").touch()
    result, done = result_of(recipe(FEDERATION, head=HEAD), "--junit", report, cwd=tmp_path)
    assert (result["verdict"], result["exit_code"], done.returncode) == ("recipe", 2, 2)
    assert done.stderr == f"fltui: --junit {report} cannot be written: {why}\n"
    assert not runs_folder().exists()


def test_a_report_that_is_lost_after_the_run_is_no_success_and_no_lost_result(
    recipe: Any, tmp_path: Path
) -> None:
    breaks = FEDERATION.replace("echo up;", "rmdir reports; touch reports; echo up;", 1)
    folder = recipe(breaks.replace("role: server", f"role: server\n  cwd: {tmp_path}"), head=HEAD)
    result, done = result_of(folder, "--junit", str(tmp_path / "reports" / "x.xml"))
    assert (result["verdict"], result["exit_code"], done.returncode) == ("ok", 1, 1)
    assert result["metrics"] == {"accuracy": 0.9}
    assert "x.xml cannot be written: " in result["reason"]
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", ["--json", "--json --nonsense", "--json --detach", "--detach"])
def test_a_full_stdout_is_one_sentence_and_no_success(recipe: Any, words: str) -> None:
    folder = recipe("one: {role: tool, argv: ['true']}")
    script = f"{' '.join(COMMAND)} --run {folder} {words} > /dev/full"
    done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == (2 if "--nonsense" in words else 1), done.stderr
    assert done.stderr.count("No space left on device") == 1
    assert "fltui: standard output: No space left on device\n" in done.stderr
    assert "Traceback" not in done.stderr
    assert "could not be recorded" not in done.stderr


def test_a_fixed_port_that_is_taken_is_exit_3_with_its_owner(recipe: Any) -> None:
    folder = recipe(
        "server: {role: server, argv: [echo, '${{ ports.web }}']}",
        head="params: {port: {type: port, default: auto}}\nports: {web: '${{ params.port }}'}\n",
    )
    with socket.socket() as stranger:
        stranger.bind(("127.0.0.1", 0))
        stranger.listen()
        number = stranger.getsockname()[1]
        result, _ = result_of(folder, "--set", f"port={number}")
        assert (result["verdict"], result["exit_code"]) == ("not-ready", 3)
        assert f"port {number} (web) belongs to pid {os.getpid()}" in result["reason"]
        assert result_of(folder)[0]["verdict"] == "ok"


def test_an_environment_that_may_not_be_built_is_exit_6_and_is_recorded(recipe: Any, tmp_path: Path) -> None:
    folder = recipe("one: {role: tool, argv: [python, -V]}", head="environment: digits\n")
    environ = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    result, done = result_of(folder, "--no-build", env=environ)
    assert (result["verdict"], result["exit_code"]) == ("environment", 6)
    assert "fltui env create digits" in done.stderr
    end = json.loads((Path(result["folder"]) / "events.jsonl").read_text().splitlines()[-1])
    assert end["data"] == result


def tree_with_slow_environment(root: Path) -> Path:
    """A tree of recipes of its own, whose environment takes a minute to check."""
    (root / "tree" / "common").mkdir(parents=True)
    environment = root / "tree" / "environments" / "slow"
    environment.mkdir(parents=True)
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    (environment / "environment.toml").write_text(f'summary = "slow"\npython = "{version}"\n')
    (environment / "lock.txt").write_text("")
    (environment / "check.py").write_text("import time; print('checking', flush=True); time.sleep(60)\n")
    (root / "tree" / "one").mkdir()
    text = "schema: 1\ntitle: t\nframework: own\ntask: none\nenvironment: slow\n"
    (root / "tree" / "one" / "recipe.yaml").write_text(
        text + "processes: {one: {role: tool, argv: [python, -V]}}\n"
    )
    return root / "tree" / "one"


def test_ctrl_c_while_an_environment_is_built_leaves_nothing_half_made(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    running = start(
        str(tree_with_slow_environment(tmp_path)), env={**os.environ, "XDG_CACHE_HOME": str(cache)}
    )
    builds = cache / "fltui" / "environments"
    wait_until(lambda: [*builds.glob("slow-*/bin/python")])
    assert running.stderr is not None
    wait_until(lambda: "check" in running.stderr.readline())
    running.send_signal(signal.SIGINT)
    stdout, _ = running.communicate(timeout=60)
    result = json.loads(stdout)
    assert (running.returncode, result["verdict"], result["exit_code"]) == (130, "interrupted", 130)
    assert result["reason"] == "interrupted by Ctrl-C", "the same words as once it runs"
    assert [path for path in builds.glob("slow-*") if path.is_dir()] == []
    end = json.loads((Path(result["folder"]) / "events.jsonl").read_text().splitlines()[-1])
    assert (end["kind"], end["data"]["verdict"]) == ("end", "interrupted")
    assert json.loads(fltui("runs", "--json").stdout)[0]["verdict"] == "interrupted"


def test_detach_prints_the_name_and_the_run_goes_on(recipe: Any) -> None:
    folder = recipe("waiter: {role: client, shell: 'read line; echo got $line'}")
    done = fltui("--run", folder, "--detach")
    assert done.returncode == 0
    [name] = done.stdout.split()
    assert fltui("ps").stdout.count(name) == 1
    assert fltui("send", name, "waiter", "hello").returncode == 0
    assert fltui("wait", name).returncode == 0
    assert "got hello" in fltui("logs", name, "waiter").stdout
    detached = json.loads(fltui("--run", folder, "--detach", "--json").stdout)
    assert detached["detached"] is True
    assert fltui("stop", detached["run"]).returncode == 0


def start(folder: str, *words: str, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, "--run", folder, "--json", *words],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def live_run() -> Path:
    return Path(
        wait_until(lambda: [f for f in runs_folder().glob("*") if (f / "logs" / "sleeper.log").exists()])[0]
    )


SLEEPER = "sleeper: {role: client, shell: 'echo up; sleep 60 & sleep 60'}"


@pytest.mark.parametrize(
    ("number", "exit_code", "reason"),
    [
        (signal.SIGINT, 130, "interrupted by Ctrl-C"),
        (signal.SIGTERM, 143, "interrupted by SIGTERM"),
        (signal.SIGHUP, 143, "interrupted by SIGHUP"),
    ],
)
def test_a_signal_stops_the_run(recipe: Any, number: int, exit_code: int, reason: str) -> None:
    running = start(recipe(SLEEPER))
    run = live_run()
    wait_until(lambda: b"up" in (run / "logs" / "sleeper.log").read_bytes())
    running.send_signal(number)
    stdout, stderr = running.communicate(timeout=60)
    result = json.loads(stdout)
    assert (running.returncode, result["verdict"], result["exit_code"]) == (
        exit_code,
        "interrupted",
        exit_code,
    )
    assert result["reason"] == reason
    assert f"\n{reason}\n" in stderr
    assert find_by_run(run.name) == []


def test_a_second_signal_kills_at_once(recipe: Any) -> None:
    running = start(
        recipe("sleeper: {role: client, shell: \"trap '' TERM; echo up; while :; do sleep 0.1; done\"}")
    )
    run = live_run()
    wait_until(lambda: b"up" in (run / "logs" / "sleeper.log").read_bytes())
    running.send_signal(signal.SIGINT)
    wait_until(lambda: '"stop"' in (run / "events.jsonl").read_text())
    running.send_signal(signal.SIGINT)
    stdout, _ = running.communicate(timeout=60)
    assert running.returncode == 130
    assert json.loads(stdout)["processes"][0]["signal"] == "SIGKILL"
    stages = [
        json.loads(line)["data"].get("stage") for line in (run / "events.jsonl").read_text().splitlines()
    ]
    assert "group" not in stages
    assert find_by_run(run.name) == []


def test_the_death_of_the_front_end_ends_the_run(recipe: Any) -> None:
    running = start(recipe(SLEEPER))
    run = live_run()
    running.kill()
    running.communicate(timeout=60)
    wait_until(lambda: '"kind":"end"' in (run / "events.jsonl").read_text().replace('": "', '":"'))
    wait_until(lambda: find_by_run(run.name) == [])


def test_a_supervisor_that_is_killed_is_reported_by_its_front_end(recipe: Any) -> None:
    running = start(recipe(SLEEPER))
    run = live_run()
    first = json.loads((run / "events.jsonl").read_text().splitlines()[0])
    os.kill(first["data"]["pid"], signal.SIGKILL)
    stdout, _ = running.communicate(timeout=40)
    result = json.loads(stdout)
    assert (running.returncode, result["verdict"]) == (1, "failed")
    assert "the supervisor was killed by SIGKILL" in result["reason"]
    assert find_by_run(run.name) == []


def test_an_engine_that_is_killed_whole_is_closed_by_its_front_end(recipe: Any) -> None:
    running = start(recipe(SLEEPER))
    run = live_run()
    first = json.loads((run / "events.jsonl").read_text().splitlines()[0])
    os.kill(first["data"]["guard"], signal.SIGKILL)
    os.kill(first["data"]["pid"], signal.SIGKILL)
    stdout, _ = running.communicate(timeout=40)
    assert (running.returncode, json.loads(stdout)["verdict"]) == (1, "failed")
    assert find_by_run(run.name) == []


def test_it_runs_without_home(recipe: Any, tmp_path: Path) -> None:
    environ = {
        key: value for key, value in os.environ.items() if not key.startswith("XDG_") and key != "HOME"
    }
    (tmp_path / "file").touch()
    environ |= {"HOME": str(tmp_path / "file" / "nowhere"), "TMPDIR": str(tmp_path)}
    result, _ = result_of(recipe(FEDERATION, head=HEAD), env=environ)
    assert result["verdict"] == "ok"
    assert Path(result["folder"]).is_relative_to(tmp_path)


def test_a_home_that_is_yet_to_be_made_is_the_home_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("STATE", "CACHE", "CONFIG"):
        monkeypatch.delenv(f"XDG_{kind}_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "new" / "home"))
    before = cache_folder()
    (tmp_path / "new" / "home").mkdir(parents=True)  # as a build does for its own cache
    assert cache_folder() == before
    assert before.is_relative_to(tmp_path / "new" / "home")
    (tmp_path / "file").touch()
    monkeypatch.setenv("HOME", str(tmp_path / "file"))
    assert not cache_folder().is_relative_to(tmp_path / "file")


def test_two_runs_of_one_recipe_at_once_are_both_ok(recipe: Any) -> None:
    folder = recipe(
        """
        server: {role: server, argv: [python3, -m, http.server, "${{ ports.web }}", --bind, 127.0.0.1], ends: serves,
                 ready: [{port: web}]}
        client: {role: client, shell: 'sleep 0.5', needs: {server: ready}}
        """,
        head="ports: {web: auto}\n",
    )
    both = [start(folder), start(folder)]
    results = [json.loads(one.communicate(timeout=60)[0]) for one in both]
    assert [result["verdict"] for result in results] == ["ok", "ok"]
    assert results[0]["run"] != results[1]["run"]
