"""Licence questions: asked once before anything that stands behind them is installed."""

from __future__ import annotations

import os
from collections.abc import Collection

from fltui.environment.catalogue import EnvironmentSpec
from fltui.environment.errors import LicenceNeeded


def require(spec: EnvironmentSpec, accepted: Collection[str]) -> None:
    """Raises LicenceNeeded unless there is no licence question or `accepted`, or the variable
    FLTUI_ACCEPT_LICENCE, names the environment."""
    if spec.licence is None:
        return
    by_variable = os.environ.get("FLTUI_ACCEPT_LICENCE", "").replace(" ", "").split(",")
    if spec.name not in {*accepted, *by_variable}:
        raise LicenceNeeded(spec.name, spec.licence)
