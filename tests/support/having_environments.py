"""Environments for tests that run a framework for real."""

from __future__ import annotations

import pytest

from fltui.environment.build import ensure
from fltui.environment.catalogue import EnvironmentSpec, find
from fltui.environment.device import accelerator
from fltui.environment.errors import LicenceNeeded, Unreachable, WheelMissing
from fltui.environment.state import Status
from fltui.environment.wheels import find_wheel
from fltui.facts.site import shipped_recipes


def environment_or_skip(name: str) -> Status:
    """The shipped environment `name`, built if need be.

    What cannot be had here (a licence that nobody accepted, a wheel of no index, no network) skips the
    test with the reason; whatever else is wrong fails it.
    """
    spec = find(name, shipped_recipes())
    try:
        return ensure(spec, spec.layer_for(accelerator(), None), lambda step: None, accepted(spec))
    except (LicenceNeeded, WheelMissing, Unreachable) as problem:
        pytest.skip(str(problem))


def accepted(spec: EnvironmentSpec) -> list[str]:
    """The licences that tests may take as accepted, beside those that FLTUI_ACCEPT_LICENCE names.

    A wheel of no index lies in a wheel folder only because somebody put it there, by a command that
    wants the licence accepted or by hand: that counts. Nothing of the kind is known of a package that
    an index has (STADLE's), so that needs the variable.
    """
    try:
        return [spec.name] if find_wheel(spec) else []
    except WheelMissing:
        return []
