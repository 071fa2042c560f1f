"""What a user who installs fltui gets: the command with its recipes inside, and nothing beside it."""

from __future__ import annotations

import json
import tarfile
import zipfile
from pathlib import Path

import pytest

# These tests share one build and one installation, which take half a minute.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]
CHECKOUT = Path(__file__).resolve().parents[2]


def tracked_recipes() -> set[str]:
    """The recipes' files in the checkout, without what running them leaves."""
    folder = CHECKOUT / "recipes"
    return {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_one_package_with_all_recipes_in_it(installed) -> None:
    with zipfile.ZipFile(installed.wheel) as wheel:
        names = wheel.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"fltui"}
    inside = "fltui/shipped/recipes/"
    assert {name.removeprefix(inside) for name in names if name.startswith(inside)} == tracked_recipes()
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]


def test_the_source_archive_has_what_a_distributor_needs(installed) -> None:
    with tarfile.open(installed.archive) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"LICENSE", "README.md", "pyproject.toml", "fltui/__init__.py", "tests/conftest.py"} <= names


def test_the_command_works_in_an_empty_folder(installed, tmp_path: Path) -> None:
    assert installed.run(tmp_path, "--version").stdout.startswith("fltui, version")
    listed = json.loads(installed.run(tmp_path, "recipes", "--json").stdout)
    assert {"digits/flower", "digits/flower-superlink", "digits/centralized"} <= {
        recipe["recipe"] for recipe in listed
    }
    checked = installed.run(tmp_path, "check", *(recipe["recipe"] for recipe in listed))
    assert checked.returncode == 0, checked.stderr
    located = json.loads(installed.run(tmp_path, "locate", "--json").stdout)
    assert located["recipes"] == str(
        installed.command.parent.parent.glob("lib/python*/site-packages/fltui/shipped/recipes").__next__()
    )
    assert list(tmp_path.iterdir()) == []


FEDERATION = """
schema: 1
title: Two clients and a server that counts rounds
framework: own
task: none
params: {clients: {type: int, default: 2}}
deadline: 60s
processes:
  server:
    role: server
    argv: [python3, -u, server.py]
    metrics: [{lines: json}]
  client:
    role: client
    replicas: "${{ params.clients }}"
    argv: [echo, "client ${{ replica }}"]
rounds: {planned: 2}
success: {metric: accuracy, at_least: 0.5}
"""
SERVER = """
import json
for number in (1, 2):
    print(json.dumps({"metric": {"round": number, "scope": "global", "accuracy": 0.4 * number}}))
"""


def test_a_recipe_beside_its_programs_runs_with_nothing_else_there(installed, tmp_path: Path) -> None:
    """The engine, which is a process of its own, is found in the installation too."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "recipe.yaml").write_text(FEDERATION)
    (tmp_path / "mine" / "server.py").write_text(SERVER)
    done = installed.run(tmp_path, "--run", "mine", "--json")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["verdict"], result["rounds_done"], result["leftovers"]) == ("ok", 2, [])
    assert result["metrics"] == {"accuracy": 0.8}
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_a_shipped_recipe_can_be_copied_and_is_one(installed, tmp_path: Path) -> None:
    copied = installed.run(tmp_path, "recipes", "copy", "digits/flower", "mine")
    assert copied.returncode == 0, copied.stderr
    checked = installed.run(tmp_path, "check", "mine")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.frameworks
@pytest.mark.timeout(400)
def test_a_recipe_of_the_wheel_runs_in_an_empty_folder(installed, tmp_path: Path) -> None:
    done = installed.run(tmp_path, "--run", "digits/centralized", "--json", "--set", "rounds=2")
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    assert (result["verdict"], result["rounds_done"], result["leftovers"]) == ("ok", 2, [])
    assert result["metrics"]["accuracy"] >= 0.85
    assert list(tmp_path.iterdir()) == []
