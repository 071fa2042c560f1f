"""What `fltui doctor` looks at."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from fltui_command import fltui


def test_the_recipes_of_a_folder_that_is_named_are_looked_at_too(tmp_path: Path, own_site: Path) -> None:
    for name in ("common", "environments", "talk/one"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "talk" / "one" / "recipe.yaml").write_text("schema: 1\n")
    done = fltui("--recipes", str(tmp_path), "doctor", "--json")
    assert "recipe talk/one" in [finding["what"] for finding in json.loads(done.stdout)]


@pytest.fixture
def fresh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine that has nothing yet."""
    for name in ("FLTUI_DATA", "FLTUI_ENVIRONMENTS", "FLTUI_WHEELS", "TFDS_DATA_DIR", "TFHUB_CACHE_DIR"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    return tmp_path


def findings(*words: str) -> dict[str, dict[str, str]]:
    return {found["what"]: found for found in json.loads(fltui("doctor", *words, "--json").stdout)}


def test_of_one_recipe_only_what_it_needs_is_told(fresh: Path) -> None:
    found = findings("sst2/ibmfl", "--set", "encoder=bert")
    models = ["BERT's preprocessor", "BERT's encoder"]
    assert list(found) == ["environment data", "environment ibmfl", "data of sst2", *models]
    assert {each["level"] for each in found.values()} == {"missing"}
    ibmfl = found["environment ibmfl"]
    assert "non-commercial" in ibmfl["says"]
    assert ibmfl["mend"] == "fltui env create ibmfl --accept-licence ibmfl --wheel FILE"
    assert re.fullmatch(
        r"curl -fLO https://github.com/IBM/\S+/(\S+\.whl) && "
        r"fltui env create ibmfl --accept-licence ibmfl --wheel \1",
        ibmfl["by_hand"],
    )


def test_an_encoder_that_comes_with_its_environment_needs_nothing_else(fresh: Path) -> None:
    assert list(findings("sst2/flower", "--set", "encoder=minilm")) == [
        "environment data",
        "environment flower",
        "data of sst2",
    ]


def test_an_encoder_that_is_here_is_well_and_a_folder_that_holds_none_is_a_problem(fresh: Path) -> None:
    (fresh / "bert").mkdir()
    (fresh / "bert" / "saved_model.pb").touch()
    words = ("--set", f"bert_preprocess={fresh / 'bert'}", "--set", f"bert_encoder={fresh / 'none'}")
    found = findings("sst2/flower", *words)
    assert found["BERT's preprocessor"]["level"] == "ok"
    assert found["BERT's encoder"]["level"] == "problem"
    assert "minilm" in found["BERT's encoder"]["says"]
    assert found["BERT's encoder"]["mend"] == "fltui --run sst2/flower --set bert_encoder=FOLDER"


def test_data_that_is_set_is_looked_for_there(fresh: Path) -> None:
    assert findings("sst2/flower", "--set", f"data={fresh}")["data"]["level"] == "ok"
    refused = fltui("doctor", "sst2/flower", "--set", f"data={fresh / 'none'}")
    assert refused.returncode == 2
    assert f"data leads to nothing: there is no {fresh / 'none'}" in refused.stderr


def test_data_of_a_recipe_that_lets_any_path_pass_is_a_problem_where_there_is_none(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text(
        "schema: 1\ntitle: Own\nframework: own\ntask: own\nparams: {data: {type: path, default: ''}}\n"
        "processes: {one: {role: server, argv: [cat, '${{ params.data }}']}}\n"
    )
    for place, level in ((tmp_path, "ok"), (tmp_path / "none", "problem")):
        assert findings(str(tmp_path), "--set", f"data={place}")["data"]["level"] == level


def test_the_line_by_hand_is_printed_below_the_command(fresh: Path) -> None:
    lines = fltui("doctor", "cifar10/flower").stdout.splitlines()
    at = next(number for number, line in enumerate(lines) if "data of cifar10" in line)
    assert "--set data=PATH" in lines[at + 1]
    assert lines[at + 2].startswith("    by hand: mkdir -p data/cifar10 && curl -fL https://")


def test_a_bad_recipe_a_bad_param_and_a_set_without_recipe_end_with_2(tmp_path: Path) -> None:
    (tmp_path / "recipe.yaml").write_text("schema: 1\n")
    wrong = (
        ("nowhere",),
        (str(tmp_path),),
        ("digits/flower", "--set", "rounds=no"),
        ("--set", "rounds=3"),
    )
    for words in wrong:
        done = fltui("doctor", *words)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert done.stderr.startswith("fltui: "), words
