"""Who has how many examples of which class, and how skewed that is; follows the file that says so."""

from __future__ import annotations

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from fltui.record.split import SPLIT, Split, SplitError, read_split, split_stamp
from fltui.tui.cut import cut
from fltui.tui.feed import RunFeed
from fltui.tui.palette import Palette
from fltui.tui.screens.dialog import Dialog
from fltui.tui.split_chart import Plan, body, head, plan_for

_CLOSING = ("escape", "q", "D", "enter")
_MEANS = "skew: mean total variation distance from an equal share of every class"
_LOW, _ROOMY = 18, 30  # rows of a terminal below which nothing is explained, above which there is a margin


class SplitView(Dialog[None]):
    """The split of a run, live or finished."""

    def __init__(self, feed: RunFeed) -> None:
        super().__init__()
        self._feed = feed
        self._stamp: tuple[int, int] | None = None
        self._split: Split | None = None
        self._problem = ""
        self._first = 0  # the class at the left, where not all fit
        self._shares = False  # bars of a client's own shares, not of counts
        self._box = Vertical(classes="dialog split")
        self._head, self._body, self._foot = Static(), Static(), Static()
        self._scroll = VerticalScroll()

    def compose(self) -> ComposeResult:
        with self._box:
            yield self._head
            with self._scroll:
                yield self._body
            yield self._foot

    def on_mount(self) -> None:
        self._scroll.focus()
        self._read()
        self.set_interval(1.0, self._look)

    def on_resize(self) -> None:
        self._draw()

    def _look(self) -> None:
        if split_stamp(self._feed.folder) != self._stamp or (self._split is None and not self._problem):
            self._read()

    def _read(self) -> None:
        self._stamp = split_stamp(self._feed.folder)
        try:
            self._split, self._problem = read_split(self._feed.folder), ""
        except SplitError as error:
            self._split, self._problem = None, str(error)
        self._draw()

    # -- drawing ------------------------------------------------------------------------------------

    def _draw(self) -> None:
        palette, split = Palette.of(self.app), self._split
        self._scroll.display = split is not None
        margin = 1 if self.app.size.height >= _ROOMY else 0
        self._box.styles.padding = (margin, 2)
        if split is None:
            self._say_why(palette)
            return
        width = self.app.size.width - 6 - 2  # border, padding, scroll bar
        low = self.app.size.height < _LOW
        around = 4 if low else 7  # rows above and below the bars
        height = max(3, self.app.size.height - 2 - 2 * margin - around)
        plan = plan_for(split, width, height, self._first)
        self._first = plan.first
        drawn = body(split, self._names(split), plan, palette, self._shares)
        rows = drawn.plain.count("\n") + 1
        wide = max(plan.width, min(width, len(_MEANS)))
        self._box.styles.width = wide + 6 + 2 * (rows > height)
        self._body.styles.width = plan.width  # never by the scroll bar's: wrapped, it would need one for ever
        self._scroll.styles.height = min(rows, height)
        title, skew, names = head(split, plan, palette, wide)
        self._head.update(_lines([title, skew, names] if low else [title, skew, Text(""), names]))
        self._body.update(drawn)
        keys = cut(self._keys(split, plan, rows > height, palette), wide)
        means = cut(Text(_MEANS, palette["dim"]), wide)
        self._foot.update(_lines([keys] if low else [Text(""), means, keys]))

    def _say_why(self, palette: Palette) -> None:
        """Why there is nothing to draw."""
        if self._problem:
            text = Text(self._problem, palette["amber"])
        elif self._feed.snapshot.ended:
            text = Text(f"This run recorded no split of its data: it has no {SPLIT}.", palette["normal"])
        else:
            says = f"This run has recorded no split of its data yet; as soon as {SPLIT} is there, it is drawn here."
            text = Text(says, palette["normal"])
        self._box.styles.width = 76
        self._head.update(Text.assemble(("who has which data", f"bold {palette['bright']}"), "\n\n", text))
        self._foot.update(Text("\nEsc closes", palette["dim"]))

    def _keys(self, split: Split, plan: Plan, scrolls: bool, palette: Palette) -> Text:
        """Those that act now."""
        keys = [("Esc", "closes"), ("s", "counts" if self._shares else "shares")]
        keys += [("Up Down", "more clients")] if scrolls else []
        if plan.shown < len(split.classes):
            last = plan.first + plan.shown
            keys.append(("Left Right", f"classes {plan.first + 1} to {last} of {len(split.classes)}"))
        line = Text()
        for key, does in keys:
            line.append(f"{key} ", f"bold {palette['accent']}").append(f"{does}   ", palette["dim"])
        return line

    def _names(self, split: Split) -> list[str]:
        """The clients by the names of their processes, where there is one for each."""
        plans = self._feed.plan.get("processes", ())
        names = [str(process["name"]) for process in plans if process.get("role") == "client"]
        count = len(split.labels)
        return names if len(names) == count else [f"client {number}" for number in range(1, count + 1)]

    # -- what a person does ---------------------------------------------------------------------------

    def on_key(self, event: events.Key) -> None:
        if event.key in _CLOSING:
            event.stop()
            self.end()
        elif event.key == "s":
            event.stop()
            self._shares = not self._shares
            self._draw()
        elif event.key in ("left", "right"):
            event.stop()
            event.prevent_default()
            self._first = max(0, self._first + (1 if event.key == "right" else -1))
            self._draw()


def _lines(lines: list[Text]) -> Text:
    return Text("\n", no_wrap=True).join(lines)
