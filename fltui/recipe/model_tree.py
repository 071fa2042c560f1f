"""Walks the models: the texts of a recipe with their kind and path, and the model at a path."""

from __future__ import annotations

import functools
import types
import typing
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import BaseModel, Tag

from fltui.recipe.kinds import Kind

Place = tuple[str | int, ...]


def key_of(model: type[BaseModel], field: str) -> str:
    """The key in the file of a model's field."""
    return model.model_fields[field].alias or field


def leaves(value: Any, path: Place = (), kind: Kind | None = None) -> Iterator[tuple[Place, str, Kind]]:
    """Every text under `value` that a file gave, with its path and its kind."""
    if isinstance(value, BaseModel):
        model = type(value)
        kinds = kinds_of(model)
        for field in model.model_fields:
            if field in value.model_fields_set:
                yield from leaves(getattr(value, field), (*path, key_of(model, field)), kinds[field])
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key), kind)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from leaves(item, (*path, index), kind)
    elif isinstance(value, str) and kind is not None:
        yield path, value, kind


@functools.cache
def kinds_of(model: type[BaseModel]) -> dict[str, Kind | None]:
    """For each field of `model` the kind of its texts; None where it holds models or fixed words."""
    found: dict[str, Kind | None] = {}
    for field, info in model.model_fields.items():
        own = next((item for item in info.metadata if isinstance(item, Kind)), None)
        found[field] = own or _kind_in(info.annotation)
    return found


def _kind_in(hint: Any) -> Kind | None:
    if typing.get_origin(hint) is Annotated:
        kind = next((item for item in hint.__metadata__ if isinstance(item, Kind)), None)
        return kind or _kind_in(hint.__origin__)
    if typing.get_origin(hint) is dict:
        return _kind_in(typing.get_args(hint)[1])  # its keys are names
    for part in typing.get_args(hint):
        if (kind := _kind_in(part)) is not None:
            return kind
    return None


def model_for(model: type[BaseModel], path: Sequence[str | int]) -> type[BaseModel] | None:
    """The model of the mapping at `path` under `model`; branches of unions are named by their tags."""
    hint: Any = model
    for part in path:
        hint = _below(hint, part)
        if hint is None:
            return None
    hint = _bare(hint)
    return hint if isinstance(hint, type) and issubclass(hint, BaseModel) else None


def _below(hint: Any, part: str | int) -> Any:
    hint = _bare(hint)
    origin = typing.get_origin(hint)
    if origin is dict:
        return typing.get_args(hint)[1]
    if origin is tuple:
        return typing.get_args(hint)[0]
    if origin in (typing.Union, types.UnionType):
        return next((option for option in typing.get_args(hint) if Tag(str(part)) in _metadata(option)), None)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        for field, info in hint.model_fields.items():
            if part == (info.alias or field):
                return info.annotation
    return None


def _metadata(hint: Any) -> tuple[Any, ...]:
    return tuple(hint.__metadata__) if typing.get_origin(hint) is Annotated else ()


def _bare(hint: Any) -> Any:
    """`hint` without Annotated and without None."""
    while typing.get_origin(hint) is Annotated:
        hint = hint.__origin__
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        options = [option for option in typing.get_args(hint) if option is not type(None)]
        if len(options) == 1:
            return _bare(options[0])
    return hint
