"""config.toml: theme and keys by binding id; mistakes have a line and the near name."""

from __future__ import annotations

from pathlib import Path

import pytest
from app_pilot import screen_of, text_of, until_shown
from synthetic_runs import SyntheticRun

from fltui.facts.site import config_folder
from fltui.tui.all_keys import SCREENS, TOGETHER, page
from fltui.tui.app import FltuiApp
from fltui.tui.config import Config, ConfigError, read_config


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert read_config(TOGETHER, tmp_path / "none.toml") == Config()


def test_theme_and_keys_are_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('theme = "light"\nmouse = false\n[keys]\n"run.detach" = "ctrl+d"\n')
    assert read_config(TOGETHER, path) == Config("light", False, {"run.detach": "ctrl+d"})


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('theme = "pink"\n', 1, "there are dark, light, contrast, ansi"),
        ('\n[keys]\n"run.detatch" = "x"\n', 3, "did you mean run.detach"),
        ('thme = "dark"\n', 1, "did you mean theme"),
        ('[keys]\n"run.detach" = 3\n', 2, "takes a key"),
        ("mouse = 1\n", 1, "mouse is true or false"),
        ("theme = \n", 1, "line 1"),
        ('[keys]\n"run.detach" = "z"\n', 2, "run.detach takes z, which is the key of run.zoom"),
        ('[keys]\n"run.mark" = "m"\n"run.detach" = "/"\n', 3, "which is the key of run.search"),
        ('[keys]\n"run.detach" = "space"\n', 2, "which is the key of replay.pause"),
        ('[keys]\n"run.detach" = "ctrl+c"\n', 2, "leaves a field, or does what q does on every screen"),
    ],
)
def test_a_mistake_names_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_config(TOGETHER, path)
    assert words in str(caught.value)
    assert f"config.toml:{line}" in str(caught.value) or "line 1" in words


def test_two_keys_may_change_places(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[keys]\n"run.detach" = "z"\n"run.zoom" = "d"\n')
    assert read_config(TOGETHER, path).keys == {"run.detach": "z", "run.zoom": "d"}


async def test_footer_help_and_palette_show_the_users_key(tmp_path: Path, own_site: Path) -> None:
    (config_folder()).mkdir(parents=True)
    (config_folder() / "config.toml").write_text('[keys]\n"run.zoom" = "f5"\n"run.search" = "ctrl+f"\n')
    app = FltuiApp(SyntheticRun(tmp_path / "run").whole())
    async with app.run_test(size=(200, 50)) as pilot:
        await until_shown(pilot, "3 of 3 rounds")
        await until_shown(pilot, "f5 zoom")
        assert "ctrl+f search" in text_of(pilot)
        assert "z zoom" not in text_of(pilot)
        commands = [command.title for command in app.get_system_commands(app.screen)]
        assert "zoom  f5" in commands
        await pilot.press("f5")
        assert screen_of(pilot).zoomed
        await pilot.press("question_mark")
        await until_shown(pilot, "keys: one run")
        helped = next(line for line in text_of(pilot).splitlines() if "this pane alone" in line)
        assert " f5 " in helped


def test_no_key_has_two_meanings_on_one_screen() -> None:
    for title, keys in SCREENS.items():
        used = [part for key in keys for part in key.key.split(",")]
        assert len(used) == len(set(used)), title
    run = {part for key in SCREENS["A run"] for part in key.key.split(",")}
    replay = {part for key in SCREENS["A replay, besides those of a run"] for part in key.key.split(",")}
    assert not run & replay


def test_the_page_of_keys_is_up_to_date() -> None:
    committed = Path(__file__).parents[2] / "docs" / "keys.md"
    assert committed.read_text() == page(), "run: make schema"
