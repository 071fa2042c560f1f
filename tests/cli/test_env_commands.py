"""Claims about `fltui env` where there is something wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fltui_command import fltui, fltui_here


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    """A recipes folder with the environment `small`, which nobody has built."""
    folder = tmp_path / "recipes" / "environments" / "small"
    folder.mkdir(parents=True)
    (folder / "environment.toml").write_text('summary = "small"\npython = "3.11"\n')
    (folder / "lock.txt").write_text("")
    return tmp_path / "recipes"


@pytest.mark.parametrize("command", ["create", "check", "remove"])
def test_an_unknown_environment_is_a_mistake_of_the_command_line(recipes: Path, command: str) -> None:
    done = fltui_here("--recipes", str(recipes), "env", command, "smal")
    assert (done.returncode, done.stdout) == (2, "")
    assert "no environment smal in " in done.stderr


@pytest.mark.parametrize("command", ["create", "check"])
def test_a_missing_lock_file_is_named_on_stderr_and_in_the_json(recipes: Path, command: str) -> None:
    lock = recipes / "environments" / "small" / "lock.txt"
    lock.unlink()
    done = fltui_here("--recipes", str(recipes), "env", command, "small", "--json")
    said = f"environment small is not built and cannot be: its lock file {lock} is missing"
    assert json.loads(done.stdout) == {"name": "small", "problem": said}
    assert (done.returncode, done.stderr) == (6, f"fltui: {said}\n")


def test_an_environment_that_is_not_built_is_said_with_the_way_to_build_it(recipes: Path) -> None:
    done = fltui_here("--recipes", str(recipes), "env", "check", "small", "--json")
    assert done.returncode == 6
    assert json.loads(done.stdout)["problem"].endswith("build it: fltui env create small")


def test_a_licence_is_asked_for_before_another_environment_is_built(
    recipes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("FLTUI_ACCEPT_LICENCE", raising=False)
    closed = recipes / "environments" / "closed"
    closed.mkdir()
    (closed / "environment.toml").write_text(
        'summary = "closed"\npython = "3.11"\nlicence = "Only for members."\n'
    )
    (closed / "lock.txt").write_text("")
    own = recipes / "talk" / "own"
    own.mkdir(parents=True)
    (recipes / "common").mkdir()
    (own / "recipe.yaml").write_text(
        "schema: 1\ntitle: Own\nframework: own\ntask: talk\nenvironment: small\nprocesses:\n"
        "  first: {role: tool, argv: [python, -V]}\n"
        "  second: {role: tool, environment: closed, argv: [python, -V]}\n"
    )
    done = fltui("--run", str(own))
    assert done.returncode == 6
    assert 'environment closed holds software under its own licence: "Only for members."' in done.stderr
    assert "environment small" not in done.stderr
    assert not (tmp_path / "cache" / "fltui" / "environments").exists()
