"""Screens of the app as SVG: one picture, or a film of many. No font and nothing else is fetched by them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from rich.color import ColorType
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import SVG_EXPORT_THEME

CELL, LINE, FONT = 8.43, 18.0, 14.0  # pixels: a column, a row, the size of letters
_PAD, _TOP = 10.0, 30.0
_FONTS = "'DejaVu Sans Mono',Menlo,Consolas,'Liberation Mono',monospace"
Row = tuple[Segment, ...]


@dataclass(frozen=True)
class Screen:
    """What one moment looks like; `t` in seconds from the beginning of a film."""

    rows: tuple[Row, ...]
    columns: int
    ground: str
    t: float = 0.0


@dataclass
class _Styles:
    """CSS classes by what they say, named in the order in which they are met."""

    names: dict[str, str] = field(default_factory=dict)

    def name(self, css: str) -> str:
        return self.names.setdefault(css, f"s{len(self.names)}")

    def sheet(self) -> str:
        return "".join(f".{name}{{{css}}}" for css, name in self.names.items())


def picture(screen: Screen, title: str) -> str:
    """An SVG of one screen in a plain frame."""
    styles = _Styles()
    body = "".join(
        f'<g transform="translate(0 {number * LINE:g})">{_row(row, styles)}</g>'
        for number, row in enumerate(screen.rows)
        if _row(row, styles)
    )
    return _frame(screen, title, styles, body)


def film(screens: Sequence[Screen], title: str, poster_t: float, length_s: float) -> str:
    """An SVG that plays `screens` again and again. A viewer that plays nothing shows the one at `poster_t`.

    Each row is drawn once for as long as it stays the same: most of a screen does not change.
    """
    styles = _Styles()
    parts = []
    for number in range(max(len(screen.rows) for screen in screens)):
        for row, start, end in _spans(
            [(s.t, s.rows[number]) for s in screens if number < len(s.rows)], length_s
        ):
            drawn = _row(row, styles)
            if drawn:
                begin, stop = start / length_s, min(1.0, end / length_s)
                times = f"0;{begin:.4f};{stop:.4f}" if begin > 0 else f"0;{stop:.4f}"
                values = "none;inline;none" if begin > 0 else "inline;none"
                if stop >= 1:
                    times, values = times.rpartition(";")[0], values.rpartition(";")[0]
                shown = "inline" if start <= poster_t < end else "none"
                timed = (
                    f'<animate attributeName="display" calcMode="discrete" values="{values}" keyTimes="{times}" '
                    f'dur="{length_s:g}s" repeatCount="indefinite"/>'
                )
                place = f'transform="translate(0 {number * LINE:g})" display="{shown}"'
                parts.append(f"<g {place}>{timed if ';' in times else ''}{drawn}</g>")
    return _frame(screens[0], title, styles, "".join(parts))


def _spans(rows: Iterable[tuple[float, Row]], length_s: float) -> list[tuple[Row, float, float]]:
    """(row, from, to): how long each stays as it is."""
    spans = []
    for row, group in itertools.groupby(rows, key=lambda item: item[1]):
        spans.append((row, next(group)[0]))
    ends = [start for _, start in spans[1:]] + [length_s]
    return [(row, start, end) for (row, start), end in zip(spans, ends, strict=True)]


def _row(row: Row, styles: _Styles) -> str:
    """Grounds first, then the letters on them."""
    grounds, letters, column = [], [], 0
    for segment in row:
        width = segment.cell_length
        style = segment.style or Style()
        colour, ground = _colours(style)
        if ground:
            grounds.append((column, width, ground))
        for text, offset in _pieces(segment.text):
            letters.append(_letters(text, column + offset, style, colour, styles))
        column += width
    return "".join(_rect(*item) for item in _joined(grounds)) + "".join(letters)


def _colours(style: Style) -> tuple[str, str]:
    """Foreground and ground as #rrggbb; an empty ground is the screen's own."""
    fore = _hex(style, foreground=True)
    ground = _hex(style, foreground=False)
    if style.reverse:
        fore, ground = ground or _ANSI_GROUND, fore
    return fore, ground


_ANSI_GROUND = "#{:02x}{:02x}{:02x}".format(*SVG_EXPORT_THEME.background_color)


def _hex(style: Style, foreground: bool) -> str:
    colour = style.color if foreground else style.bgcolor
    if colour is None or colour.type is ColorType.DEFAULT:
        return "#{:02x}{:02x}{:02x}".format(*SVG_EXPORT_THEME.foreground_color) if foreground else ""
    return colour.get_truecolor(SVG_EXPORT_THEME, foreground).hex


def _joined(grounds: list[tuple[int, int, str]]) -> list[tuple[int, int, str]]:
    """Neighbours of one colour as one: else a hair stays between them."""
    found: list[tuple[int, int, str]] = []
    for column, width, colour in grounds:
        if found and found[-1][2] == colour and found[-1][0] + found[-1][1] == column:
            found[-1] = (found[-1][0], found[-1][1] + width, colour)
        else:
            found.append((column, width, colour))
    return found


def _rect(column: int, width: int, colour: str) -> str:
    return f'<rect x="{column * CELL:g}" width="{width * CELL:g}" height="{LINE:g}" fill="{colour}"/>'


_PIECE = re.compile(r"[!-~]+(?: [!-~]+)*|[\u2800-\u28ff]+|[^ -~\u2800-\u28ff]+")


def _pieces(text: str) -> list[tuple[str, int]]:
    """(text, column): words, and runs of signs that may come from another font, each at its own column."""
    return [(match[0], Segment(text[: match.start()]).cell_length) for match in _PIECE.finditer(text)]


def _dots(text: str, column: int, colour: str) -> str:
    """Braille as dots: no two fonts agree on how wide it is."""
    path = []
    for number, letter in enumerate(text):
        bits = ord(letter) - 0x2800
        for bit, (across, down) in enumerate(_DOTS):
            if bits >> bit & 1:
                x = (column + number + 0.25 + across / 2) * CELL
                path.append(f"M{x:.1f} {(down + 0.5) * LINE / 4:.1f}h0")
    return f'<path d="{"".join(path)}" stroke="{colour}" stroke-width="2.4" stroke-linecap="round"/>'


# Where the eight bits of a braille sign stand: column and row of its dots.
_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))


def _letters(text: str, column: int, style: Style, colour: str, styles: _Styles) -> str:
    if "\u2800" <= text[0] <= "\u28ff":
        return _dots(text, column, colour)
    css = f"fill:{colour}"
    css += ";font-weight:bold" if style.bold else ""
    css += ";font-style:italic" if style.italic else ""
    css += ";text-decoration:underline" if style.underline else ""
    css += ";opacity:.6" if style.dim else ""
    width = Segment(text).cell_length * CELL
    return (
        f'<text class="{styles.name(css)}" x="{column * CELL:g}" y="{FONT:g}" '
        f'textLength="{width:g}">{escape(text, quote=False)}</text>'
    )


def _frame(screen: Screen, title: str, styles: _Styles, body: str) -> str:
    width, height = screen.columns * CELL, len(screen.rows) * LINE
    whole_width, whole_height = width + 2 * _PAD, height + _TOP + _PAD
    dark = int(screen.ground[1:3], 16) < 128
    bar, word = ("#2a323b", "#aab4bf") if dark else ("#dfe3e7", "#57616b")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole_width:g} {whole_height:g}" '
        f'width="{whole_width:g}" height="{whole_height:g}">\n'
        f"<title>{escape(title)}</title>\n"
        f"<style>text{{font-family:{_FONTS};font-size:{FONT:g}px;white-space:pre}}{styles.sheet()}</style>\n"
        f'<rect width="{whole_width:g}" height="{whole_height:g}" rx="8" fill="{bar}"/>'
        f'<text x="{whole_width / 2:g}" y="20" text-anchor="middle" style="fill:{word};font-size:13px">{escape(title)}</text>\n'
        f'<rect x="{_PAD:g}" y="{_TOP:g}" width="{width:g}" height="{height:g}" fill="{screen.ground}"/>\n'
        f'<g transform="translate({_PAD:g} {_TOP:g})">{body}</g>\n</svg>\n'
    )
