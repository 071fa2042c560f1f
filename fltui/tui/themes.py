"""The palettes. Colour means state: green runs, amber needs a person, red failed; blue is for keys,
focus and data. Text has three weights: bright, normal, dim."""

from __future__ import annotations

from textual.theme import Theme

from fltui.tui.glyphs import has_utf8

_NAMES = (
    "ground",
    "bar",
    "bright",
    "normal",
    "dim",
    "rule",
    "accent",
    "green",
    "amber",
    "red",
    "tint",
    "select",
)

DARK = dict(
    zip(
        _NAMES,
        [
            "#11151a",
            "#1b222a",
            "#f2f5f8",
            "#c6ced6",
            "#8d98a5",
            "#313b46",
            "#6cb6ff",
            "#6bc46d",
            "#e3b341",
            "#f47067",
            "#29261a",
            "#18304b",
        ],
        strict=True,
    )
)
LIGHT = dict(
    zip(
        _NAMES,
        [
            "#fcfcfa",
            "#eceff2",
            "#0b0f13",
            "#2b3238",
            "#57616b",
            "#cdd4db",
            "#0860ca",
            "#15702f",
            "#855800",
            "#c01f2b",
            "#fbf3dc",
            "#d3e5fb",
        ],
        strict=True,
    )
)
CONTRAST = dict(
    zip(
        _NAMES,
        [
            "#000000",
            "#1a1a1a",
            "#ffffff",
            "#ffffff",
            "#d0d0d0",
            "#808080",
            "#7cc7ff",
            "#6dff6d",
            "#ffd75f",
            "#ff8a80",
            "#332b00",
            "#003c68",
        ],
        strict=True,
    )
)
ANSI = dict(
    zip(
        _NAMES,
        (
            "ansi_default",
            "ansi_default",
            "ansi_default",
            "ansi_default",
            "ansi_default",
            "ansi_bright_black",
            "ansi_cyan",
            "ansi_green",
            "ansi_yellow",
            "ansi_bright_red",
            "ansi_default",
            "ansi_blue",
        ),
        strict=True,
    )
)
PALETTES: dict[str, dict[str, str]] = {
    "fltui-dark": DARK,
    "fltui-light": LIGHT,
    "fltui-contrast": CONTRAST,
    "fltui-ansi": ANSI,
}


def themes() -> list[Theme]:
    """A Textual theme a palette."""
    return [_theme(name, palette) for name, palette in PALETTES.items()]


def _theme(name: str, p: dict[str, str]) -> Theme:
    return Theme(
        name=name,
        primary=p["accent"],
        secondary=p["accent"],
        accent=p["accent"],
        foreground=p["normal"],
        background=p["ground"],
        surface=p["ground"],
        panel=p["bar"],
        success=p["green"],
        warning=p["amber"],
        error=p["red"],
        dark=name != "fltui-light",
        variables={**{f"fl-{key}": value for key, value in p.items()}, **borders(), **_scrollbars(p)},
    )


def _scrollbars(p: dict[str, str]) -> dict[str, str]:
    """Quiet ones: a rule on the bar's ground, brighter under the mouse."""
    thumbs = {"": p["rule"], "-hover": p["dim"], "-active": p["accent"]}
    grounds = dict.fromkeys(
        ("-background", "-background-hover", "-background-active", "-corner-color"), p["bar"]
    )
    return {f"scrollbar{name}": value for name, value in {**thumbs, **grounds}.items()}


def borders() -> dict[str, str]:
    """The kinds of borders, as names of Textual."""
    utf8 = has_utf8()
    kinds = {"frame": "round", "edge": "outer", "top": "heavy"}
    return {f"fl-{name}": kind if utf8 else "ascii" for name, kind in kinds.items()}


def contrast(first: str, second: str) -> float:
    """The WCAG 2 contrast of two `#rrggbb` colours, 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    high, low = sorted((luminance(first), luminance(second)), reverse=True)
    return (high + 0.05) / (low + 0.05)
