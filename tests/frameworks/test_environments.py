"""Every shipped environment builds from its lock, and trains a step with each of its parts."""

from __future__ import annotations

import pytest

from fltui.environment.build import ensure
from fltui.environment.catalogue import find, names
from fltui.environment.device import accelerator
from fltui.environment.errors import LicenceNeeded, WheelMissing
from fltui.environment.state import read_built
from fltui.facts.site import shipped_recipes

pytestmark = [pytest.mark.frameworks, pytest.mark.timeout(900)]


@pytest.mark.parametrize("name", names(shipped_recipes()))
def test_it_builds_from_its_lock_and_trains(name: str) -> None:
    """One that is in the cache already was checked when it was built."""
    spec = find(name, shipped_recipes())
    try:
        found = ensure(spec, spec.layer_for(accelerator(), None), lambda step: None)
    except (LicenceNeeded, WheelMissing) as problem:
        pytest.skip(str(problem))
    assert read_built(found.folder)["check"][-1] == "OK"
