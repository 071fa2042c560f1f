"""Runs a script as if torch were not installed: python without_torch.py SCRIPT."""

from __future__ import annotations

import runpy
import sys
from importlib.machinery import ModuleSpec, PathFinder
from typing import Any


class WithoutTorch(PathFinder):
    """Python's own search, that overlooks one package."""

    @classmethod
    def find_spec(cls, fullname: str, *words: Any) -> ModuleSpec | None:
        return None if fullname.partition(".")[0] == "torch" else PathFinder.find_spec(fullname, *words)


sys.meta_path = [WithoutTorch if finder is PathFinder else finder for finder in sys.meta_path]
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
