"""How the value of a metric is written, the same in every line, list, verdict and page."""

from __future__ import annotations


def number_text(value: float) -> str:
    """As people compare it: `0.893`, `312423`, `3.12e+08`, `1.2e-05`, `nan`."""
    size = abs(value)
    if size == 0 or 0.001 <= size < 10_000:
        return f"{value:.3f}"
    return f"{value:.0f}" if 10_000 <= size < 10_000_000 else f"{value:.3g}"
