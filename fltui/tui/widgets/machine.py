"""This run's share of the machine: gauges of its process trees and of each GPU.

Everything stands in the run's record; no view ever asks a driver, so a driver that hangs holds up
nobody here.
"""

from __future__ import annotations

import os

import psutil
from rich.text import Text

from fltui.facts.records import Resource
from fltui.record.views import RunSnapshot
from fltui.tui.cut import cut
from fltui.tui.glyphs import glyph
from fltui.tui.numbers import megabytes, percent
from fltui.tui.palette import Palette
from fltui.tui.widgets.drawn import Drawn

_BAR = 10
_WHOLE = 3  # up to so many GPUs have a second line: others' memory, temperature, power


class Machine(Drawn):
    """CPU and memory of this run's trees; of each GPU its use, our memory on it, the others' memory,
    temperature and power. A machine without a GPU has one quiet word for that."""

    def show(self, snapshot: RunSnapshot) -> None:
        palette = Palette.of(self.app)
        cores = os.cpu_count() or 1
        total = psutil.virtual_memory().total / 1e6
        live = not snapshot.ended
        cpu, rss = (snapshot.cpu_percent, snapshot.rss_mb) if live else (0.0, 0.0)
        if self.screen.has_class("narrow"):
            self.draw(self._one_line(snapshot, cpu / cores, rss, total, palette))
            return
        rows = [
            self._gauge("cpu", cpu / cores, f"{cpu / 100:.1f} of {cores} cores", palette),
            self._gauge("ram", 100 * rss / total, f"{megabytes(rss)} of {total / 1000:.0f} GB", palette),
            *self._gpus(snapshot, palette),
        ]
        self.draw(Text("\n").join(rows))

    def _gpus(self, snapshot: RunSnapshot, palette: Palette) -> list[Text]:
        rows, gpus = [], snapshot.gpus
        for gpu in gpus:
            rows.append(self._gauge(f"gpu{gpu.gpu}", gpu.utilisation, _memory(gpu), palette))
            aside = _aside(gpu)
            if aside and len(gpus) <= _WHOLE:
                rows.append(Text(f"     {'  '.join(aside)}", palette["dim"], no_wrap=True))
        if trouble := _trouble(snapshot):
            rows.append(Text(f"gpu  {trouble}", palette["amber"]))
        elif snapshot.gpu_rows:
            rows += [Text(f"gpu{gpu.gpu} is gone", palette["amber"]) for gpu in snapshot.lost_gpus]
        return rows or [Text("no gpu", palette["dim"])]

    def _one_line(
        self, snapshot: RunSnapshot, cpu: float, rss: float, total: float, palette: Palette
    ) -> Text:
        """On a narrow terminal: of the GPUs use and our memory, as long as there is room."""
        dim, bright = palette["dim"], f"bold {palette['bright']}"
        full = round(min(100.0, cpu) / 100 * _BAR)
        text = Text.assemble(
            ("cpu ", dim),
            (glyph("bar") * full, palette["accent"]),
            (glyph("nobar") * (_BAR - full), palette["rule"]),
            (f" {percent(cpu)}", bright),
            ("  ram ", dim),
            (megabytes(rss), bright),
            (f" of {total / 1000:.0f} GB", dim),
            no_wrap=True,
        )
        width = max(1, self.content_size.width)
        if trouble := _trouble(snapshot):
            return cut(text.append(f"  gpu {trouble}", palette["amber"]), width)
        if not snapshot.gpus:
            return text.append("  no gpu", dim)
        short = [
            Text.assemble((f"  gpu{g.gpu} ", dim), (percent(g.utilisation), bright)) for g in snapshot.gpus
        ]
        long = [
            Text.assemble(part, (f" {megabytes(ours)}", dim)) if (ours := _ours(g)) else part
            for part, g in zip(short, snapshot.gpus, strict=True)
        ]
        parts = long if text.cell_len + sum(part.cell_len for part in long) <= width else short
        for index, part in enumerate(parts):
            if text.cell_len + part.cell_len > width - 4:
                return text.append(f" +{len(parts) - index}", dim)
            text.append_text(part)
        return text

    def _gauge(self, name: str, value: float | None, fact: str, palette: Palette) -> Text:
        full = round(_BAR * min(100.0, value or 0.0) / 100)
        return Text.assemble(
            (f"{name:<5}", palette["dim"]),
            (glyph("bar") * full, palette["accent"]),
            (glyph("nobar") * (_BAR - full), palette["rule"]),
            (f" {percent(value):>4} ", f"bold {palette['bright']}"),
            (fact, palette["dim"]),
            no_wrap=True,
        )


def _ours(gpu: Resource) -> float | None:
    """MB of this run on a GPU; None where the driver does not say whose its memory is."""
    if gpu.memory_mb is None or gpu.others_mb is None:
        return None
    return max(0.0, gpu.memory_mb - gpu.others_mb)


def _memory(gpu: Resource) -> str:
    ours = _ours(gpu)
    if ours is not None:
        return f"{megabytes(ours)} of {_whole(gpu.total_mb)}"
    if gpu.memory_mb is None:
        return ""
    return f"{megabytes(gpu.memory_mb)} of {_whole(gpu.total_mb)} in use"


def _whole(mb: float | None) -> str:
    """What a GPU has in all, as it is called: 24 GB."""
    return f"{mb / 1000:.0f} GB" if mb is not None and mb >= 10_000 else megabytes(mb)


def _aside(gpu: Resource) -> list[str]:
    facts = [f"others {megabytes(gpu.others_mb)}"] if gpu.others_mb else []
    facts += [f"{gpu.celsius:.0f} C"] if gpu.celsius is not None else []
    return facts + ([f"{gpu.watts:.0f} W"] if gpu.watts is not None else [])


def _trouble(snapshot: RunSnapshot) -> str:
    """What is wrong with the driver now, in a few words."""
    words = {"silent": "the driver does not answer", "failed": snapshot.gpu_text or "the driver fails"}
    return "" if snapshot.ended else words.get(snapshot.gpu_state, "")
