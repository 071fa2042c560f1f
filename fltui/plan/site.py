"""What a plan needs to know of the machine and of the run it is for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fltui.facts.plan import Environment


@dataclass(frozen=True)
class Site:
    """`run`: the run's name; `folder`: its folder, absolute. `recipes`: the root of the recipes tree
    (its `common` is on every child's PYTHONPATH). `environments`: by name, built or to be built.
    `path`, `pythonpath`: the caller's PATH and PYTHONPATH. `cache`: a folder for prepared data."""

    run: str
    folder: str
    recipes: str
    cache: str
    environments: Mapping[str, Environment] = field(default_factory=dict)
    path: str = "/usr/local/bin:/usr/bin:/bin"
    pythonpath: str = ""
