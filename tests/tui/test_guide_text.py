"""A guide's Markdown as the screen shows it."""

from __future__ import annotations

import pytest
from rich.text import Text

from fltui.tui.app import FltuiApp
from fltui.tui.guide_text import Section, styled
from fltui.tui.palette import Palette


def read(markdown: str) -> Text:
    return styled(Section("", markdown), Palette.of(FltuiApp()))


@pytest.mark.parametrize(
    ("markdown", "shown"),
    [
        ("(*global*: the model)", "(global: the model)"),
        ("2 * 3 * 4 is 24", "2 * 3 * 4 is 24"),
        ("**both** and *one*", "both and one"),
        ("`client-*.npz` and `round-*.npz`", "client-*.npz and round-*.npz"),
        ("[the page](docs/x.md)", "the page"),
    ],
)
def test_signs_of_markdown_are_not_shown(markdown: str, shown: str) -> None:
    assert read(markdown).plain == shown


def test_emphasis_has_a_weight_of_its_own() -> None:
    assert {span.style for span in read("a *global* one").spans} != {read("a global one").spans[0].style}
