"""Claims about the command line itself: what it refuses, how it says so, and what it imports."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from engines import Engines, sh
from fltui_command import COMMAND, fltui, fltui_here


def test_without_a_terminal_the_app_points_to_run_and_help() -> None:
    done = fltui()
    assert done.returncode == 2
    assert "fltui --run RECIPE" in done.stderr
    assert "fltui --help" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_help_lists_every_command_and_the_exit_codes() -> None:
    from fltui.cli.main import COMMANDS

    done = fltui("--help")
    assert done.returncode == 0
    assert all(f"\n  {name} " in done.stdout for name in COMMANDS)
    assert "130 and 143 interrupted" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--sett", "a=b"], "--sett"),
        (["rnus"], "there is no command 'rnus'; did you mean runs?"),
        (["digits/flower"], "to run a recipe: `fltui --run digits/flower`"),
        (["--json"], "--json goes with --run RECIPE"),
        (["--json", "runs"], "--json goes with --run RECIPE; write it after runs"),
        (["--run", "a", "ps"], "--run and the command 'ps' do not go together"),
        (["--run"], "Option '--run' requires an argument"),
        (["--recipes", "/nope", "--run", "digits/flower"], "--recipes /nope is no folder"),
        (["--recipes", "/dev/null", "recipes"], "--recipes /dev/null is no folder"),
        (["mark", "any", " "], "a mark says something; give it a TEXT"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_2(words: list[str], sentence: str) -> None:
    done = fltui_here(*words)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_a_usage_error_of_run_json_is_one_json_object() -> None:
    done = fltui_here("--run", "x", "--json", "--nonsense")
    assert done.returncode == 2
    result = json.loads(done.stdout)
    assert (result["verdict"], result["exit_code"]) == ("recipe", 2)
    assert "--nonsense" in result["reason"]


def test_every_command_says_what_it_does() -> None:
    from fltui.cli.main import COMMANDS

    for name in COMMANDS:
        done = fltui_here(name, "--help")
        assert done.returncode == 0, done.stderr
        assert done.stdout.startswith(f"Usage: fltui {name}")


def test_python_m_fltui_is_the_command(recipe: Any) -> None:
    module = [sys.executable, "-m", "fltui"]
    assert (
        subprocess.run([*module, "--help"], capture_output=True, text=True).stdout == fltui("--help").stdout
    )
    command = ["--run", recipe("one: {role: tool, argv: ['true']}"), "--json"]
    done = subprocess.run([*module, *command], capture_output=True, text=True, timeout=60)
    manifest = json.loads((Path(json.loads(done.stdout)["folder"]) / "manifest.json").read_text())
    assert (done.returncode, manifest["command"]) == (0, ["fltui", *command])
    assert subprocess.run([*module, "rnus"], capture_output=True, timeout=60).returncode == 2


def modules_after(code: str, tmp_path: Path) -> set[str]:
    probe = f"import sys\n{code}\nprint(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", probe], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_help_and_version_import_only_click(tmp_path: Path) -> None:
    loaded = modules_after("import fltui.cli.main", tmp_path)
    assert {"pydantic", "ruamel.yaml", "textual", "psutil", "platformdirs", "asyncio"} & loaded == set()


def test_closed_standard_streams_are_no_fault(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(
        "schema: 1\ntitle: t\nframework: own\ntask: none\nprocesses: {one: {role: tool, argv: [echo, hello]}}\n"
    )
    for closed in ("0<&- 1>&- 2>&-", "0<&-", "1>&-", "2>&-"):
        script = f"{' '.join(COMMAND)} --run {tmp_path} {closed}"
        done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, (closed, done.stderr)


def test_ctrl_c_while_the_command_still_imports_ends_it_silently(tmp_path: Path) -> None:
    code = "import os, signal, sys; sys.argv[0] = 'bin/fltui'; import fltui.cli; os.kill(os.getpid(), signal.SIGINT)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, timeout=60
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


def test_ctrl_c_in_a_command_is_exit_130_and_one_word(engines: Engines) -> None:
    run = engines.start(sh("waiter", "echo up; read line"))
    follower = subprocess.Popen(
        [*COMMAND, "logs", run.folder.name, "-f"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert follower.stdout is not None
    assert follower.stdout.readline() == "waiter | up\n"
    follower.send_signal(signal.SIGINT)
    _, stderr = follower.communicate(timeout=60)
    assert (follower.returncode, stderr.strip()) == (130, "fltui: interrupted by Ctrl-C")
    run.ask(do="stop", force=True)
    run.end()


def test_a_headless_run_imports_neither_the_app_nor_a_framework(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(
        "schema: 1\ntitle: t\nframework: own\ntask: none\nprocesses: {one: {role: tool, argv: ['true']}}\n"
    )
    code = (
        "from fltui.cli.main import main\n"
        f"try:\n    main(['--run', {str(tmp_path)!r}])\n"
        "except SystemExit as ended:\n    assert ended.code == 0, ended.code"
    )
    loaded = modules_after(code, tmp_path)
    heavy = {
        "textual",
        "rich",
        "numpy",
        "sklearn",
        "scipy",
        "torch",
        "tensorflow",
        "keras",
        "flwr",
        "openfl",
        "ray",
    }
    assert heavy & loaded == set()
    assert "asyncio" not in loaded
    assert not any(name.startswith("fltui.engine") for name in loaded)
    assert "fltui.environment" not in loaded, "a recipe without environments needs none of that room"


def test_a_command_in_this_process_says_what_one_of_its_own_says() -> None:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]
    for words in (("locate",), ("rnus",), ("--run", "digits/flowr", "--json")):
        here, alone = fltui_here(*words), fltui(*words)
        assert (here.returncode, here.stderr) == (alone.returncode, alone.stderr), words
        assert without_time(here.stdout) == without_time(alone.stdout), words
    assert before == [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)]


def without_time(stdout: str) -> str:
    return re.sub(r'"duration_s": ?[\d.e-]+', "", stdout)
