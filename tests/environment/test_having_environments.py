"""What tests of the frameworks may build without being told, and what they skip."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from having_environments import accepted, environment_or_skip

from fltui.environment.errors import EnvironmentProblem


@pytest.fixture
def behind_a_licence(tiny, make_wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """`tiny` asks for a licence and a wheel of no index; the folder that such a wheel may lie in."""
    monkeypatch.setattr("having_environments.shipped_recipes", lambda: tiny.recipes)
    own = make_wheel(tmp_path / "downloads", "special")
    digest = hashlib.sha256(own.read_bytes()).hexdigest()
    tiny.describe('licence = "Only on Tuesdays."\n')
    tiny.describe(f'[wheel]\nfile = "{own.name}"\nsha256 = "{digest}"\nsource = "its authors"\n')
    return own


def test_a_licence_that_nobody_accepted_is_a_skip_with_its_sentence(behind_a_licence) -> None:
    with pytest.raises(pytest.skip.Exception, match=r"Only on Tuesdays"):
        environment_or_skip("tiny")


def test_a_wheel_that_somebody_put_there_counts_as_accepted(tiny, behind_a_licence, monkeypatch) -> None:
    monkeypatch.setenv("FLTUI_WHEELS", str(behind_a_licence.parent))
    assert accepted(tiny.spec) == ["tiny"]
    assert environment_or_skip("tiny").built


def test_a_missing_wheel_is_a_skip_with_its_source(behind_a_licence, monkeypatch) -> None:
    monkeypatch.setenv("FLTUI_ACCEPT_LICENCE", "tiny")
    with pytest.raises(pytest.skip.Exception, match=r"its authors"):
        environment_or_skip("tiny")


def test_a_licence_without_a_wheel_needs_the_variable(tiny, monkeypatch) -> None:
    monkeypatch.setattr("having_environments.shipped_recipes", lambda: tiny.recipes)
    tiny.describe('licence = "Only on Tuesdays."\n')
    with pytest.raises(pytest.skip.Exception, match=r"FLTUI_ACCEPT_LICENCE=tiny"):
        environment_or_skip("tiny")
    monkeypatch.setenv("FLTUI_ACCEPT_LICENCE", "tiny")
    assert environment_or_skip("tiny").built


def test_no_network_is_a_skip_and_a_broken_check_is_not(tiny, monkeypatch) -> None:
    monkeypatch.setattr("having_environments.shipped_recipes", lambda: tiny.recipes)
    links = tiny.wheels
    monkeypatch.delenv("UV_OFFLINE")
    monkeypatch.delenv("UV_FIND_LINKS")
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(pytest.skip.Exception, match=r"could not be fetched"):
        environment_or_skip("tiny")
    monkeypatch.setenv("UV_OFFLINE", "1")
    monkeypatch.setenv("UV_FIND_LINKS", str(links))
    tiny.check("raise SystemExit('torch has no kernels')")
    with pytest.raises(EnvironmentProblem, match="torch has no kernels"):
        environment_or_skip("tiny")
