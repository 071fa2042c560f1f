"""config.toml: theme and keys by binding id; mistakes have a line and the near name."""

from __future__ import annotations

from pathlib import Path

import pytest

from fltui.tui.all_keys import SCREENS, ids, page
from fltui.tui.config import Config, ConfigError, read_config


def test_without_a_file_there_are_defaults(tmp_path: Path) -> None:
    assert read_config(ids(), tmp_path / "none.toml") == Config()


def test_theme_and_keys_are_read(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('theme = "light"\nmouse = false\n[keys]\n"run.detach" = "ctrl+d"\n')
    assert read_config(ids(), path) == Config("light", False, {"run.detach": "ctrl+d"})


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ('theme = "pink"\n', 1, "there are dark, light, contrast, ansi"),
        ('\n[keys]\n"run.detatch" = "x"\n', 3, "did you mean run.detach"),
        ('thme = "dark"\n', 1, "did you mean theme"),
        ('[keys]\n"run.detach" = 3\n', 2, "takes a key"),
        ("mouse = 1\n", 1, "mouse is true or false"),
        ("theme = \n", 1, "line 1"),
    ],
)
def test_a_mistake_names_its_line(tmp_path: Path, text: str, line: int, words: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        read_config(ids(), path)
    assert words in str(caught.value)
    assert f"config.toml:{line}" in str(caught.value) or "line 1" in words


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
