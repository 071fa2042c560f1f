"""doctor: problems first, each with the command that mends it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from fltui.environment import device
from fltui.environment.build import ensure
from fltui.environment.doctor import Finding, _driver, examine
from fltui.environment.task_findings import data_findings

SHIPPED = Path(__file__).resolve().parents[2] / "recipes"
FLTUI = (sys.executable, "-m", "fltui.cli.main")


def about(what: str, findings: list[Finding]) -> Finding:
    return next(finding for finding in findings if finding.what == what)


def test_a_missing_environment_has_the_whole_command_that_makes_it(tiny) -> None:
    tiny.describe('licence = "Only on Tuesdays."\n')
    tiny.describe('[wheel]\nfile = "own.whl"\nsha256 = "0"\nsource = "its authors"\n')
    found = about("environment tiny", examine({"mine/recipe": {"tiny"}}, tiny.recipes))
    assert found.level == "missing"
    assert found.mend == "fltui env create tiny --accept-licence tiny --wheel FILE"
    assert all(part in found.says for part in ("mine/recipe", "Only on Tuesdays.", "own.whl", "its authors"))


def test_a_built_environment_is_well(tiny) -> None:
    folder = ensure(tiny.spec, None, lambda step: None).folder
    found = about("environment tiny", examine({}, tiny.recipes))
    assert (found.level, found.mend) == ("ok", "")
    assert str(folder) in found.says


def test_an_environment_that_a_recipe_names_and_nobody_describes_is_a_problem(tiny) -> None:
    found = about("environment tinny", examine({"mine/recipe": {"tinny"}}, tiny.recipes))
    assert found.level == "problem"
    assert "mine/recipe" in found.says


def test_data_that_is_not_here_is_named_with_its_recipes_and_the_ways_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = tmp_path / "recipes" / "common" / "letters" / "data.toml"
    described.parent.mkdir(parents=True)
    described.write_text('summary = "Letters"\nsize = "3 MB"\nin = "letters"\nfiles = ["letters.zip"]\n')
    monkeypatch.delenv("FLTUI_DATA", raising=False)
    tasks = {"letters": ["letters/tff", "letters/flower"], "unknown": ["mine/own"]}
    [found] = data_findings(tasks, tmp_path / "recipes")
    assert (found.level, found.what) == ("missing", "data of letters")
    assert all(part in found.says for part in ("letters/flower, letters/tff", "3 MB"))
    assert "fltui --run letters/flower --set data=PATH" in found.mend

    (tmp_path / "data" / "letters").mkdir(parents=True)
    (tmp_path / "data" / "letters" / "letters.zip").touch()
    monkeypatch.setenv("FLTUI_DATA", str(tmp_path / "data"))
    [found] = data_findings(tasks, tmp_path / "recipes")
    assert found.level == "ok"
    assert "letters.zip" in found.says


def test_on_a_fresh_machine_all_that_a_shipped_recipe_lacks_has_its_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every environment and every task's data, for every recipe that needs it."""
    for name in ("FLTUI_DATA", "FLTUI_ENVIRONMENTS", "FLTUI_WHEELS", "TFDS_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    done = subprocess.run(
        (*FLTUI, "doctor", "--json"), cwd=tmp_path, capture_output=True, text=True, check=True
    )
    missing = [finding for finding in json.loads(done.stdout) if finding["level"] == "missing"]
    recipes = {f"{path.parent.parent.name}/{path.parent.name}" for path in SHIPPED.glob("*/*/recipe.yaml")}
    for recipe in recipes:
        users = re.compile(rf"[ (]{re.escape(recipe)}[,)]")
        commands = [found["mend"] for found in missing if users.search(found["says"])]
        assert any(command.startswith("fltui env create") for command in commands), recipe
        assert recipe.startswith("digits/") or any("--set data=PATH" in command for command in commands), (
            recipe
        )
    ibmfl = next(found for found in missing if found["what"] == "environment ibmfl")
    assert ibmfl["mend"] == "fltui env create ibmfl --accept-licence ibmfl --wheel FILE"
    stadle = next(found for found in missing if found["what"] == "environment stadle")
    assert stadle["mend"] == "fltui env create stadle --accept-licence stadle"


def test_a_site_folder_that_is_not_there_is_a_problem(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLTUI_DATA", "/nowhere/data")
    assert about("FLTUI_DATA", examine({}, tiny.recipes)).level == "problem"


@pytest.mark.parametrize(
    ("version", "level"), [("550.54.15", "problem"), ("580.65.06", "ok"), ("610.02", "ok")]
)
def test_a_driver_too_old_for_cuda_13_is_a_problem(version: str, level: str) -> None:
    said = f"NVRM version: NVIDIA UNIX x86_64 Kernel Module  {version}  Tue Mar  5 22:23:56 UTC 2026"
    [found] = _driver(lambda: said)
    assert found.level == level
    assert version in found.says
    assert _driver(lambda: "") == []


def test_the_command_puts_problems_first(tiny, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    words = (*FLTUI, "--recipes", str(tiny.recipes), "doctor")
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=True)
    heads = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert heads == ["problems:", "not there yet:", "well:"]
    listed = subprocess.run([*words, "--json"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert {"session", "environment tiny", "ports", "GPU"} <= {f["what"] for f in json.loads(listed.stdout)}


def test_where_recipes_use_two_layers_each_is_named_with_its_recipes_and_command(
    tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    tiny.describe('layers = ["cpu", "cuda-torch", "cuda-keras"]\n')
    monkeypatch.setattr(device, "accelerator", lambda: "cuda")
    wanted = {recipe: {"tiny"} for recipe in ("a/pictures", "a/words", "a/slow")}
    params = {"a/words": {"backend": "keras", "device": "auto"}, "a/slow": {"device": "cpu"}}
    findings = examine(wanted, tiny.recipes, params)
    usual = about("environment tiny", findings)
    assert "a/pictures" in usual.says
    assert usual.mend == "fltui env create tiny"
    keras = about("environment tiny (cuda-keras)", findings)
    assert "(for a/words)" in keras.says
    assert keras.mend == "fltui env create tiny --backend keras"
    assert about("environment tiny (cpu)", findings).mend == "fltui env create tiny --accelerator cpu"
