"""Lists on stdout: aligned columns for people, one record a line, or JSON."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Sequence
from typing import Any

from fltui.facts.codec import to_json


def print_json(value: Any) -> None:
    """One JSON value on stdout."""
    print(json.dumps(to_json(value)))


def print_table(
    titles: Sequence[str], rows: Sequence[Sequence[object]], nothing: str = "", below: Sequence[str] = ()
) -> None:
    """Columns as wide as their widest cell. On a terminal the last one is cut to fit, elsewhere never.

    Without rows `nothing` is said on stderr, and stdout stays empty. `below`: a sentence for each row, or
    none; on a terminal it has a line of its own, elsewhere the last column.
    """
    if not rows:
        if nothing:
            print(nothing, file=sys.stderr)
        return
    cells = [list(titles), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
    most = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
    for number, row in enumerate(cells, start=-1):
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        said = below[number] if below and number >= 0 else ""
        if most is None:
            print(f"{line}  {said}".rstrip())
            continue
        print(_cut(line.rstrip(), most))
        if said:
            print(_cut(f"  {said}", most))


def _cut(line: str, most: int) -> str:
    return line if len(line) <= most else line[: most - 1] + "…"


def _cell(value: object) -> str:
    if value is None or value == "":
        return "-"
    return " ".join(str(value).split())
