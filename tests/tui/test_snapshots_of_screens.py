"""Every screen but the run's own (test_run_pictures) as text and style, beside what was committed.

Dark and light must say the same by the same names of colours; ANSI the same words in the terminal's sixteen
colours. A screen that is drawn late has 30 s to look so. `FLTUI_WRITE_PICTURES=1 pytest tests/tui/test_snapshots_of_screens.py` writes them anew; look at the diff.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
import textwrap
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from app_pilot import until, until_shown
from rich.color import ColorType
from rich.style import Style
from synthetic_runs import SyntheticRun, held
from textual.pilot import Pilot
from textual.screen import ModalScreen
from textual.widgets import Input

from fltui.facts.site import runs_folder, state_folder
from fltui.tui.app import FltuiApp
from fltui.tui.screens.replay import ReplayScreen
from fltui.tui.screens.run import RunScreen
from fltui.tui.themes import PALETTES

pytestmark = pytest.mark.slow  # three themes and two sizes of each screen
PICTURES = Path(__file__).with_name("pictures") / "screens"
SIZES = [(80, 24), (200, 50)]
RUN = "20261124-101500-sst2-ibmfl-k3f9"
RECIPE = """
schema: 1
title: Says hello
framework: own
task: talk
params:
  rounds: {type: int, default: 3, min: 1, max: 9, help: How often}
processes:
  server: {role: server, argv: [sh, -c, "echo hello ${{ params.rounds }}"]}
guide: |
  # Hello

  What **one** process says, with `code`.
"""


@dataclass(frozen=True)
class Scene:
    """`opens`: waiting or ended (a run), split or split-of-many (one that recorded it), replay, browser. `shows`: on
    the screen before `keys`; `then`: after."""

    opens: str
    shows: str
    keys: tuple[str, ...] = ()
    then: str = ""


SCENES = {
    "browser": Scene("browser", "Says hello", (), "needs no environment"),
    "browser-plan": Scene("browser", "Says hello", ("2",), "echo hello 3"),
    "browser-help": Scene("browser", "Says hello", ("question_mark",), "keys: "),
    "history": Scene("browser", "Says hello", ("H",), "history"),
    "replay": Scene("replay", "replay", ("space", "right_square_bracket", "0", "6"), "paused"),
    "reasons": Scene("waiting", "STOP", ("question_mark",), "Type STOP"),
    "topology": Scene("waiting", "STOP", ("g",), "who connects"),
    "split": Scene("split", "3 of 3 rounds", ("D",), "skew"),
    "split-of-many": Scene("split-of-many", "3 of 3 rounds", ("D", "s", "pagedown"), "s counts"),
    "no-split": Scene("waiting", "STOP", ("D",), "no split"),
    "leaving": Scene("waiting", "STOP", ("q",), "is running"),
    "stopping": Scene("waiting", "STOP", ("S",), "Every process"),
    "help": Scene("ended", "3 of 3 rounds", ("question_mark",), "keys: one run"),
    "palette": Scene("ended", "3 of 3 rounds", ("ctrl+p",), "run it again"),
    "presenter": Scene("ended", "3 of 3 rounds", ("P",)),
    "zoomed": Scene("ended", "3 of 3 rounds", ("b", "z", "slash", *"local", "enter"), "match"),
}


@dataclass(frozen=True)
class Drawn:
    """A screen: its words, and line by line which style holds from which column on."""

    words: str
    styles: str


def draw(pilot: Pilot[int]) -> Drawn:
    app = pilot.app
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    names = {value: name for name, value in reversed(PALETTES[app.theme].items())}
    words, styles = [], []
    for row in update.strips:  # type: ignore[union-attr]
        segments = [segment for strip in row for segment in strip]
        words.append("".join(segment.text for segment in segments).rstrip())
        spans, column, last = [], 0, ""
        for segment in segments:
            name = named(segment.style or Style(), names)
            if name != last and segment.text.strip():
                spans.append(f"{column} {name}")
                last = name
            column += segment.cell_length
        styles.append(", ".join(spans))
    return Drawn(still("\n".join(words)), "\n".join(styles))


def still(text: str) -> str:
    """Without what differs from one look or machine to the next: times of the zone, gauges, sizes on disk."""
    text = re.sub(r"\b\d{1,2}:\d\d:\d\d\b", lambda m: re.sub(r"\d", "0", m[0]), text)
    text = re.sub(r"/tmp/fls-\w{1,8}", lambda m: "/tmp/fls-" + "0" * (len(m[0]) - 9), text)
    text = re.sub(r"cpu +\S+ +\d+%(?: +[\d.]+ of \d+ cores)?", "cpu (a gauge)", text)
    return re.sub(r"ram +.* of \d+ GB", "ram (a gauge)", text)


def named(style: Style, names: dict[str, str]) -> str:
    """A style by the palette's names, so that dark and light read the same; a blend is `mixed`."""
    parts = [word for word in ("bold", "dim", "italic", "underline", "reverse") if getattr(style, word)]
    for prefix, colour in (("", style.color), ("on ", style.bgcolor)):
        if colour is not None and colour.type is ColorType.TRUECOLOR:
            parts.append(prefix + names.get(colour.get_truecolor().hex, "mixed"))
        elif colour is not None:
            parts.append(prefix + colour.name)
    return " ".join(parts) or "plain"


async def at_rest(pilot: Pilot[int], rest_s: float = 1.2) -> Drawn:
    """What is drawn once it has stayed the same for `rest_s`, longer than the screens' own second."""
    last, since = draw(pilot), time.monotonic()
    deadline = since + 20
    while time.monotonic() - since < rest_s:
        assert time.monotonic() < deadline, f"the screen does not come to rest\n{last.words}"
        await pilot.pause(0.1)
        if (now := draw(pilot)) != last:
            last, since = now, time.monotonic()
    return last


async def comes_to_fit(pilot: Pilot[int], fits: Callable[[Drawn], bool], within_s: float) -> Drawn:
    """What is drawn as soon as it fits, else what is drawn at the end of that time."""
    deadline = time.monotonic() + within_s
    while not fits(now := draw(pilot)) and time.monotonic() < deadline:
        await pilot.pause(0.05)
    return now


def fits(wanted: str, theme: str, drawn: Drawn) -> bool:
    """Whether a picture's file begins (dark, light) or ends (sixteen colours) with what is drawn."""
    if theme != "ansi":
        return wanted.startswith(f"\n{drawn.words}\n\nstyles\n{drawn.styles}\n")
    styles = f"\ntheir styles\n{drawn.styles}\n"
    alone = f"\nsixteen colours\n{drawn.words}\n{styles}"
    return wanted.endswith(alone) or (
        "\nsixteen colours\n" not in wanted
        and wanted.endswith(styles)
        and wanted.startswith(f"\n{drawn.words}\n\nstyles\n")
    )


@pytest.fixture
def site() -> Iterator[Path]:
    """A folder whose path is as long in every test: the plan shows it, and wraps."""
    folder = Path(tempfile.mkdtemp(prefix="fls-", dir="/tmp"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def pinned(site: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One recipe, one day, one clock, no blinking cursor: whatever a screen could show differently."""
    recipes = site / "recipes"
    monkeypatch.setenv("XDG_STATE_HOME", str(site / "state"))
    monkeypatch.setenv("PATH", "/usr/bin:/bin")  # the plan shows it, and the next
    monkeypatch.delenv("PYTHONPATH", raising=False)
    (recipes / "talk" / "own").mkdir(parents=True)
    (recipes / "talk" / "own" / "recipe.yaml").write_text(textwrap.dedent(RECIPE))
    (site / "elsewhere").mkdir()
    monkeypatch.chdir(site / "elsewhere")
    monkeypatch.setattr("fltui.recipe.find.shipped_recipes", lambda: recipes)
    for module in (
        "screens.history",
        "screens.browser",
        "widgets.recipe_grid",
        "widgets.recipe_pages",
        "widgets.run_detail",
    ):
        monkeypatch.setattr(f"fltui.tui.{module}.day", lambda *_: "24 Nov")
    monkeypatch.setattr("fltui.tui.screens.history.room", lambda *_: "12 MB", raising=False)
    monkeypatch.setattr("fltui.tui.widgets.run_detail.room", lambda *_: "12 MB", raising=False)
    monkeypatch.setattr(Input, "_toggle_cursor", lambda self: None)
    monkeypatch.setattr(RunScreen, "now", SyntheticRun(site / "clock").clock() + 60)
    monkeypatch.setattr(ReplayScreen, "now", SyntheticRun(site / "other").clock() + 60)
    return recipes


def app_of(scene: Scene, folder: Path) -> FltuiApp:
    if scene.opens == "browser":
        return FltuiApp()
    return FltuiApp(folder, replay=1.0 if scene.opens == "replay" else None)


@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("name", SCENES)
async def test_a_screen_looks_as_it_did(
    name: str, size: tuple[int, int], pinned: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene, seen, modal = SCENES[name], {}, False
    run = SyntheticRun(runs_folder() / RUN, 30 if scene.opens == "split-of-many" else 3, title="talk/own")
    run = run.split() if scene.opens.startswith("split") else run
    folder = run.waiting() if scene.opens == "waiting" else run.whole()
    file = PICTURES / f"{name}-{size[0]}x{size[1]}.txt"
    writes = bool(os.environ.get("FLTUI_WRITE_PICTURES"))
    wanted = "" if writes else file.read_text()
    for theme in ("dark", "light", "ansi"):
        monkeypatch.setenv("FLTUI_THEME", theme)
        shutil.rmtree(state_folder() / "layouts", ignore_errors=True)  # of the theme before
        with held(folder) if scene.opens == "waiting" else held(pinned.parent / "clock"):
            async with app_of(scene, folder).run_test(size=size) as pilot:
                await until_shown(pilot, scene.shows)
                if scene.keys:
                    await at_rest(pilot, 0.3)  # below a dialog nothing is drawn any more
                    await pilot.press(*scene.keys)
                if writes:
                    await until(
                        pilot, lambda then=scene.then: then in draw(pilot).words, f"no {scene.then!r}"
                    )
                    seen[theme] = await at_rest(pilot)
                else:
                    so_far = all(fits(wanted, *each) for each in seen.items())
                    within_s = 30 if so_far else 1  # one picture was waited for in vain: enough
                    seen[theme] = await comes_to_fit(pilot, partial(fits, wanted, theme), within_s)
                modal = isinstance(pilot.app.screen, ModalScreen)
    assert seen["light"].words == seen["dark"].words, "colour is the only sign of something"
    assert seen["light"].styles == seen["dark"].styles, "a colour that is not of the palette"
    if not modal:  # sixteen colours cannot be blended: there a dialog hides all that is below it
        assert seen["ansi"].words == seen["dark"].words, "colour is the only sign of something"
    parts = {"": seen["dark"].words, "styles": seen["dark"].styles}
    parts |= {"sixteen colours": seen["ansi"].words} if modal else {}
    parts |= {"their styles": seen["ansi"].styles}
    drawn = "\n".join(f"{title}\n{part}\n" for title, part in parts.items())
    if writes:
        PICTURES.mkdir(exist_ok=True)
        file.write_text(drawn)
    assert drawn == file.read_text()
