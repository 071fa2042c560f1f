"""Claims about the commands that look at runs and act on them, against real engines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tarfile
from pathlib import Path

from engines import Engines, Run, sh, wait_until, watch
from fltui_command import COMMAND, fltui
from fltui_terminal import Terminal
from living import lives
from synthetic_runs import SyntheticRun

from fltui.cli.wording import clock_text
from fltui.facts.plan import LineRule, Need, NoteRule
from fltui.facts.site import runs_folder
from fltui.record.lock import owner
from fltui.record.reader import read_events

LATER = (Need("stubborn", "completed"),)

TWO = (
    sh("client-1", "echo one; sleep 0.3; echo three; read line; echo got $line", group="client"),
    sh("client-2", "sleep 0.15; echo two; read line", group="client"),
)


def waiting_run(engines: Engines) -> Run:
    run = engines.start(*TWO)
    wait_until(lambda: b"three" in run.log("client-1") and b"two" in run.log("client-2"))
    return run


def finish(run: Run) -> dict[str, object]:
    for name in ("client-1", "client-2"):
        fltui("send", run.folder.name, name, "go")
    return run.end()


def test_ps_shows_a_live_run_and_its_processes_and_runs_shows_its_verdict_later(engines: Engines) -> None:
    run = waiting_run(engines)
    listed = fltui("ps").stdout
    assert listed.splitlines()[0].split()[:3] == ["run", "state", "process"]
    assert f" {run.pid_of('client-1')} " in listed
    [live] = json.loads(fltui("ps", "--json").stdout)
    assert [process["name"] for process in live["processes"]] == ["client-1", "client-2"]
    [entry] = json.loads(fltui("runs", "--json").stdout)
    assert (entry["alive"], entry["verdict"]) == (True, None)
    assert finish(run)["verdict"] == "ok"
    assert json.loads(fltui("ps", "--json").stdout) == []
    [entry] = json.loads(fltui("runs", "--json").stdout)
    assert (entry["alive"], entry["verdict"], entry["exit_code"]) == (False, "ok", 0)


def test_ps_tells_how_a_process_stands_in_the_recipes_words(engines: Engines) -> None:
    notes = (NoteRule("server", "round (?P<n>.*)", "round {n}, base model of a very long name", title=True),)
    run = engines.start(sh("server", "echo round 2 of 3; read line"), watch=watch(notes=notes))
    wait_until(lambda: run.of_kind("note"))
    said = "round 2 of 3, base model of a very long name"
    [live] = json.loads(fltui("ps", "--json").stdout)
    assert [process["title"] for process in live["processes"]] == [said]
    # One record a line where nobody looks, and on a narrow terminal a line of its own that is cut.
    assert fltui("ps").stdout.splitlines()[1].endswith(f"  {said}")
    terminal = Terminal("ps", columns=40)
    assert terminal.exit_code() == 0
    shown = terminal.output.splitlines()
    assert [line for line in shown if len(line) > 40] == []
    assert shown[2] == "  round 2 of 3, base model of a very lo…"
    fltui("send", run.folder.name, "server", "go")
    assert run.end()["verdict"] == "ok"


def test_ps_tells_how_far_a_preparation_has_come(engines: Engines) -> None:
    progress = (LineRule("prepare", "^embedding"),)
    run = engines.start(
        sh("prepare", "echo embedding 4,096 of 67,349; read line", role="tool"),
        watch=watch(progress=progress),
    )
    wait_until(lambda: run.of_kind("progress"))
    [live] = json.loads(fltui("ps", "--json").stdout)
    told = live["processes"][0]["progress"]
    assert (told["text"], told["done"], told["total"]) == ("embedding 4,096 of 67,349", 4096, 67349)
    assert fltui("ps").stdout.splitlines()[1].endswith("  embedding 4,096 of 67,349")
    fltui("send", run.folder.name, "prepare", "go")
    run.end()
    [ended] = json.loads(fltui("ps", run.folder.name, "--json").stdout)
    assert ended["processes"][0]["progress"] is None


def test_ps_of_a_lost_run_says_lost_and_shows_only_what_is_still_there(engines: Engines) -> None:
    stubborn = "trap '' TERM HUP; echo up; while :; do sleep 0.1; done"
    run = engines.start(
        sh("reads", "echo up; read line"), sh("stubborn", stubborn), sh("later", "true", needs=LATER)
    )
    wait_until(lambda: all(b"up" in run.log(name) for name in ("reads", "stubborn")))
    wait_until(lambda: any(event["data"]["waiting"] for event in run.of_kind("hint", "reads")))
    pids = {name: run.pid_of(name) for name in ("reads", "stubborn")}
    os.kill(run.guard, signal.SIGSTOP)  # so that it cannot act in between
    os.kill(run.supervisor, signal.SIGKILL)
    os.kill(run.guard, signal.SIGKILL)
    run.process.wait(30)
    wait_until(lambda: owner(run.folder) is None and not lives(pids["reads"]))

    [lost] = json.loads(fltui("ps", run.folder.name, "--json").stdout)
    assert (lost["state"], lost["verdict"], lost["asking"]) == ("lost", None, [])
    shown = {process["name"]: process for process in lost["processes"]}
    assert [shown["reads"][key] for key in ("state", "pid", "waiting")] == ["lost", None, False]
    assert [shown["stubborn"][key] for key in ("state", "pid")] == ["ready", pids["stubborn"]]
    assert shown["later"]["state"] == "pending"
    _, *rows = fltui("ps", run.folder.name).stdout.splitlines()
    assert [row.split()[1:6] for row in rows] == [
        ["lost", "reads", "client", "lost", "-"],
        ["lost", "stubborn", "client", "ready", str(pids["stubborn"])],
        ["lost", "later", "client", "pending", "-"],
    ]
    fltui("stop", run.folder.name)
    [ended] = json.loads(fltui("ps", run.folder.name, "--json").stdout)
    assert (ended["verdict"], [it["state"] for it in ended["processes"]]) == (
        "failed",
        ["failed", "failed", "skipped"],
    )


def test_an_empty_list_is_a_sentence_on_stderr_and_nothing_on_stdout() -> None:
    for command in ("ps", "runs"):
        done = fltui(command)
        assert (done.returncode, done.stdout) == (0, "")
        assert done.stderr.startswith("no ")
        assert fltui(command, "--json").stdout.strip() == "[]"


def test_logs_of_one_process_are_its_bytes(engines: Engines) -> None:
    wild = r"printf '\033]0;title\007\000\377\rhalf'"
    run = engines.start(sh("wild", wild))
    run.end()
    done = subprocess.run([*COMMAND, "logs", run.folder.name, "wild"], capture_output=True, timeout=60)
    assert done.stdout == b"\x1b]0;title\x07\x00\xff\rhalf" == run.log("wild")


def test_logs_of_all_processes_come_in_time_order_with_their_names(engines: Engines) -> None:
    run = waiting_run(engines)
    done = fltui("logs", run.folder.name)
    assert done.stdout.splitlines() == ["client-1 | one", "client-2 | two", "client-1 | three"]
    assert fltui("logs", run.folder.name, "client", "-n", "1").stdout.splitlines() == [
        "client-2 | two",
        "client-1 | three",
    ]
    rows = [
        json.loads(line) for line in fltui("logs", run.folder.name, "client-1", "--json").stdout.splitlines()
    ]
    assert [row["text"] for row in rows] == ["one", "three"]
    assert rows[1]["t"] - rows[0]["t"] > 0.1
    finish(run)


def test_logs_are_followed_to_the_end_of_the_run(engines: Engines) -> None:
    run = waiting_run(engines)
    follower = subprocess.Popen(
        [*COMMAND, "logs", run.folder.name, "client-1", "-f", "-n", "1"], stdout=subprocess.PIPE, text=True
    )
    assert follower.stdout is not None
    assert follower.stdout.readline() == "three\n"
    finish(run)
    rest, _ = follower.communicate(timeout=60)
    assert "got go" in rest
    assert follower.returncode == 0


def test_an_unknown_process_gets_a_guess(engines: Engines) -> None:
    run = engines.start(sh("server", "read line"))
    for words in (("logs", run.folder.name, "servr"), ("send", run.folder.name, "servr", "x")):
        done = fltui(*words)
        assert done.returncode == 2
        assert "has no process 'servr'; did you mean server?" in done.stderr
    fltui("send", run.folder.name, "server", "go")
    run.end()


def test_an_unknown_run_is_a_sentence() -> None:
    for command in (
        ["logs", "nothing"],
        ["stop", "nothing"],
        ["wait", "nothing"],
        ["send", "nothing", "a", "b"],
    ):
        done = fltui(*command)
        assert done.returncode == 2
        assert "no run matches 'nothing'" in done.stderr
        assert "Traceback" not in done.stderr


def test_a_run_that_cannot_be_read_is_a_sentence_before_the_app_opens(tmp_path: Path) -> None:
    (tmp_path / "manifest.json").write_text("{")
    done = fltui("attach", str(tmp_path))
    assert done.returncode != 0
    assert "manifest.json cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_stop_ends_a_run_and_waits_until_nothing_is_left(engines: Engines) -> None:
    run = engines.start(sh("sleeper", "sleep 60"))
    pid = run.pid_of("sleeper")
    done = fltui("stop", run.folder.name, "--json")
    assert done.returncode == 0
    assert not Path(f"/proc/{pid}").exists()
    result = json.loads(done.stdout)
    assert (result["verdict"], result["leftovers"]) == ("interrupted", [])
    run.end()
    again = fltui("stop", run.folder.name)
    assert again.returncode == 0
    assert "has ended already" in again.stderr


def test_stop_with_force_skips_the_graces(engines: Engines) -> None:
    run = engines.start(sh("stubborn", "trap '' TERM; while :; do sleep 0.1; done"))
    run.pid_of("stubborn")
    assert fltui("stop", run.folder.name, "--force").returncode == 0
    stages = [event["data"]["stage"] for event in run.of_kind("signal")]
    assert set(stages) == {"kill"}
    run.end()


def test_wait_exits_with_the_exit_code_of_the_run(engines: Engines) -> None:
    run = engines.start(sh("failing", "read line; exit 7"))
    waiter = subprocess.Popen([*COMMAND, "wait", run.folder.name], stderr=subprocess.PIPE, text=True)
    fltui("send", run.folder.name, "failing", "go")
    _, said = waiter.communicate(timeout=60)
    assert waiter.returncode == 1
    assert "failing ended with exit code 7" in said
    assert json.loads(fltui("wait", run.folder.name, "--json").stdout)["exit_code"] == 1
    run.end()


def test_wait_gives_up_after_its_timeout_and_leaves_the_run_alone(engines: Engines) -> None:
    run = engines.start(sh("waiter", "read line"))
    done = fltui("wait", run.folder.name, "--timeout", "300ms")
    assert done.returncode == 1
    assert "still runs after 0.3 s" in done.stderr
    fltui("send", run.folder.name, "waiter", "go")
    assert run.end()["verdict"] == "ok"


def test_a_mark_and_who_made_it_are_recorded(engines: Engines) -> None:
    run = engines.start(sh("waiter", "read line"))
    assert (
        fltui("mark", run.folder.name, "accuracy jumps here", env={**os.environ, "USER": "ada"}).returncode
        == 0
    )
    assert run.of_kind("mark")[0]["data"] == {"text": "accuracy jumps here", "by": "ada"}
    fltui("send", run.folder.name, "waiter", "go")
    run.end()


def test_a_run_is_found_by_its_folder_too(engines: Engines, tmp_path: Path) -> None:
    run = engines.start(sh("short", "echo hello"), folder=tmp_path / "elsewhere")
    run.end()
    assert fltui("logs", str(tmp_path / "elsewhere"), "short").stdout == "hello\n"


def test_a_closed_pipe_ends_a_listing_in_peace(engines: Engines) -> None:
    run = engines.start(sh("many", "seq 1 200000"))
    run.end()
    done = subprocess.run(
        ["/bin/sh", "-c", f"{' '.join(COMMAND)} logs {run.folder.name} | head -n 1"],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("many | 1\n", "")


def test_a_run_is_exported_and_removed_by_its_last_letters(engines: Engines, tmp_path: Path) -> None:
    run = engines.start(sh("server", "echo hello"), folder=runs_folder() / "20261124-101500-test-k3f9")
    run.end()
    done = fltui("runs", "export", "k3f9", "/proc/x.tar")
    assert (done.returncode, done.stderr) == (1, "fltui: /proc/x.tar: No such file or directory\n")
    done = fltui("runs", "export", "k3f9", str(tmp_path))
    assert done.returncode == 0, done.stderr
    file = Path(done.stdout.strip())
    assert file.parent == tmp_path
    assert tarfile.is_tarfile(file)
    again = fltui("runs", "export", "k3f9", str(file))
    assert (again.returncode, "is there already" in again.stderr) == (2, True)
    [entry] = json.loads(fltui("runs", "--json", "--size").stdout)
    assert entry["bytes"] > 0
    assert "size" in fltui("runs", "--size").stdout.splitlines()[0]
    assert fltui("runs", "remove", "k3f9").stdout.strip() == run.folder.name
    assert json.loads(fltui("runs", "--json").stdout) == []


def test_a_headless_replay_tells_the_times_of_the_run_however_fast_it_goes() -> None:
    folder = SyntheticRun(runs_folder() / "20261124-101500-a-k3f9").whole()
    done = fltui("replay", "k3f9", "--headless", "--speed", "50")
    events = read_events(folder)
    began = [e for e in events if e.kind == "round" and e.data["phase"] == "started"]
    told = [line.split(" of ")[0] for line in done.stderr.splitlines() if line.endswith(" started")]
    assert [line for line in told if " round " in line] == [
        f"{clock_text(event.t - events[0].t)}  round {event.data['round']}" for event in began
    ]
    assert len(began) == 3


def test_the_folder_of_a_removed_run_that_lies_elsewhere_is_named(tmp_path: Path) -> None:
    real = SyntheticRun(tmp_path / "mine").whole()
    link = runs_folder() / "20261124-101500-a-k3f9"
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(real, target_is_directory=True)
    done = fltui("runs", "remove", str(real))
    assert (done.returncode, done.stdout) == (0, f"{link.name}\n")
    assert f"its own folder {real} stays" in done.stderr
    assert (real / "manifest.json").exists()


def test_a_live_run_is_not_removed(engines: Engines) -> None:
    run = engines.start(sh("server", "sleep 60"))
    done = fltui("runs", "remove", run.folder.name)
    assert (done.returncode, "stop it first" in done.stderr) == (1, True)
    run.ask(do="stop", force=True)
    run.end()


def test_force_kills_a_supervisor_that_does_not_answer_and_its_guard_ends_the_rest(engines: Engines) -> None:
    run = waiting_run(engines)
    os.kill(run.supervisor, signal.SIGSTOP)
    done = fltui("stop", "--force", run.folder.name, "--json")
    result = json.loads(done.stdout)
    assert (result["exit_code"], result["leftovers"]) == (1, [])
    assert "the supervisor was killed by SIGKILL" in result["reason"]
    run.end()
