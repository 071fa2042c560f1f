"""The protocol of a supervisor's socket: one JSON object a line, each answered by one line.

A request is `{"do": NAME, …}`; the answer `{"ok": true, …}` or `{"ok": false, "error": SENTENCE}`.

    status                                    -> the run's state and processes
    send     process text [secret] [by]       a line to a process's terminal
    confirm  process step [text]              a waiting step: do it (with another text, if given)
    answer   process step text                an asking step: the answer
    skip     process step                     a waiting or asking step: leave it out
    auto                                      the rest of the steps run by themselves
    step_mode on                              every automatic step waits for a person, or no longer
    stop     [by] [reason] [force]            stop the run; force: SIGKILL at once
    signal   process signal                   a signal to a process's leader (drills)
    restart  process                          a failed or ended process starts again
    mark     text [by]                        a mark in the event stream
    own                                       the run ends when this connection closes
    detach                                    it does not any more
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

REQUESTS: dict[str, tuple[str, ...]] = {
    "status": (),
    "send": ("process", "text"),
    "confirm": ("process", "step"),
    "answer": ("process", "step", "text"),
    "skip": ("process", "step"),
    "auto": (),
    "step_mode": ("on",),
    "stop": (),
    "signal": ("process", "signal"),
    "restart": ("process",),
    "mark": ("text",),
    "own": (),
    "detach": (),
}

_TEXTS = frozenset(("process", "step", "text", "signal", "by", "reason"))
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a letter, as JSON can spell it and UTF-8 cannot


class RequestError(ValueError):
    """A request that the protocol does not know, or that lacks a field."""


@dataclass(frozen=True)
class Request:
    do: str
    fields: Mapping[str, Any] = field(default_factory=dict)

    def to_line(self) -> dict[str, Any]:
        return {"do": self.do, **self.fields}


def parse_request(value: Any) -> Request:
    """A request from one line's JSON value. Raises RequestError with a sentence."""
    if not isinstance(value, dict) or not isinstance(value.get("do"), str):
        raise RequestError('a request is an object with "do"')
    do = value["do"]
    if do not in REQUESTS:
        raise RequestError(f"unknown request {do!r}; known are {', '.join(REQUESTS)}")
    missing = [name for name in REQUESTS[do] if name not in value]
    if missing:
        raise RequestError(f"{do} lacks {', '.join(missing)}")
    for name in _TEXTS & value.keys():
        text = value[name]
        if text is None and name not in REQUESTS[do]:
            continue
        if not isinstance(text, str) or _SURROGATE.search(text):
            raise RequestError(f"{name} of {do} must be a text, not {repr(text)[:60]}")
    return Request(do, {key: item for key, item in value.items() if key != "do"})
