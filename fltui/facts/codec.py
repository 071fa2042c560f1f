"""Frozen dataclasses to JSON values and back, strictly: a missing or unknown key is an error."""

from __future__ import annotations

import dataclasses
import enum
import functools
import math
import types
import typing
from collections.abc import Mapping
from typing import Any, TypeVar

T = TypeVar("T")
_NOT_FINITE = ("nan", "inf", "-inf")


class CodecError(ValueError):
    """A JSON value does not have the shape of the dataclass it claims to be."""


def to_json(value: Any) -> Any:
    """A value built of dataclasses, enums, mappings and tuples as plain JSON types."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {name: to_json(getattr(value, name)) for name in _field_names(type(value))}
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, Mapping):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_json(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON knows no such number; "nan", "inf" and "-inf" read back as floats
    return value


def from_json(kind: type[T], value: Any, where: str = "") -> T:
    """`value` as an instance of the dataclass `kind`.

    Raises CodecError with the path of the first value that does not fit.
    """
    result: T = _read(kind, value, where or kind.__name__)
    return result


@functools.cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@functools.cache
def _hints(kind: type) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def _read(hint: Any, value: Any, where: str) -> Any:
    origin = typing.get_origin(hint)
    if origin in (typing.Union, types.UnionType):
        return _read_union(typing.get_args(hint), value, where)
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise CodecError(f"{where}: expected a list, got {value!r}")
        parts = typing.get_args(hint)
        if len(parts) == 2 and parts[1] is Ellipsis:
            return tuple(_read(parts[0], item, f"{where}[{i}]") for i, item in enumerate(value))
        if len(parts) != len(value):
            raise CodecError(f"{where}: expected {len(parts)} items, got {len(value)}")
        pairs = zip(parts, value, strict=True)
        return tuple(_read(part, item, f"{where}[{i}]") for i, (part, item) in enumerate(pairs))
    if origin is not None and isinstance(origin, type) and issubclass(origin, Mapping):
        if not isinstance(value, Mapping):
            raise CodecError(f"{where}: expected an object, got {value!r}")
        item_hint = typing.get_args(hint)[1]
        return {key: _read(item_hint, item, f"{where}.{key}") for key, item in value.items()}
    if hint is Any:
        return value
    if dataclasses.is_dataclass(hint):
        return _read_dataclass(hint, value, where)
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        try:
            return hint(value)
        except ValueError as error:
            raise CodecError(f"{where}: {error}") from None
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if hint is float and value in _NOT_FINITE:
        return float(value)
    if isinstance(hint, type) and isinstance(value, hint):
        if isinstance(value, bool) and hint is not bool:
            raise CodecError(f"{where}: expected {hint.__name__}, got {value!r}")
        return value
    raise CodecError(f"{where}: expected {getattr(hint, '__name__', hint)}, got {value!r}")


def _read_union(options: tuple[Any, ...], value: Any, where: str) -> Any:
    if value is None and type(None) in options:
        return None
    first: CodecError | None = None
    for option in options:
        if option is type(None):
            continue
        try:
            return _read(option, value, where)
        except CodecError as error:
            first = first or error
    raise first or CodecError(f"{where}: unexpected {value!r}")


def _read_dataclass(kind: Any, value: Any, where: str) -> Any:
    if not isinstance(value, Mapping):
        raise CodecError(f"{where}: expected an object, got {value!r}")
    hints = _hints(kind)
    unknown = set(value) - set(hints)
    if unknown:
        raise CodecError(f"{where}: unknown key {sorted(unknown)[0]!r}")
    known = {name: _read(hints[name], item, f"{where}.{name}") for name, item in value.items()}
    try:
        return kind(**known)
    except TypeError as error:
        raise CodecError(f"{where}: {error}") from None
