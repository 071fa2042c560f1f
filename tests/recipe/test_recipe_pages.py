"""The committed JSON Schema and reference page are what the models say now."""

from __future__ import annotations

import json
from pathlib import Path

from fltui.recipe.reference import reference
from fltui.recipe.schema import SCHEMA_FILE, schema_text

ROOT = Path(__file__).resolve().parents[2]


def test_the_committed_schema_is_current() -> None:
    committed = (ROOT / "recipes" / SCHEMA_FILE).read_text()
    assert committed == schema_text(), "stale: write it anew with `fltui schema > recipes/recipe.schema.json`"


def test_the_committed_reference_is_current() -> None:
    committed = (ROOT / "docs" / "recipe-reference.md").read_text()
    assert committed == reference(), "stale: python -m fltui.recipe.reference > docs/recipe-reference.md"


def test_every_mapping_of_the_schema_refuses_unknown_keys() -> None:
    definitions = json.loads(schema_text())["$defs"]
    mappings = [
        part
        for whole in definitions.values()
        for part in whole.get("anyOf", [whole])
        if part.get("type") == "object"
    ]
    assert len(mappings) >= 25
    assert all(part["additionalProperties"] is False for part in mappings)


def test_every_key_is_described() -> None:
    definitions = json.loads(schema_text())["$defs"]
    for name, whole in definitions.items():
        for part in whole.get("anyOf", [whole]):
            for key, item in part.get("properties", {}).items():
                assert item.get("description"), f"{name}.{key}"
