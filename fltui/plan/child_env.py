"""The environment variables that a plan sets for a child, over those of the caller."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from fltui.facts.plan import Environment
from fltui.plan.site import Site


def child_env(site: Site, environment: Environment | None, own: Mapping[str, str]) -> dict[str, str]:
    """`own` (the recipe's and the process's, resolved) with what every child gets.

    The recipes' `common` is importable everywhere. An environment's programs come first in PATH and
    are kept from packages and settings of the caller that would leak into it; an empty PYTHONHOME
    is none. Its bytecode was written at the build, so children write none beside the recipes.
    """
    common = str(Path(site.recipes) / "common")
    result: dict[str, str] = {"FLTUI_RUN": site.run}
    if environment is None:
        result["PATH"] = site.path
        inherited = site.pythonpath
    else:
        result["PATH"] = os.pathsep.join([str(Path(environment.folder) / "bin"), site.path])
        result["VIRTUAL_ENV"] = environment.folder
        result |= {"PYTHONHOME": "", "PYTHONNOUSERSITE": "1", "PYTHONDONTWRITEBYTECODE": "1"}
        inherited = ""
    paths = [own.get("PYTHONPATH", ""), common, inherited]
    result |= own
    result["PYTHONPATH"] = os.pathsep.join(part for part in paths if part)
    return result
