"""The numpy reference is a module beside these tests; the environments run scripts of theirs."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
