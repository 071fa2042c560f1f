"""A good recipe is read whole, with the place of every part, by few and light imports."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from fltui.recipe.load import load
from fltui.recipe.model_tree import leaves
from fltui.recipe.reader import parse


def test_a_folder_and_its_file_are_the_same_recipe(averaging: Path) -> None:
    recipe = load(averaging)
    assert recipe.model_dump() == load(averaging / "recipe.yaml").model_dump()
    assert recipe.folder == averaging
    assert len(recipe.sha256) == 64
    assert recipe.guide_text().startswith("# Averaging")


def test_every_text_of_a_recipe_is_found_at_its_place(averaging: Path) -> None:
    recipe = load(averaging)
    lines = recipe.text.splitlines()
    texts = [(path, text.splitlines()[0]) for path, text, _ in leaves(recipe)]
    assert len(texts) > 30
    for path, text in texts:
        line, column = recipe.document.text_at(path, 0)
        begin = 0 if path == ("guide",) else column - 1  # of a block of text only the line is known
        assert lines[line - 1][begin:].strip().startswith(text), path


def test_a_recipe_cannot_be_changed(averaging: Path) -> None:
    recipe = load(averaging)
    with pytest.raises(ValueError, match="frozen"):
        recipe.title = "another"  # type: ignore[misc]


def test_short_forms_are_the_long_ones(write_recipe: Callable[..., Path]) -> None:
    body = (
        "ports: {a: auto, b: {number: auto}}\nprocesses:\n  p: {role: tool, argv: [x], ready: [{log: y}]}\n"
    )
    recipe = load(write_recipe(body))
    assert recipe.ports["a"] == recipe.ports["b"]
    ready = recipe.processes["p"].ready
    assert ready is not None
    assert (ready.timeout, len(ready.checks)) == (60.0, 1)


def test_an_alias_may_repeat_a_part(write_recipe: Callable[..., Path]) -> None:
    body = "processes:\n  a: {role: tool, argv: &words [x, y]}\n  b: {role: tool, argv: *words}\n"
    processes = load(write_recipe(body)).processes
    assert processes["a"].argv == processes["b"].argv == ("x", "y")


def test_yaml_is_version_1_2(tmp_path: Path) -> None:
    document = parse(
        tmp_path, "a: yes\nb: 012\nc: 0o17\nd: 2020-01-01\ne: 1_000\nf: 1:30\ng: .inf\nh: ~\ni: 'x'\n"
    )
    assert document.data == {
        "a": "yes",
        "b": 12,
        "c": 15,
        "d": "2020-01-01",
        "e": "1_000",
        "f": "1:30",
        "g": float("inf"),
        "h": None,
        "i": "x",
    }


def test_a_byte_order_mark_and_windows_lines_are_read(tmp_path: Path, averaging: Path) -> None:
    text = (averaging / "recipe.yaml").read_text().replace("template: plan.json", "text: x")
    file = tmp_path / "recipe.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert load(file).title == "Three programs average their numbers"


def test_loading_a_recipe_imports_little(averaging: Path) -> None:
    code = (
        "import json, sys\nfrom pathlib import Path\nfrom fltui.recipe.load import load\n"
        "load(Path(sys.argv[1]))\nprint(json.dumps(sorted({name.partition('.')[0] for name in sys.modules})))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code, str(averaging)], capture_output=True, text=True, check=True
    ).stdout
    heavy = {
        "click",
        "rich",
        "textual",
        "psutil",
        "numpy",
        "pynvml",
        "asyncio",
        "jsonschema",
        "difflib",
        "uv",
    }
    assert set(json.loads(printed)) & heavy == set()
