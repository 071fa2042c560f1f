"""Keys that arrive in one piece, as over a slow line or from a macro: all after one that opens an input are text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engines import Engines, python, wait_until
from fltui_terminal import Terminal
from synthetic_runs import SyntheticRun, held

from fltui.facts.site import runs_folder
from fltui.record.runs import list_runs

RECIPE = """
schema: 1
title: Says hello
framework: {framework}
task: sst2
params:
  rounds: {{type: int, default: 3, min: 1, max: 99}}
  clients: {{type: int, default: 3, min: 1, max: 99}}
  seed: {{type: int, default: 0}}
processes:
  server: {{role: server, argv: [sh, -c, "sleep 60"]}}
"""
Open = Callable[..., Terminal]


@pytest.fixture
def terminal() -> Iterator[Open]:
    opened: list[Terminal] = []

    def start(*words: str) -> Terminal:
        opened.append(Terminal(*words, columns=200))
        return opened[-1]

    yield start
    for each in opened:
        each.close()


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    for framework in ("flower", "openfl"):
        folder = tmp_path / "own" / "sst2" / framework
        folder.mkdir(parents=True)
        (folder / "recipe.yaml").write_text(RECIPE.format(framework=framework))
    return tmp_path / "own"


def test_the_browsers_filter_takes_all_letters_behind_its_key(terminal: Open, recipes: Path) -> None:
    browser = terminal("--recipes", str(recipes))
    browser.read_until("rounds ")
    browser.type("/says hello sst2")
    browser.read_until("2 of ")
    assert list_runs() == [], "its `s` ran a recipe"


def test_a_search_takes_all_letters_behind_its_key(terminal: Open, tmp_path: Path) -> None:
    folder = SyntheticRun(tmp_path / "run").waiting()
    with held(folder):
        run = terminal("attach", str(folder))
        run.read_until("waits for you")
        run.type("/aggregator begins")
        run.read_until("match 1 of 1")


def test_a_line_to_a_process_takes_all_letters_behind_its_key(terminal: Open, engines: Engines) -> None:
    live = engines.start(python("server", "import sys\nfor line in sys.stdin: print('got', line.strip())"))
    run = terminal("attach", str(live.folder))
    run.read_until("type")
    run.type("iSTOP hello\rdo it\r\x1bz")
    wait_until(lambda: len(live.of_kind("input")) == 2, 20, "both lines")
    assert [event["data"]["text"] for event in live.of_kind("input")] == ["STOP hello", "do it"]
    assert live.of_kind("stop") == []


def test_a_form_takes_all_letters_also_behind_tab(terminal: Open, recipes: Path) -> None:
    browser = terminal("--recipes", str(recipes))
    browser.read_until("rounds ")
    browser.type("/says hello openfl\rp25\t\t7")
    browser.read_until("rounds=25 --set seed=7")


def test_the_historys_filter_takes_all_letters_also_behind_the_key_that_opens_it(terminal: Open) -> None:
    for name in ("20261124-101500-talk-own-k3f9", "20261124-101501-talk-own-aaaa"):
        run = SyntheticRun(runs_folder() / name)
        run.whole() if name.endswith("k3f9") else run.failed()
    browser = terminal()
    browser.read_until("rounds ")
    browser.type("H/ok acc>.5")
    browser.read_until("1 of 2")
