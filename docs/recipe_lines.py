"""Tells a line that a recipe's own Python prints from one of the framework's, by reading that Python.

A text that is printed whole is compared with the whole line; what goes through a logger has the framework's
prefix before it, and maybe a file's name behind it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

RECIPES = Path(__file__).resolve().parent.parent / "recipes"
PRINTED = ("print", "print_line")
LOGGED = ("debug", "info", "warning", "error", "critical", "exception")
FEWEST_LETTERS = 5  # of a text's constant part: less says nothing


def is_of_recipe(recipe: str, line: str) -> bool:
    """Whether the code of `recipe` (sst2/flower), and not its framework, prints `line`."""
    return any(pattern.search(re.sub(r"\s+", " ", line.strip())) for pattern in _patterns(recipe))


@cache
def _patterns(recipe: str) -> tuple[re.Pattern[str], ...]:
    found = {}
    for file in sorted(code_of(recipe)):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and call.args:
                name = getattr(call.func, "attr", getattr(call.func, "id", ""))
                pattern = _pattern(call.args[0]) if name in (*PRINTED, *LOGGED) else ""
                if len(re.findall(r"[a-zA-Z]", re.sub(r"\\.|\.\*", "", pattern))) >= FEWEST_LETTERS:
                    found[f"^{pattern}$" if name in PRINTED else pattern] = None
    return tuple(re.compile(pattern) for pattern in found)


def code_of(recipe: str) -> set[Path]:
    """The Python of the recipe's folder, and what it names of recipes/common, to the last module."""
    common = {file.relative_to(RECIPES / "common").parts[0].removesuffix(".py") for file in _common("*")}
    texts = [
        file for file in (RECIPES / recipe).rglob("*") if file.suffix in (".py", ".yaml", ".yml", ".toml")
    ]
    found: set[Path] = set()
    while texts:
        file = texts.pop()
        if file.suffix == ".py":
            found.add(file)
        for name in common.intersection(re.findall(r"\w+", file.read_text(encoding="utf-8"))):
            texts += [module for module in _common(name) if module not in found]
    return found


def _common(name: str) -> Iterator[Path]:
    """The files of a module or package of recipes/common."""
    yield from (RECIPES / "common").glob(f"{name}.py")
    yield from (RECIPES / "common").glob(f"{name}/*.py")


def _pattern(node: ast.expr) -> str:
    """What a text looks like when it is printed; what is put into it may be anything."""
    match node:
        case ast.Constant(value=str(text)):
            return ".*".join(re.escape(part) for part in re.split(r"%[-\d.]*[sdrfg]", text))
        case ast.JoinedStr(values=parts):
            return "".join(_pattern(part) for part in parts)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _pattern(left) + _pattern(right)
        case ast.Call(func=ast.Attribute(attr="dumps"), args=[ast.Dict(keys=keys), *_]):
            names = [re.escape(f'"{key.value}": ') for key in keys if isinstance(key, ast.Constant)]
            return re.escape("{") + ".*".join(names) + ".*"
    return ".*"
