"""What a front end hands to `python -m fltui.engine` on its standard input, and what comes back.

One JSON line in: a Launch. One JSON line out: `{"ok": true, "pid": GUARD}` once the supervisor holds
the run folder's lock and its socket listens, or `{"ok": false, "error": SENTENCE}`. After that the
engine writes to the run folder alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fltui.facts.plan import LaunchPlan


@dataclass(frozen=True)
class Launch:
    """`plan` is bound: no `${{ ports.… }}` is left in it.

    `secrets`: values of secret inputs, kept in memory only. `manifest`: what the front end knows
    and the run folder should hold (recipe text, hashes, versions). `owned`: the run is stopped
    unless an owner connects within `owner_s` and when that owner's connection closes.
    `headless`: no person watches; confirm steps go by themselves and a question without an answer
    ends the run (exit 4) unless `person` says that one is at the terminal.
    """

    plan: LaunchPlan
    secrets: Mapping[str, str] = field(default_factory=dict)
    manifest: Mapping[str, Any] = field(default_factory=dict)
    owned: bool = False
    owner_s: float = 10.0
    headless: bool = True
    person: bool = False
