"""Which runs a filter leaves: words, verdicts and comparisons, `flower ok acc>.8 took<2m size>100M`. Pure."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from fltui.facts.verdict import Verdict
from fltui.recipe.durations import seconds
from fltui.record.runs import RunEntry

HELP = "words, a verdict (ok, failed, live), acc>.8 took<2m size>100M rounds>=3; -word leaves out"
_COMPARED = re.compile(r"^(?P<name>[a-z]+)(?P<sign><=|>=|<|>|=)(?P<value>.*)$", re.IGNORECASE)
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
}
_UNITS = {"": 1.0, "k": 1e3, "m": 1e6, "g": 1e9}
_NAMES = {"acc": "accuracy", "accuracy": "accuracy", "took": "took", "size": "size", "rounds": "rounds"}
_SUCH_AS = {"accuracy": "acc>.8", "took": "took<2m", "size": "size>100M", "rounds": "rounds>=3"}
STATES = {verdict.value for verdict in Verdict} | {"live", "lost"}


class FilterError(ValueError):
    """A filter that cannot be read, as a sentence."""


@dataclass(frozen=True)
class Row:
    """A run as the list shows it. `size`: bytes of the disk, None until they were counted."""

    entry: RunEntry
    size: int | None = None

    @property
    def state(self) -> str:
        """Its verdict; live, or lost when it has neither an engine nor an end."""
        if self.entry.verdict is not None:
            return self.entry.verdict.value
        return "live" if self.entry.alive else "lost"

    def value(self, name: str) -> float | None:
        return {
            "accuracy": self.entry.metrics.get("accuracy"),
            "took": self.entry.duration_s,
            "size": self.size,
            "rounds": self.entry.rounds_done,
        }[name]


Test = Callable[[Row], bool]


def parse(text: str) -> Test:
    """What all words of `text` ask for. Raises FilterError."""
    tests = [_word(word) for word in text.split()]
    return lambda row: all(test(row) for test in tests)


def _word(word: str) -> Test:
    if word.startswith("-") and len(word) > 1:
        test = _word(word[1:])
        return lambda row: not test(row)
    compared = _COMPARED.match(word)
    if compared is not None:
        return _comparison(compared["name"].lower(), compared["sign"], compared["value"])
    low = word.lower()
    if low in STATES:
        return lambda row: row.state == low
    return lambda row: low in f"{row.entry.name} {row.entry.recipe} {row.entry.reason}".lower()


def _comparison(name: str, sign: str, text: str) -> Test:
    known = _NAMES.get(name)
    if known is None:
        raise FilterError(f"no figure {name}; there are acc, took, size, rounds")
    try:
        wanted = _number(known, text)
    except ValueError:
        raise FilterError(f"{name} takes a value, such as {_SUCH_AS[known]}") from None
    holds = _SIGNS[sign]

    def test(row: Row) -> bool:
        value = row.value(known)
        return value is not None and holds(value, wanted)

    return test


def _number(name: str, text: str) -> float:
    if name == "took":
        return float(text) if re.fullmatch(r"[\d.]+", text) else float(seconds(text))
    if name == "size":
        found = re.fullmatch(r"([\d.]+)\s*([kmg]?)b?", text.lower())
        if found is None:
            raise ValueError(text)
        return float(found[1]) * _UNITS[found[2]]
    return float(text)
