"""Where the marks of an axis stand. Pure."""

from __future__ import annotations

import math

_SHORT = 10  # rounds that are always shown whole
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def nice_ticks(low: float, high: float, most: int) -> tuple[float, float, list[float]]:
    """(lower end, upper end, marks) of an axis that holds `low` to `high` with at most `most` marks
    at round numbers. One value alone gets room around it."""
    if high - low < 1e-9:
        low, high = low - 0.05, high + 0.05
    raw = (high - low) / max(1, most - 1)
    power = 10.0 ** math.floor(math.log10(raw))
    for step in (*(factor * power for factor in _STEPS), 20 * power):
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first < max(2, most):
            break
    return first * step, last * step, [number * step for number in range(first, last + 1)]


def tight_ticks(low: float, high: float) -> tuple[float, float, list[float]]:
    """An axis that ends at the values themselves, with a mark at each end."""
    if high - low < 1e-9:
        low, high = low - 0.05, high + 0.05
    return low, high, [low, high]


def last_round(planned: int, done: int) -> int:
    """Where the axis of rounds ends: at the planned ones as soon as a fifth of them is done, before that at twice
    those that are, so that the beginning of a long run is no upright stroke."""
    if planned <= _SHORT or done * 5 >= planned:
        return max(planned, done)
    return min(planned, max(_SHORT, 2 * done))


def round_ticks(first: int, last: int, most: int) -> list[int]:
    """At most `most` whole numbers from `first` to `last`, both of them among the marks if they fit."""
    for step in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000):
        if (last - first) // step < most:
            break
    numbers = [first, *range((first // step + 1) * step, last + 1, step)]
    if last - numbers[-1] >= step / 2 or (len(numbers) > 1 and last != numbers[-1] and numbers[-1] == first):
        numbers.append(last)
    return numbers
