"""The JSON Schema of recipes, for editors: generated from the models, committed, guarded by a test."""

from __future__ import annotations

import json
from typing import Any

from fltui.recipe.recipe_model import Recipe

SCHEMA_FILE = "recipe.schema.json"


def schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of `recipe.yaml`. Short forms are allowed where the reader does."""
    found = Recipe.model_json_schema(by_alias=True)
    definitions = found["$defs"]
    definitions["Ready"] = _or_short(definitions["Ready"], definitions["Ready"]["properties"]["checks"])
    port = definitions["PortWish"]
    definitions["PortWish"] = _or_short(port, port["properties"]["number"])
    for definition in (found, *definitions.values()):
        _untitle(definition)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "fltui recipe",
        **found,
    }


def schema_text() -> str:
    """The text of the committed file."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _untitle(definition: Any) -> None:
    """Takes pydantic's titles away: they repeat the key, and editors show them first."""
    if isinstance(definition, dict):
        if isinstance(definition.get("title"), str):
            del definition["title"]
        for item in definition.values():
            _untitle(item)
    elif isinstance(definition, list):
        for item in definition:
            _untitle(item)


def _or_short(whole: dict[str, Any], short: dict[str, Any]) -> dict[str, Any]:
    brief = {key: value for key, value in short.items() if key not in ("default", "description", "title")}
    return {"anyOf": [whole, brief], "description": whole.get("description", "")}
