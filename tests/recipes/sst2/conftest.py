"""The numpy reference is a module of recipes/sst2; what needs a backend runs in the environments."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from environment_scripts import Script, runner

from fltui.environment.catalogue import find
from fltui.environment.device import accelerator
from fltui.environment.state import status
from fltui.facts.site import shipped_recipes

HERE = Path(__file__).resolve().parent
RECIPES = HERE.parents[2] / "recipes"
sys.path.insert(0, str(RECIPES / "sst2"))


@pytest.fixture
def in_environment() -> Script:
    """Runs a script that lies beside these tests in an environment; where that is not built, the test is
    skipped and says so."""
    return runner(HERE, built_python)


def built_python(name: str) -> Path:
    spec = find(name, shipped_recipes())
    found = status(spec, spec.layer_for(accelerator(), None))
    if not found.built:
        pytest.skip(f"the environment {name} is not built: fltui env create {name}")
    return found.python
