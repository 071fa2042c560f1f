"""The kinds of value that a recipe's fields take, and where expressions may stand in them.

Each kind is an annotated type for pydantic; the `Kind` in its metadata tells the static check and
the plan how to treat expressions. Validation here only looks at what the file says: a text that is
an expression passes, its value is checked when it is known.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import PlainValidator, WithJsonSchema

from fltui.recipe.durations import PATTERN as DURATION_PATTERN
from fltui.recipe.durations import seconds
from fltui.recipe.expressions import has_expression
from fltui.recipe.scalars import plain, text_of

_EXPRESSION_SCHEMA = {
    "type": "string",
    "pattern": r"^\s*\$\{\{.*\}\}\s*$",
    "description": "an expression, e.g. ${{ params.rounds }}",
}
_SCALARS = ["string", "number", "boolean"]
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Kind:
    """How a field treats expressions. `wants`: text, pattern, int, number, bool, duration,
    condition, port or literal (none may stand there). `secrets`: a secret input may; `late`: a port
    or a run's folder may, which are known only when a run is planned."""

    wants: str
    secrets: bool = False
    late: bool = True


def shown(value: object) -> str:
    """What a value of a file is, in words."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if isinstance(value, bool):
        return f"{str(value).lower()}"
    return repr(plain(value)) if isinstance(value, str) else str(plain(value))


def _text(value: object) -> str:
    text = text_of(value)
    if text is None:
        raise ValueError(f"here stands text, not {shown(value)}")
    if "\0" in text:
        raise ValueError("text cannot hold a NUL character")
    return text


def _literal(value: object) -> str:
    text = _text(value)
    if has_expression(text):
        raise ValueError("an expression cannot stand here")
    return text


def _whole(value: object) -> int | str:
    if isinstance(value, str) and has_expression(value):
        return value
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"here stands a whole number, not {shown(value)}")
    return int(value)


def _number(value: object) -> float | str:
    if isinstance(value, str) and has_expression(value):
        return value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"here stands a number, not {shown(value)}")
    return float(value)


def _plain_number(value: object) -> float | int:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError(f"here stands a number, not {shown(value)}")
    return float(value) if isinstance(value, float) else int(value)


def _plain_flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"here stands true or false, not {shown(value)}")
    return value


def _duration(value: object) -> float | str:
    if isinstance(value, str) and has_expression(value):
        return value
    if not isinstance(value, (int, float, str)) or isinstance(value, bool):
        raise ValueError(f"here stands a duration such as 30s or 10m, not {shown(value)}")
    return seconds(plain(value))


def _conditions(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, list) else [value]
    if not items:
        raise ValueError("an empty list is no condition")
    return tuple(_text(item) for item in items)


def _port_number(value: object) -> int | str:
    if isinstance(value, str) and (value == "auto" or has_expression(value)):
        return value
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 65535:
        raise ValueError(f"a port is auto or a number from 1 to 65535, not {shown(value)}")
    return int(value)


def _name(value: object) -> str:
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(
            f"{shown(value)} is no name; a name has a letter first, then letters, digits, - and _, 40 at most"
        )
    return value


def _variable(value: object) -> str:
    if not isinstance(value, str) or not _VARIABLE.fullmatch(value):
        raise ValueError(f"{shown(value)} is no name of an environment variable")
    return value


def _scalar(value: object) -> Any:
    if isinstance(value, (dict, list)):
        raise ValueError(f"here stands one value, not {shown(value)}")
    return value


def _either(schema: dict[str, Any]) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [schema, _EXPRESSION_SCHEMA]})


_TEXT_SCHEMA = WithJsonSchema({"type": _SCALARS})

Text = Annotated[str, PlainValidator(_text), _TEXT_SCHEMA, Kind("text")]
SecretText = Annotated[str, PlainValidator(_text), _TEXT_SCHEMA, Kind("text", secrets=True)]
EarlyText = Annotated[str, PlainValidator(_text), _TEXT_SCHEMA, Kind("text", late=False)]
Literal_ = Annotated[str, PlainValidator(_literal), _TEXT_SCHEMA, Kind("literal")]
Pattern = Annotated[
    str, PlainValidator(_text), WithJsonSchema({"type": "string", "format": "regex"}), Kind("pattern")
]
Whole = Annotated[int | str, PlainValidator(_whole), _either({"type": "integer"}), Kind("int", late=False)]
Number = Annotated[
    float | str, PlainValidator(_number), _either({"type": "number"}), Kind("number", late=False)
]
PlainFlag = Annotated[bool, PlainValidator(_plain_flag), WithJsonSchema({"type": "boolean"}), Kind("literal")]
PlainNumber = Annotated[
    float | int, PlainValidator(_plain_number), WithJsonSchema({"type": "number"}), Kind("literal")
]
Duration = Annotated[
    float | str,
    PlainValidator(_duration),
    _either({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": DURATION_PATTERN}]}),
    Kind("duration", late=False),
]
When = Annotated[
    tuple[str, ...],
    PlainValidator(_conditions),
    WithJsonSchema(
        {"anyOf": [{"type": _SCALARS}, {"type": "array", "items": {"type": _SCALARS}, "minItems": 1}]}
    ),
    Kind("condition", late=False),
]
PortNumber = Annotated[
    int | str,
    PlainValidator(_port_number),
    _either({"anyOf": [{"const": "auto"}, {"type": "integer", "minimum": 1, "maximum": 65535}]}),
    Kind("port", late=False),
]
Name = Annotated[
    str, PlainValidator(_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME.pattern}$"})
]
Variable = Annotated[
    str, PlainValidator(_variable), WithJsonSchema({"type": "string", "pattern": f"^{_VARIABLE.pattern}$"})
]
Scalar = Annotated[
    Any, PlainValidator(_scalar), WithJsonSchema({"type": [*_SCALARS, "null"]}), Kind("literal")
]
