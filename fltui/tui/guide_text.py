"""A recipe's guide as the run screen shows it: the section of the process or step in focus. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rich.text import Text

from fltui.tui.palette import Palette

_HEADING = re.compile(r"^(#{1,6})\s+(.*?)\s*#*\s*$")
_INLINE = re.compile(
    r"\*\*(?P<strong>.+?)\*\*|(?<![\w*])\*(?P<soft>[^*\s](?:[^*]*[^*\s])?)\*(?![\w*])|`(?P<code>[^`]+)`|\[(?P<link>[^\]]+)\]\([^)]*\)"
)


class Section(NamedTuple):
    title: str
    body: str


def sections(guide: str) -> list[Section]:
    """The parts of a guide by their headings; what stands before the first has no title. A `#` in
    fenced code is no heading."""
    found, title, lines, fenced = [], "", [], False
    for line in guide.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        heading = None if fenced else _HEADING.match(line)
        if heading is None:
            lines.append(line)
            continue
        found.append(Section(title, "\n".join(lines).strip()))
        title, lines = heading[2].strip("`* "), []
    found.append(Section(title, "\n".join(lines).strip()))
    return [section for section in found if section.title or section.body]


def section_for(guide: Sequence[Section], *names: str) -> Section | None:
    """The section of the first of `names` (a step, a process, its group) that has one, else the first."""
    for name in names:
        for section in guide:
            if name and section.title.casefold() == name.casefold():
                return section
    return guide[0] if guide else None


def styled(section: Section, palette: Palette) -> Text:
    """A section as text with the weights of the visual language."""
    text = Text()
    if section.title:
        text.append(f"{section.title}\n\n", f"bold {palette['accent']}")
    fenced = False
    paragraph: list[str] = []

    def flush() -> None:
        if paragraph:
            _inline(text, " ".join(paragraph), palette)
            text.append("\n")
            paragraph.clear()

    for line in section.body.splitlines():
        stripped = line.strip()
        if stripped.startswith("```"):
            flush()
            fenced = not fenced
        elif fenced:
            text.append(f"  {line}\n", palette["dim"])
        elif not stripped:
            flush()
            text.append("\n")
        elif stripped.startswith(("- ", "* ")):
            flush()
            paragraph.append(f"- {stripped[2:]}")
        else:
            paragraph.append(stripped)
    flush()
    text.rstrip()
    return text


def _inline(text: Text, words: str, palette: Palette) -> None:
    at = 0
    for match in _INLINE.finditer(words):
        text.append(words[at : match.start()], palette["normal"])
        if match["strong"] is not None:
            text.append(match["strong"], f"bold {palette['bright']}")
        elif match["soft"] is not None:
            text.append(match["soft"], palette["bright"])
        elif match["code"] is not None:
            text.append(match["code"], palette["accent"])
        else:
            text.append(match["link"], palette["normal"])
        at = match.end()
    text.append(words[at:], palette["normal"])
