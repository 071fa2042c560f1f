"""How numbers look: `.803`, `31%`, `612 MB`, `2.9 GB`, `04:12`; `-` is what cannot be known."""

from __future__ import annotations

import time

from fltui.facts.numbers import number_text


def share(value: float | None) -> str:
    """An accuracy: three digits, no zero before the point. What is too large for one is a number."""
    if value is None:
        return "-"
    text = f"{value:.3f}" if abs(value) < 1 else number_text(value)
    return text[1:] if text.startswith("0.") else text


def percent(value: float | None) -> str:
    return "-" if value is None else f"{value:.0f}%"


def megabytes(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f} MB" if value < 1000 else f"{value / 1000:.1f} GB"


def room(size: int | None) -> str:
    """Bytes of a disk: `34 kB`, `2.3 MB`, `612 MB`, `2.9 GB`."""
    if size is None:
        return "-"
    if size < 1_000_000:
        return f"{size / 1000:.0f} kB"
    return f"{size / 1e6:.1f} MB" if size < 10_000_000 else megabytes(size / 1e6)


def clock(seconds: float | None) -> str:
    """A duration: minutes and seconds, or hours before them."""
    if seconds is None:
        return "-"
    whole = max(0, int(seconds))
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes:02}:{whole % 60:02}"


def time_of_day(t: float | None) -> str:
    return "-" if t is None else time.strftime("%H:%M:%S", time.localtime(t))


def day(t: float | None, now: float) -> str:
    """`today 10:17`, `Mon 09:12`, `2026-11-02`."""
    if t is None:
        return "-"
    then, today = time.localtime(t), time.localtime(now)
    if then[:3] == today[:3]:
        return time.strftime("today %H:%M", then)
    if now - t < 6 * 86400:
        return time.strftime("%a %H:%M", then)
    return time.strftime("%Y-%m-%d", then)
