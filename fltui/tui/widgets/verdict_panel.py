"""How it ended: the verdict, the first cause and its last words, what was reached, what to do next."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rich.text import Text

from fltui.facts.verdict import Result
from fltui.record.log_view import LogView
from fltui.record.views import RunSnapshot
from fltui.tui.ansi import plain
from fltui.tui.awaited import seen_last
from fltui.tui.cut import cut_rows
from fltui.tui.glyphs import glyph, state_glyph
from fltui.tui.numbers import clock, share, time_of_day
from fltui.tui.palette import Palette
from fltui.tui.trouble import Trouble
from fltui.tui.widgets.drawn import Drawn

_MOST_ROWS = 6  # on a narrow screen, as the style sheet says


class VerdictPanel(Drawn):
    """Hidden while the run goes well; also shows why it stalls, and what befell it. `letters`: the keys of
    panes; `acts`: whether a person can do more here than look."""

    def __init__(self) -> None:
        super().__init__(classes="verdict hidden")
        self._last_words = ("", ("", 0.0))  # of which process

    def show(
        self,
        snapshot: RunSnapshot,
        folder: Path,
        letters: Mapping[str, str],
        acts: bool,
        trouble: Trouble | None = None,
    ) -> None:
        stalled = snapshot.state == "stalled" and snapshot.result is None
        self.set_class(snapshot.result is None and not stalled and trouble is None, "hidden")
        palette = Palette.of(self.app)
        if trouble is not None:
            self._troubled(trouble, folder, acts, palette)
        elif snapshot.result is not None:
            self._ended(snapshot, snapshot.result, folder, letters, acts, palette)
        elif stalled:
            why = snapshot.stall or "no progress"
            head = (f"{state_glyph('stalled')} stalled  ", f"bold {palette['amber']}")
            last = seen_last(snapshot)
            since = f"since {time_of_day(snapshot.stalled_at)}" + (f", last seen: {last}" if last else "")
            said = Text.assemble(head, (why, palette["bright"]), (f"  {since}", palette["dim"]))
            stops = [("S", "stops the run")] if acts else []
            text = Text()
            self._keys(text, [*stops, ("n", "goes to who waits or failed")], palette)
            text.append(
                f"or wait on: it goes on by itself when there is progress{_until(snapshot)}", palette["dim"]
            )
            self._fit([said], text)

    def _fit(self, said: list[Text], rest: Text) -> None:
        """What is `said` in so many words is cut where there is no room for it and the `rest`."""
        if self.screen.has_class("narrow"):
            width, console = max(1, self.app.size.width - 2), self.app.console
            room = _MOST_ROWS - len(rest.wrap(console, width))
            for index, text in enumerate(said):
                after = len(said) - index - 1
                said[index] = text = cut_rows(text, width, max(1, room - after), console)
                room -= len(text.wrap(console, width))
        self.draw(Text("\n").join([*said, rest]))

    def _troubled(self, trouble: Trouble, folder: Path, acts: bool, palette: Palette) -> None:
        said = Text.assemble(
            (f"{glyph('failed')} {trouble.words}  ", f"bold {palette['red']}"),
            (trouble.sentence, palette["bright"]),
        )
        text = Text()
        cleans = (
            [("S", "cleans up: ends what is left of it, writes its end")] if acts and trouble.lost else []
        )
        self._keys(text, [*cleans, ("q", "leaves")], palette)
        if trouble.lost:
            text.append(f"\nfrom a shell: fltui stop {folder.name}", palette["dim"])
        self._fit([said], text)

    def _ended(
        self,
        snapshot: RunSnapshot,
        result: Result,
        folder: Path,
        letters: Mapping[str, str],
        acts: bool,
        palette: Palette,
    ) -> None:
        word, dim = result.verdict.value, palette["dim"]
        head = (f"{state_glyph(word)} {word}  ", f"bold {palette.state(word)}")
        said, text = [Text.assemble(head, (result.reason, palette["bright"]))], Text()
        keys = [("R", "runs it again") if acts else ("/", "searches its logs"), ("q", "leaves")]
        if result.culprit and result.culprit in snapshot.processes:
            culprit = snapshot.processes[result.culprit]
            words, said_at = self._words_of(folder, result.culprit)
            if not _told(snapshot, result, words, said_at):
                when = (f"{time_of_day(culprit.ended_at)} ", dim)
                who = (f"{result.culprit} ", f"bold {palette['bright']}")
                said.append(Text.assemble(when, who, (words, palette["red"])))
            opens = [("o", "opens it")] if acts else []
            keys = [(letters.get(result.culprit, " "), "shows its log"), *opens, *keys]
        facts = [f"took {clock(result.duration_s)}", f"exit code {result.exit_code}"]
        if "accuracy" in result.metrics:
            facts.insert(0, f"global accuracy {share(result.metrics['accuracy'])}")
        if result.culprit:
            facts.append(f"look at {result.culprit}")
        if result.leftovers:
            facts.append(f"{len(result.leftovers)} processes left over")
        text.append("   ".join(facts) + "\n", dim)
        self._keys(text, keys, palette)
        kept = f"kept as {folder.name}"
        if len(kept) <= self.app.size.width - sum(len(a) + len(b) + 3 for a, b in keys) - 2:
            text.append(kept, dim)
        self._fit(said, text)

    def _keys(self, text: Text, keys: list[tuple[str, str]], palette: Palette) -> None:
        for key, does in keys:
            if key.strip():
                text.append(f"{key} ", f"bold {palette['accent']}").append(f"{does}  ", palette["dim"])

    def _words_of(self, folder: Path, process: str) -> tuple[str, float]:
        """The last line of its log that says something, and when it came."""
        if self._last_words[0] != process:
            view = LogView(folder / "logs" / f"{process}.log")
            said = [(words, line) for line in view.last(20) if (words := plain(line.text).strip())]
            words, t = (said[-1][0][:300], view.time_at(said[-1][1].offset) or 0.0) if said else ("", 0.0)
            view.close()
            self._last_words = (process, (words or "said nothing", t))
        return self._last_words[1]


def _told(snapshot: RunSnapshot, result: Result, words: str, said_at: float) -> bool:
    """Whether the verdict's reason tells these last words already: as they are, or by the recipe's note of them."""
    notes = [note.text for note in snapshot.notes if note.process == result.culprit and note.t >= said_at]
    return words in result.reason or any(text in result.reason for text in notes)


def _until(snapshot: RunSnapshot) -> str:
    """When a stalled run is ended that was started without the app: to look at it ends that for nobody."""
    if snapshot.stalled_at is None or snapshot.patience_s is None:
        return ""
    return f", else `--run` ends it at {time_of_day(snapshot.stalled_at + snapshot.patience_s)}"
