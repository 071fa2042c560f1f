"""The run screen as text, at three sizes and in three moments, beside what was committed.

`FLTUI_WRITE_PICTURES=1 pytest tests/tui/test_run_pictures.py` writes them anew; look at the diff.
"""

from __future__ import annotations

import os
import re
import time
from pathlib import Path

import pytest
from app_pilot import text_of, until_shown
from synthetic_runs import SyntheticRun, held
from textual.pilot import Pilot

from fltui.tui.app import FltuiApp
from fltui.tui.screens.run import RunScreen

PICTURES = Path(__file__).with_name("pictures")
SIZES = [(80, 24), (120, 34), (200, 50)]
THEMES = ("dark", "light", "contrast", "ansi")
# What each moment shows last, once it has been drawn.
MOMENTS = {"waiting": "STOP", "whole": "3 of 3 rounds", "failed": "look at party-2"}


def picture(pilot: Pilot[int]) -> str:
    """The screen without what differs from one look or machine to the next: clocks and gauges."""
    text = text_of(pilot)
    text = re.sub(r"\b\d{1,2}:\d\d:\d\d\b", lambda m: re.sub(r"\d", "0", m[0]), text)
    text = re.sub(r"cpu +\S+ +\d+%(?: +[\d.]+ of \d+ cores)?", "cpu (a gauge)", text)
    text = re.sub(r"ram +.* of \d+ GB", "ram (a gauge)", text)
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


async def comes_to_look_like(pilot: Pilot[int], wanted: str) -> str:
    """The picture as soon as it is `wanted`, else the one after 30 s: a slow machine draws late."""
    deadline = time.monotonic() + 30
    while (now := picture(pilot)) != wanted and time.monotonic() < deadline:
        await pilot.pause(0.1)
    return now


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
async def test_the_screen_looks_as_it_did_in_every_theme(
    moment: str, size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = SyntheticRun(tmp_path / "20261124-101500-sst2-ibmfl-k3f9")
    folder = getattr(run, moment)()
    monkeypatch.setattr(RunScreen, "now", run.clock() + 41)
    file = PICTURES / f"run-{moment}-{size[0]}x{size[1]}.txt"
    writes = bool(os.environ.get("FLTUI_WRITE_PICTURES"))
    with held(folder):
        for theme in THEMES:
            monkeypatch.setenv("FLTUI_THEME", theme)
            async with FltuiApp(folder).run_test(size=size) as pilot:
                await until_shown(pilot, MOMENTS[moment])
                if writes and theme == "dark":
                    await pilot.pause(3)
                    file.write_text(picture(pilot))
                wanted = file.read_text()
                assert await comes_to_look_like(pilot, wanted) == wanted, theme
                styles = {
                    segment.style
                    for strip in pilot.app.screen._compositor.render_strips()
                    for segment in strip
                }
                assert len(styles) > 5, "a theme without colours"
