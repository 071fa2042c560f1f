"""The recipes' own code is found as it is in a run: by `recipes/common` on the path."""

from __future__ import annotations

import sys
from pathlib import Path

COMMON = Path(__file__).resolve().parents[2] / "recipes" / "common"
sys.path.insert(0, str(COMMON))
