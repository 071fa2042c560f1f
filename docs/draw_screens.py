"""Draws docs/pictures: every screen of the app, of real runs that this starts. `make pictures` calls it.

python docs/draw_screens.py [NAME…]      only these pictures; --png also makes a PNG of each (rsvg-convert)

It needs the environments digits, data, flower and ibmfl (`fltui env create`), SST-2 and CIFAR-10 (FLTUI_DATA
or a download) and some minutes. Runs and settings lie in a folder of their own; nothing of the user's is touched.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.segment import Segment
from screen_svg import Screen, picture
from textual.app import App
from textual.pilot import Pilot

DOCS = Path(__file__).resolve().parent
CHECKOUT = DOCS.parent
PICTURES = DOCS / "pictures"
# A short one: it is read in pictures.
SITE = Path(tempfile.gettempdir()) / "fl"
SHOWN_SITE = "~/fltui"  # as wide as SITE, so that nothing shifts, and where a reader would have it
Act = Callable[[Pilot[int]], Awaitable[None]]
FLTUI = (sys.executable, "-m", "fltui.cli.main")


def screen_of(app: App[int], t: float = 0.0) -> Screen:
    """What the app shows now, dialogs over what is below them."""
    update = app.screen._compositor.render_update(full=True, screen_stack=app._background_screens)
    rows = tuple(tuple(at_home(s) for strip in row for s in strip) for row in update.strips)  # type: ignore[union-attr]
    ground = app.theme_variables["fl-ground"]
    return Screen(rows, app.size.width, ground if ground.startswith("#") else "#292929", t)


def at_home(segment: Segment) -> Segment:
    """The segment, as wide, with ~ for the home folder of whoever draws."""
    text = segment.text.replace(str(Path.home()), "~").ljust(len(segment.text))
    return segment._replace(text=text)


def text_of(app: App[int]) -> str:
    return "\n".join("".join(segment.text for segment in row) for row in screen_of(app).rows)


async def until(pilot: Pilot[int], text: str, timeout_s: float = 60.0) -> None:
    """Waits until `text` is on the screen."""
    deadline = time.monotonic() + timeout_s
    while text not in text_of(pilot.app):
        if time.monotonic() > deadline:
            raise SystemExit(f"{text!r} is not on the screen:\n{text_of(pilot.app)}")
        await pilot.pause(0.05)


def fltui(*words: str) -> str:
    """What a command prints on stdout."""
    done = subprocess.run([*FLTUI, *words], check=True, stdout=subprocess.PIPE, text=True)
    return done.stdout.strip()


def save(name: str, svg: str) -> None:
    """Writes docs/pictures/NAME.svg, without the folder in which it was drawn."""
    (PICTURES / f"{name}.svg").write_text(svg.replace(str(SITE), SHOWN_SITE))


@contextmanager
def site() -> Iterator[None]:
    """Runs and settings of our own; the environments that are built already."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fltui"
    shutil.rmtree(SITE, ignore_errors=True)
    SITE.mkdir(mode=0o700)
    (SITE / "recipes").symlink_to(CHECKOUT / "recipes")
    (SITE / "environments").symlink_to(cache / "environments")
    os.environ |= {"XDG_STATE_HOME": str(SITE / "state"), "XDG_CONFIG_HOME": str(SITE / "config")}
    os.environ |= {"FLTUI_ENVIRONMENTS": str(SITE / "environments"), "PATH": "/usr/local/bin:/usr/bin:/bin"}
    os.environ.pop("SSH_CONNECTION", None)
    os.chdir(SITE)  # ./recipes are found as in a checkout, and no path of this machine is in a picture
    try:
        yield
    finally:
        from fltui.record.runs import list_runs

        for entry in list_runs():
            if entry.alive:
                subprocess.run([*FLTUI, "stop", entry.name], check=False, capture_output=True)
        os.chdir(CHECKOUT)
        shutil.rmtree(SITE)


@dataclass(frozen=True)
class Shot:
    """One picture: the app on a run (`run` names it in RUNS; None: the browser), what is pressed, and
    the text that is on the screen when it is taken."""

    name: str
    title: str
    run: str | None
    shows: str
    keys: tuple[str, ...] = ()
    then: str = ""
    size: tuple[int, int] = (120, 34)
    theme: str = "dark"
    replay: float | None = None


WAITS = "waits for you"
SHOTS = [
    Shot("browser", "fltui", None, "digits", then="Flower"),
    Shot("browser-80x24", "fltui at 80x24", None, "digits", then="Flower", size=(80, 24)),
    Shot("params", "p: parameters", None, "digits", ("p", "5"), "rounds=5"),
    Shot("plan", "2: the plan", None, "digits", ("2",), "PYTHONPATH"),
    Shot("browser-200x50", "fltui at 200x50", None, "digits", then="Flower", size=(200, 50), theme="light"),
    Shot("waiting", "a step waits for a person", "waiting", WAITS, size=(200, 50)),
    Shot("waiting-80x24", "the same moment at 80x24", "waiting", WAITS, size=(80, 24)),
    Shot("waiting-light", "light", "waiting", WAITS, theme="light"),
    Shot("waiting-contrast", "high contrast", "waiting", WAITS, theme="contrast"),
    Shot("waiting-ansi", "sixteen colours", "waiting", WAITS, theme="ansi"),
    Shot("reasons", "? on a waiting step", "waiting", WAITS, ("question_mark",), "checked"),
    Shot("guide", "the guide beside the run", "waiting", WAITS, size=(160, 45)),
    Shot("guide-page", "G at 80x24: the guide as a page", "waiting", WAITS, ("G",), size=(80, 24)),
    Shot("topology", "g: who connects to whom", "waiting", WAITS, ("g",), "who connects"),
    Shot("split", "D: who has which data", "split", "took", ("D",), "skew"),
    Shot("presenter", "P: a presenter's sizes", "waiting", WAITS, ("P",), size=(160, 45)),
    Shot("palette", "Ctrl-P: every command", "waiting", WAITS, ("ctrl+p",)),
    Shot("leaving", "q: detach, stop or stay", "waiting", WAITS, ("q",), "is running"),
    Shot("stopping", "S: stop?", "waiting", WAITS, ("S",), "Stop "),
    Shot("help", "?: the keys", "ok", "rounds", ("question_mark",), "keys: one run"),
    Shot("ok", "the verdict", "ok", "took"),
    Shot("ok-80x24", "the verdict at 80x24", "ok", "took", size=(80, 24)),
    Shot("search", "/: search in the whole log", "ok", "took", ("z", "slash", *"fit")),
    Shot("failed", "a verdict that is not ok", "failed", "look at"),
    Shot("flood", "four processes write as fast as they can", "flood", "client-2", size=(200, 50)),
    Shot("replay", "a replay", "ok", "replay", ("9", "space"), "paused", replay=1.0),
    Shot("history", "H: all runs", None, "digits", ("H",), "history"),
]


async def draw(shot: Shot, folder: Path | None) -> None:
    from fltui.tui.app import FltuiApp

    os.environ["FLTUI_THEME"] = shot.theme
    app = FltuiApp(folder, replay=shot.replay)
    async with app.run_test(size=shot.size) as pilot:
        await until(pilot, shot.shows)
        await pilot.pause(1.5)  # gauges and titles are drawn once a second
        await pilot.press(*shot.keys)
        if shot.then:
            await until(pilot, shot.then)
        await pilot.pause(1.2)
        save(shot.name, picture(screen_of(app), shot.title))
    print(f"docs/pictures/{shot.name}.svg", flush=True)


# -- the runs that are shown --------------------------------------------------------------------------


def ok() -> Path:
    fltui("--run", "digits/centralized")
    fltui("--run", "digits/flower", "--set", "rounds=8", "--set", "clients=4")
    return newest()


def failed() -> Path:
    """A federation whose server is killed in the third round, as the kernel does when memory is short."""
    from fltui.record.snapshot import snapshot_of

    fltui("--run", "digits/flower", "--set", "rounds=20", "--detach")
    folder = newest()
    while len(snapshot_of(folder).metrics) < 4:
        time.sleep(0.1)
    pid = snapshot_of(folder).processes["server"].pid
    os.kill(pid, 9)  # type: ignore[arg-type]
    subprocess.run([*FLTUI, "wait", folder.name], check=False, stdout=subprocess.DEVNULL)
    return folder


def waiting() -> Path:
    """IBM FL's console in step mode, until TRAIN waits for a person."""
    from fltui.control.client import Supervisor
    from fltui.record.snapshot import snapshot_of

    sets = {"encoder": "minilm", "limit": "6000", "rounds": "5", "pause": "2s"}
    words = [word for key, value in sets.items() for word in ("--set", f"{key}={value}")]
    fltui("--run", "sst2/ibmfl", *words, "--detach", "--attended")
    folder = newest()
    while not (asking := snapshot_of(folder).asking) or asking[0].name != "train":
        if asking:
            with Supervisor.connect(folder) as supervisor:
                supervisor.request("confirm", process=asking[0].process, step=asking[0].name)
        if snapshot_of(folder).ended:
            raise SystemExit(f"{folder.name} ended before TRAIN:\n{fltui('logs', folder.name)}")
        time.sleep(0.2)
    return folder


def split() -> Path:
    """A small CIFAR-10 federation, its data split as in the chapter."""
    sets = {"model": "vgg_small", "rounds": "1", "limit": "3000", "test_limit": "200", "target": "0"}
    fltui(
        "--run",
        "cifar10/flower",
        *[word for key, value in sets.items() for word in ("--set", f"{key}={value}")],
    )
    return newest()


def flood() -> Path:
    fltui("--run", str(CHECKOUT / "bench" / "recipes" / "flood"), "--set", "lines=100000000", "--detach")
    return newest()


def newest() -> Path:
    from fltui.record.runs import list_runs

    return list_runs()[0].folder


RUNS: dict[str, Callable[[], Path]] = {
    "ok": ok,
    "failed": failed,
    "split": split,
    "flood": flood,
    "waiting": waiting,
}


def main(words: list[str]) -> None:
    names = [word for word in words if not word.startswith("--")]
    shots = [shot for shot in SHOTS if not names or shot.name in names]
    PICTURES.mkdir(exist_ok=True)
    with site():
        folders: dict[str, Path] = {}
        for name in RUNS:
            if any(shot.run == name or (shot.run is None and not names) for shot in shots):
                print(f"a run for the pictures: {name}", flush=True)
                folders[name] = RUNS[name]()
                for shot in (shot for shot in shots if shot.run == name):
                    asyncio.run(draw(shot, folders[name]))
                subprocess.run([*FLTUI, "stop", folders[name].name], check=False, capture_output=True)
        for shot in (shot for shot in shots if shot.run is None):
            asyncio.run(draw(shot, None))
    if "--png" in words:
        for shot in shots:
            svg = PICTURES / f"{shot.name}.svg"
            png = Path(tempfile.gettempdir()) / f"{shot.name}.png"
            subprocess.run(["rsvg-convert", str(svg), "-o", str(png)], check=True)


if __name__ == "__main__":
    main(sys.argv[1:])
