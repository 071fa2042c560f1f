"""Claims about `fltui recipes`, `check`, `plan` and `schema`."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from fltui_command import fltui

from fltui.facts.site import runs_folder, shipped_recipes

SHIPPED = sorted(
    file.parent.relative_to(shipped_recipes()).as_posix() for file in shipped_recipes().rglob("recipe.yaml")
)


def test_every_shipped_recipe_is_listed_and_good(tmp_path: Path) -> None:
    listed = json.loads(fltui("recipes", "--json", cwd=tmp_path).stdout)
    assert [entry["recipe"] for entry in listed] == SHIPPED
    assert {entry["origin"] for entry in listed} == {"shipped"}
    assert fltui("check", *SHIPPED, cwd=tmp_path).returncode == 0
    table = fltui("recipes", cwd=tmp_path).stdout.splitlines()
    assert len(table) == len(SHIPPED) + 1
    assert table[0].split() == ["recipe", "framework", "task", "origin", "title"]


def test_recipes_of_a_folder_come_before_all_others(recipe: Any, tmp_path: Path) -> None:
    recipe("one: {role: tool, argv: [echo, mine]}", name="mine")
    listed = json.loads(fltui("--recipes", str(tmp_path), "recipes", "--json").stdout)
    assert ("mine", "here") in [(entry["recipe"], entry["origin"]) for entry in listed]
    done = fltui("--recipes", str(tmp_path), "--run", "mine", "--json", cwd="/")
    assert json.loads(done.stdout)["recipe"] == "mine"


def test_a_recipe_that_cannot_be_read_stays_in_the_list(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "recipe.yaml").write_text("a: [")
    done = fltui("--recipes", str(tmp_path), "recipes")
    assert done.returncode == 0
    assert "cannot be read" in done.stdout


@pytest.mark.parametrize("name", SHIPPED)
def test_a_copy_of_a_shipped_recipe_is_planned_like_the_original(name: str, tmp_path: Path) -> None:
    done = fltui("recipes", "copy", name, "mine", cwd=tmp_path)
    assert done.stdout.strip() == str(tmp_path / "mine")
    copy, original = (
        fltui("plan", "mine", "--json", cwd=tmp_path),
        fltui("plan", name, "--json", cwd=tmp_path),
    )
    assert copy.returncode == 0, copy.stderr
    wanted = original.stdout.replace(str(shipped_recipes() / name), str(tmp_path / "mine"))
    assert json.loads(copy.stdout) == {**json.loads(wanted), "recipe": "mine"}
    assert fltui("check", "mine", cwd=tmp_path).returncode == 0
    first = (tmp_path / "mine" / "recipe.yaml").read_text().splitlines()[0]
    assert Path(first.partition("$schema=")[2]).is_file()


def test_a_copy_that_no_list_finds_says_where_lists_look(tmp_path: Path) -> None:
    away = fltui("recipes", "copy", "digits/centralized", "mine", cwd=tmp_path)
    assert "list it from recipes/mine or " in away.stderr
    here = fltui("recipes", "copy", "digits/centralized", "recipes/mine", cwd=tmp_path)
    assert "list it from" not in here.stderr
    assert '"mine"' in fltui("recipes", "--json", cwd=tmp_path).stdout


def test_a_copy_still_finds_what_lay_above_its_folder_and_runs(recipe: Any, tmp_path: Path) -> None:
    folder = recipe("one: {role: tool, argv: [cat, '${{ recipe.folder }}/../shared.txt']}", name="own")
    (tmp_path / "shared.txt").write_text("from above\n")
    elsewhere = tmp_path / "far" / "away"
    assert fltui("recipes", "copy", folder, str(elsewhere)).returncode == 0
    result = json.loads(fltui("--run", str(elsewhere), "--json").stdout)
    assert result["verdict"] == "ok"
    assert (Path(result["folder"]) / "logs" / "one.log").read_text() == "from above\n"


def test_a_copy_that_cannot_be_written_names_its_target(recipe: Any) -> None:
    folder = recipe("one: {role: tool, argv: [echo]}")
    done = fltui("recipes", "copy", folder, "/proc/mine")
    assert (done.returncode, done.stderr) == (1, "fltui: /proc/mine: No such file or directory\n")


def test_a_copy_never_overwrites(recipe: Any, tmp_path: Path) -> None:
    folder = recipe("one: {role: tool, argv: [echo]}")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()
    for target, sentence in (("full", "exists already"), ("small/inside", "lies in the folder")):
        done = fltui("recipes", "copy", folder, target, cwd=tmp_path)
        assert done.returncode == 2
        assert sentence in done.stderr
    assert os.listdir(tmp_path / "full") == ["file"]


def test_check_names_every_problem_with_its_place(recipe: Any, tmp_path: Path) -> None:
    good = recipe("one: {role: tool, argv: [echo]}", name="good")
    bad = recipe("one: {role: tool, argv: [echo, '${{ params.missing }}'], need: {}}", name="bad")
    done = fltui("check", good, bad, "--json")
    assert done.returncode == 2
    problems = json.loads(done.stdout)
    assert {problem["line"] for problem in problems} == {7}
    assert f"{good}/recipe.yaml: ok" in done.stderr
    assert f"{bad}/recipe.yaml:7:" in done.stderr
    assert fltui("check", good).returncode == 0


def test_plan_shows_what_would_run_and_runs_nothing(recipe: Any, tmp_path: Path) -> None:
    head = "params: {n: {type: int, default: 2}}\ninputs: {token: {help: a token, secret: true}, place: {help: where}}\n"
    folder = recipe(
        "client: {role: client, replicas: '${{ params.n }}', argv: [touch, '${{ inputs.place }}/${{ replica }}']}",
        head=head,
    )
    shown = fltui("plan", folder, "--set", "n=3")
    assert shown.returncode == 0
    assert "$ touch '<place>/3'" in shown.stdout
    plan = json.loads(fltui("plan", folder, "--json", "--set", f"place={tmp_path}").stdout)
    assert [process["name"] for process in plan["processes"]] == ["client-1", "client-2"]
    assert not (tmp_path / "1").exists()
    assert "no param of this recipe" in fltui("plan", folder, "--set", "m=1").stderr


def test_schema_is_the_committed_one() -> None:
    done = fltui("schema")
    assert done.stdout == (shipped_recipes() / "recipe.schema.json").read_text()


def test_an_unknown_recipe_gets_a_guess() -> None:
    for command in ("check", "plan"):
        done = fltui(command, "digits/flowr", cwd="/")
        assert done.returncode == 2
        assert "did you mean digits/flower?" in done.stderr
    [problem] = json.loads(fltui("check", "digits/flowr", "--json", cwd="/").stdout)
    assert (problem["line"], problem["column"]) == (None, None), "no file, so no place in it"


@pytest.mark.parametrize("words", ["check", "plan", "sweep --set n=1,2", "--run"])
def test_an_unknown_environment_has_a_place_in_the_recipe_whoever_reads_it(recipe: Any, words: str) -> None:
    head = "params: {n: {type: int, default: 1}}\n"
    folder = recipe("one: {role: tool, environment: flwer, argv: [echo]}", head=head)
    command, *options = words.split()
    done = fltui(command, folder, *options)
    assert done.returncode == 2
    place = f"{folder}/recipe.yaml:8:34"
    assert f"{place}: there is no environment flwer; did you mean flower?\n" in done.stderr
    assert not runs_folder().exists(), "a mistake is no run"


def test_a_recipe_of_another_tree_uses_the_shipped_environments(recipe: Any, tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "environments").mkdir()
    folder = recipe("one: {role: tool, environment: digits, argv: [python, -V]}")
    for command in ("check", "plan"):
        assert fltui(command, folder).returncode == 0
