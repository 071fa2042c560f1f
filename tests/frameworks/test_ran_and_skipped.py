"""The count at the end of `make test-frameworks`: what ran, what could not and why, and what is an error."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from having_recipes import RAN, SKIPPED, count, environments_of, shipped

from fltui.environment.catalogue import find
from fltui.facts.site import shipped_recipes

SUPPORT = Path(__file__).resolve().parents[1] / "support"
RECIPES = ["digits/flower", "sst2/ibmfl", "sst2/tff"]
NOTHING_ELSE = [(RAN, "sst2/tff"), (RAN, "digits/flower"), (RAN, "sst2/tff")]


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache folder without a wheel."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    for name in ("FLTUI_WHEELS", "TFDS_DATA_DIR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_a_recipe_that_ran_often_counts_once_and_every_shipped_one_counts() -> None:
    assert count([*NOTHING_ELSE, (RAN, "sst2/ibmfl"), ("other", 1)], RECIPES) == (RECIPES, {}, {})
    assert {"digits/flower", "sst2/ibmfl", "sst2/tff"} <= set(shipped())


def test_one_that_was_skipped_says_why_and_is_no_error() -> None:
    noted = [*NOTHING_ELSE, (SKIPPED, ["sst2/ibmfl", "no wheel"])]
    assert count(noted, RECIPES) == (["digits/flower", "sst2/tff"], {"sst2/ibmfl": "no wheel"}, {})


def test_one_that_no_test_started_is_an_error_where_its_data_is_here(
    own_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (own_cache / "sst2").mkdir()
    (own_cache / "sst2" / "SST-2.zip").touch()
    monkeypatch.setenv("FLTUI_DATA", str(own_cache))
    ran, skipped, wrong = count(NOTHING_ELSE, RECIPES)
    assert wrong == skipped == {"sst2/ibmfl": "no test started it"}
    assert len(ran) == 2
    monkeypatch.delenv("FLTUI_DATA")
    monkeypatch.setenv("HOME", str(own_cache))
    assert count(NOTHING_ELSE, RECIPES)[1:] == ({"sst2/ibmfl": "its data is not here"}, {})


def test_a_skip_beside_its_wheel_is_an_error(own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = find("ibmfl", shipped_recipes()).wheel
    assert wheel is not None
    assert "ibmfl" in environments_of("sst2/ibmfl")
    folder = own_cache / "fltui" / "wheels"
    folder.mkdir(parents=True)
    (folder / wheel.file).write_bytes(b"as if it were")
    monkeypatch.setattr("fltui.environment.wheels._check", lambda path, wheel: None)
    noted = [*NOTHING_ELSE, (SKIPPED, ["sst2/ibmfl", "no network"])]
    ran, skipped, wrong = count(noted, RECIPES)
    assert (len(ran), skipped) == (2, {"sst2/ibmfl": "no network"})
    assert wrong == {"sst2/ibmfl": "it was skipped although its wheel is here"}


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_the_count_ends_the_report_with_and_without_workers(
    own_cache: Path, workers: tuple[str, ...]
) -> None:
    """A session of its own, in which every recipe but one is said to have run."""
    (own_cache / "pytest.ini").write_text(
        f"[pytest]\ntestpaths = tests\npythonpath = {SUPPORT} {SUPPORT.parents[1]}\nmarkers = frameworks: real\n"
    )
    (own_cache / "tests" / "below").mkdir(parents=True)
    (own_cache / "tests" / "conftest.py").write_text('pytest_plugins = ["count_recipes"]\n')
    recipes = [name for name in shipped() if name != "sst2/stadle"]
    (own_cache / "tests" / "below" / "test_them.py").write_text(
        "import pytest\n"
        f"@pytest.mark.frameworks\n@pytest.mark.parametrize('name', {recipes})\n"
        f"def test_it(name, request):\n    request.node.user_properties.append(({RAN!r}, name))\n"
        "@pytest.mark.frameworks\ndef test_one_is_skipped(request):\n"
        f"    request.node.user_properties.append(({SKIPPED!r}, ['sst2/stadle', 'no licence']))\n"
        "    pytest.skip('no licence')\n"
    )
    words = (sys.executable, "-m", "pytest", "-m", "frameworks", "-p", "no:cacheprovider", *workers)
    done = subprocess.run(words, cwd=own_cache, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"ran {len(recipes)}, skipped 1\n" in done.stdout
    assert "sst2/stadle: no licence\n" in done.stdout
