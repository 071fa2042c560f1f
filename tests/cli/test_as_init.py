"""Claims about fltui as PID 1 of a container: nobody else reaps there, and its end is everybody's."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from fltui_command import COMMAND

NAMESPACE = ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "--mount-proc"]


def namespaces_work() -> bool:
    return (
        bool(shutil.which("unshare"))
        and not subprocess.run([*NAMESPACE, "true"], capture_output=True).returncode
    )


pytestmark = pytest.mark.skipif(not namespaces_work(), reason="this machine allows no PID namespaces")


def as_init(*words: str, before: str = "") -> subprocess.CompletedProcess[str]:
    """fltui as PID 1, as an entry point script starts it: by exec, after `before`."""
    environ = {key: value for key, value in os.environ.items() if key not in ("HOME", "USER", "TERM")}
    script = ["/bin/sh", "-c", f'{before}exec "$@"', "entrypoint"]
    return subprocess.run(
        [*NAMESPACE, *script, *COMMAND, *words],
        capture_output=True,
        text=True,
        timeout=60,
        env=environ,
        stdin=subprocess.DEVNULL,
    )


def test_it_runs_a_federation_to_its_verdict(recipe: Any) -> None:
    done = as_init("--run", recipe("one: {role: tool, shell: 'echo pid $PPID'}"), "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["verdict"], result["leftovers"]) == (0, "ok", [])


def test_it_reaps_what_is_not_its_own(recipe: Any) -> None:
    look = "{role: tool, shell: 'sleep 1; cat /proc/[0-9]*/stat'}"
    done = as_init("--run", recipe(f"look: {look}"), "--json", before="sleep 0.1 & (sleep 0.2 &) ; ")
    result = json.loads(done.stdout)
    assert (done.returncode, result["verdict"]) == (0, "ok")
    stats = (Path(result["folder"]) / "logs" / "look.log").read_text().splitlines()
    states = {line.split()[0]: line.rpartition(")")[2].split()[0] for line in stats}
    assert "1" in states
    assert "Z" not in states.values()


def test_it_closes_a_run_whose_whole_engine_was_killed(recipe: Any) -> None:
    killer = "guard=$(cut -d' ' -f4 /proc/$PPID/stat); trap '' TERM HUP; kill -KILL $guard $PPID; sleep 60"
    done = as_init("--run", recipe(f'killer: {{role: tool, shell: "{killer}"}}'), "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["verdict"], result["leftovers"]) == (1, "failed", [])
    assert "the engine was killed" in result["reason"]


def test_detach_is_refused_because_the_run_would_end_with_us(recipe: Any) -> None:
    done = as_init("--run", recipe("one: {role: tool, argv: [sleep, '60']}"), "--detach")
    assert done.returncode == 2
    assert "--detach makes no sense as PID 1" in done.stderr
