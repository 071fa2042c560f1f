"""What there is to read of a recipe before it runs: its guide, its plan, its files, its last run."""

from __future__ import annotations

import time
from pathlib import Path

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.message import Message

from fltui.facts.numbers import number_text
from fltui.tui.catalogue import Entry
from fltui.tui.glyphs import glyph, state_glyph
from fltui.tui.guide_text import sections, styled
from fltui.tui.numbers import clock, day, room, share
from fltui.tui.palette import Palette
from fltui.tui.preview import Preview
from fltui.tui.widgets.drawn import Drawn

PAGES = ("guide", "plan", "files", "last run")
_MOST_SHOWN = 60_000  # characters of a file


class Tabs(Drawn):
    """The names of the pages in a rule, with the key of each; a click turns to one."""

    class Turned(Message):
        def __init__(self, page: str) -> None:
            super().__init__()
            self.page = page

    def __init__(self) -> None:
        super().__init__(classes="side-title")
        self._ends: list[tuple[int, str]] = []

    def show(self, page: str) -> None:
        palette = Palette.of(self.app)
        rule = glyph("rule")
        text = Text.assemble((f"{rule} ", palette["rule"]), no_wrap=True)
        self._ends = []
        for number, name in enumerate(PAGES, 1):
            text.append(f"{number} ", f"bold {palette['accent']}")
            style = f"bold {palette['bright']} underline" if name == page else palette["dim"]
            text.append(name, style).append("  ")
            self._ends.append((text.cell_len, name))
        text.append(rule * max(0, self.size.width - text.cell_len), palette["rule"])
        self.draw(text)

    def on_click(self, event: events.Click) -> None:
        for end, name in self._ends:
            if event.x < end:
                self.post_message(self.Turned(name))
                return


class RecipePages(Vertical):
    """`page`: which one is open; `file`: the chosen one of the page files."""

    def __init__(self) -> None:
        super().__init__(id="guide-side")
        self.page = "guide"
        self.tabs = Tabs()
        self._text = Drawn()
        self._scroll = VerticalScroll(self._text, classes="guide", can_focus=False)
        self._shown: object = None
        self._files: list[Path] = []
        self._files_are_of: Path | None = None  # the recipe in whose folder they lie
        self._at = 0

    def compose(self) -> ComposeResult:
        yield self.tabs
        yield self._scroll

    @property
    def file(self) -> Path | None:
        return self._files[self._at] if self.page == "files" and self._at < len(self._files) else None

    def show(self, entry: Entry, preview: Preview | None) -> None:
        palette = Palette.of(self.app)
        self.tabs.show(self.page)
        if self._files_are_of != entry.file:
            self._files = []
        self._at = min(self._at, max(0, len(self._files) - 1))
        make = {"guide": self._guide, "plan": self._plan, "files": self._file, "last run": self._last}
        self._text.draw(make[self.page](entry, preview, palette))
        shown = (entry.name, self.page, self._at)
        if shown != self._shown:
            if self._shown is not None and entry.name != self._shown[0]:  # type: ignore[index]
                self._at = 0
            self._shown = shown
            self._scroll.scroll_home(animate=False)

    def show_none(self) -> None:
        """No recipe is chosen."""
        self.tabs.show(self.page)
        self._text.draw(Text("no recipe is chosen", Palette.of(self.app)["dim"]))
        self._shown = None

    def take_files(self, recipe: Path, files: list[Path]) -> None:
        """What lies in the recipe's folder; found on a thread."""
        self._files_are_of, self._files = recipe, files

    def lacks_files_of(self, recipe: Path) -> bool:
        """The page files is open, and what it shows is another recipe's."""
        return self.page == "files" and self._files_are_of != recipe

    def choose_file(self, step: int) -> None:
        """The file after or before, on the page files."""
        if self._files:
            self._at = (self._at + step) % len(self._files)

    def scroll(self, rows: int) -> None:
        self._scroll.scroll_relative(y=rows, animate=False)

    # -- the pages ------------------------------------------------------------------------------------

    def _guide(self, entry: Entry, preview: Preview | None, palette: Palette) -> Text:
        if entry.recipe is None:
            return Text.assemble(
                ("This recipe is broken.\n\n", f"bold {palette['red']}"),
                (f"{entry.error}\n\n", palette["normal"]),
                ("e", f"bold {palette['accent']}"),
                (" opens it; it is read again as soon as it is saved.", palette["dim"]),
            )
        try:
            guide = sections(entry.recipe.guide_text())
        except (OSError, UnicodeDecodeError) as error:
            return Text(f"the guide cannot be read: {error}", palette["red"])
        if not guide:
            return Text("This recipe has no guide.", palette["dim"])
        return Text("\n\n").join([styled(section, palette) for section in guide])

    def _plan(self, entry: Entry, preview: Preview | None, palette: Palette) -> Text:
        if entry.recipe is None:
            return self._guide(entry, preview, palette)
        if preview is None:
            return Text("resolving the plan …", palette["dim"])
        text = Text()
        if preview.problem:
            text.append(f"{glyph('failed')} {preview.problem}\n\n", palette["red"])
        before = "begin"
        for line in preview.text.splitlines():
            if before == "" and " (" in line:  # a process
                name, _, rest = line.partition(" (")
                text.append(name, f"bold {palette['bright']}").append(f" ({rest}\n", palette["dim"])
            elif line.lstrip().startswith("$ "):
                text.append(f"{line}\n", palette["normal"])
            else:
                text.append(f"{line}\n", palette["dim"] if line.startswith(" ") else palette["normal"])
            before = line
        return text

    def _file(self, entry: Entry, preview: Preview | None, palette: Palette) -> Text:
        if not self._files:
            return Text(f"looking into {entry.file.parent} …", palette["dim"])
        text = Text()
        for index, path in enumerate(self._files):
            chosen = index == self._at
            mark = glyph("chosen") if chosen else " "
            name = str(path.relative_to(entry.file.parent))
            text.append(f"{mark} ", palette["accent"])
            text.append(f"{name:<30}", f"bold {palette['bright']}" if chosen else palette["normal"])
            text.append(f" {_size(path)}\n", palette["dim"])
        text.append("\n, . ", f"bold {palette['accent']}").append("choose  ", palette["dim"])
        text.append("e ", f"bold {palette['accent']}").append("opens it in $EDITOR\n", palette["dim"])
        text.append(f"{entry.file.parent}\n\n", palette["dim"])
        text.append(_content(self._files[self._at]), palette["normal"])
        return text

    def _last(self, entry: Entry, preview: Preview | None, palette: Palette) -> Text:
        last = entry.live or entry.last
        if last is None:
            return Text(f"{entry.name} has not been run here yet.", palette["dim"])
        verdict = last.verdict.value if last.verdict else "running" if last.alive else "failed"
        dim, bright = palette["dim"], palette["bright"]
        text = Text.assemble((f"{state_glyph(verdict)} {verdict}  ", f"bold {palette.state(verdict)}"))
        text.append(f"{last.reason}\n\n" if last.reason else "\n\n", bright)
        facts = [
            ("run", last.name),
            ("began", day(last.started_at, time.time())),
            ("took", clock(last.duration_s)),
            ("rounds", f"{last.rounds_done} of {last.rounds_planned}" if last.rounds_planned else "-"),
            *(
                (name, share(value) if name == "accuracy" else number_text(value))
                for name, value in last.metrics.items()
            ),
            ("folder", str(last.folder)),
        ]
        for name, value in facts:
            text.append(f"{name:<10}", dim).append(f"{value}\n", palette["normal"])
        text.append("\nv ", f"bold {palette['accent']}").append("opens it   ", dim)
        return text.append("H ", f"bold {palette['accent']}").append("all runs", dim)


def _size(path: Path) -> str:
    try:
        size = path.stat().st_size
    except OSError:
        return "-"
    return f"{size} B" if size < 1000 else f"{size / 1000:.1f} kB" if size < 1e6 else room(size)


def _content(path: Path) -> str:
    try:
        with path.open("rb") as file:
            data = file.read(_MOST_SHOWN)
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if b"\0" in data:
        return "(not a text)"
    text = data.decode("utf-8", "replace").expandtabs(4)
    return "".join(c if c >= " " or c == "\n" else "?" for c in text)
