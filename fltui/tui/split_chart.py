"""A split as upright bars: a row of them a client, one a class, all of them on one scale. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.text import Text

from fltui.record.split import Split, distance
from fltui.tui.cut import cut
from fltui.tui.glyphs import glyph, levels
from fltui.tui.numbers import share
from fltui.tui.palette import Palette

_LABEL = 12  # columns for a client's name, total and skew, before its bars
_NARROW, _WIDE = 6, 10  # the columns of one class, the one between it and the next included
_LOW, _HIGH = 2, 8  # the rows of a bar
_GAP = 4  # between two clients that stand side by side
_METER = 20


@dataclass(frozen=True)
class Plan:
    """What fits. `column`: of one class; `bars`: the rows of a bar; `across`: clients side by side; `first`
    and `shown`: of the classes."""

    column: int
    bars: int
    across: int
    first: int
    shown: int

    @property
    def one(self) -> int:
        """The columns of one client."""
        return _LABEL + self.shown * self.column - 1

    @property
    def width(self) -> int:
        return self.across * (self.one + _GAP) - _GAP


def plan_for(split: Split, width: int, height: int, first: int = 0) -> Plan:
    """For that many columns and rows; `first` is the class that a person went to."""
    classes, clients = len(split.classes), len(split.labels)
    column = max(_NARROW, min(_WIDE, (width + 1 - _LABEL) // classes))
    shown = max(1, min(classes, (width + 1 - _LABEL) // column))
    narrow = _LABEL + shown * _NARROW - 1
    across = 1
    if clients * (_LOW + 2) - 1 > height:  # it scrolls: then many are seen at once
        across = max(1, min(clients, (width + _GAP) // (narrow + _GAP)))
        column = _NARROW if across > 1 else column
    bars = max(_LOW, min(_HIGH, (height + 1) // -(-clients // across) - 2))
    return Plan(column, bars, across, max(0, min(first, classes - shown)), shown)


def head(split: Split, plan: Plan, palette: Palette, width: int) -> list[Text]:
    """What it is, how skewed, and the names of the classes that stand over their bars."""
    clients, classes = len(split.labels), len(split.classes)
    title = Text.assemble(("who has which data", f"bold {palette['bright']}"))
    of = f"split {split.name}, " if split.name else ""
    title.append(f"   {of}{clients} client{'s' * (clients > 1)}, {classes} classes", palette["dim"])
    filled = round(_METER * min(1.0, split.skew / split.worst)) if split.worst else 0
    skew = Text.assemble(
        ("skew ", palette["dim"]),
        (share(split.skew), f"bold {palette['bright']}"),
        ("  ", ""),
        (glyph("bar") * filled, palette["accent"]),
        (glyph("nobar") * (_METER - filled), palette["dim"]),
        (f"  of {share(split.worst)}, where each has one class", palette["dim"]),
    )
    one = Text(" " * (_LABEL - 1))
    for name in split.classes[plan.first : plan.first + plan.shown]:
        one.append(" ").append_text(
            _middle(cut(Text(name, palette["dim"]), plan.column - 1), plan.column - 1)
        )
    names = Text(" " * _GAP).join([one] * min(plan.across, clients))
    return [cut(title, width), cut(skew, width), names]


def body(split: Split, names: Sequence[str], plan: Plan, palette: Palette, shares: bool = False) -> Text:
    """The bars: how many, or with `shares` which part of a client's own. `names`: one a client."""
    lines: list[Text] = []
    values = [[_part(count, sum(row)) if shares else count for count in row] for row in split.labels]
    most = max(max(row) for row in values)
    for at in range(0, len(split.labels), plan.across):
        beside = [
            _client(
                names[client],
                split.labels[client],
                [v / (most or 1) for v in values[client]],
                shares,
                plan,
                palette,
            )
            for client in range(at, min(at + plan.across, len(split.labels)))
        ]
        lines += [Text(" " * _GAP).join(row) for row in zip(*beside, strict=True)]
        lines.append(Text(""))
    return Text("\n", no_wrap=True).join(lines[:-1])


def _client(
    name: str, row: tuple[int, ...], filled: list[float], shares: bool, plan: Plan, palette: Palette
) -> list[Text]:
    """The rows of one client: its bars, `filled` from 0 to 1, and below each the number that it shows."""
    total, classes, wide = sum(row), slice(plan.first, plan.first + plan.shown), plan.column - 1
    said = [
        cut(Text(name, palette["bright"]), _LABEL - 1),
        Text(f"{total:,}", palette["normal"]),
        Text.assemble(("skew ", palette["dim"]), (share(distance(row)), palette["normal"])),
    ]
    said += [Text("") for _ in range(plan.bars + 1 - len(said))]
    lines = []
    for height in range(plan.bars - 1, -1, -1):
        line = _padded(said[plan.bars - 1 - height])
        for part in filled[classes]:
            line.append(" ").append(_cell(part, height, plan.bars) * wide, palette["accent"])
        lines.append(line)
    line = _padded(said[plan.bars])
    for count in row[classes]:
        number = _percent(count, total) if shares else _short(count, wide)
        text = Text(number, palette["normal"] if count else palette["dim"])
        line.append(" ").append_text(_middle(text, wide))
    return [*lines, line]


def _cell(part: float, height: int, bars: int) -> str:
    """The sign of a bar at a height, 0 the lowest; whoever has one example has a bar."""
    signs = levels()
    full = max(1, round(part * bars * len(signs))) if part else 0
    level = max(0, min(len(signs), full - height * len(signs)))
    return signs[level - 1] if level else " "


def _short(count: int, width: int) -> str:
    """The number in the form that fits: 12,345, 12345, 12k."""
    forms = (f"{count:,}", str(count), f"{count // 1000:,}k", f"{count // 1_000_000:,}M")
    return next((form for form in forms if len(form) <= width), forms[-1])


def _part(count: int, total: int) -> float:
    return count / total if total else 0.0


def _percent(count: int, total: int) -> str:
    part = 100 * _part(count, total)
    return "<1%" if 0 < part < 0.5 else f"{part:.0f}%"


def _padded(text: Text) -> Text:
    text.pad_right(_LABEL - 1 - text.cell_len)
    return text


def _middle(text: Text, width: int) -> Text:
    """In the middle of `width` columns, under or over a bar of that width."""
    before = max(0, width - text.cell_len) // 2
    text.pad_left(before)
    text.pad_right(width - text.cell_len)
    return text
