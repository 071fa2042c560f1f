"""Reads a pickle and makes nothing of it but plain values, arrays and the few things the protocol names.

A pickle is a program: whoever reaches the port could let it call anything. Three fences:
- opcodes: only those that plain data needs, and as many as a model with thousands of arrays has
- names: only those of the table below, and each gives a stand-in of ours, never the thing itself
- arrays: numpy never sees what came; type, shape and size are checked and then read with frombuffer
"""

from __future__ import annotations

import io
import math
import pickle
import pickletools
import struct
from dataclasses import dataclass
from typing import Any

import numpy as np

MOST_OPCODES = 400_000
MOST_NODES = 200_000
DEEPEST = 20

_OPCODES = frozenset(
    [
        "PROTO",
        "FRAME",
        "STOP",
        "MEMOIZE",
        "PUT",
        "BINPUT",
        "LONG_BINPUT",
        "GET",
        "BINGET",
        "LONG_BINGET",
        "MARK",
        "POP",
        "POP_MARK",
        "DUP",
        "NONE",
        "NEWTRUE",
        "NEWFALSE",
        "INT",
        "BININT",
        "BININT1",
        "BININT2",
        "LONG",
        "LONG1",
        "LONG4",
        "FLOAT",
        "BINFLOAT",
        "STRING",
        "BINSTRING",
        "SHORT_BINSTRING",
        "UNICODE",
        "SHORT_BINUNICODE",
        "BINUNICODE",
        "BINUNICODE8",
        "SHORT_BINBYTES",
        "BINBYTES",
        "BINBYTES8",
        "EMPTY_LIST",
        "APPEND",
        "APPENDS",
        "LIST",
        "EMPTY_TUPLE",
        "TUPLE",
        "TUPLE1",
        "TUPLE2",
        "TUPLE3",
        "EMPTY_DICT",
        "DICT",
        "SETITEM",
        "SETITEMS",
        "GLOBAL",
        "STACK_GLOBAL",
        "REDUCE",
        "NEWOBJ",
        "BUILD",
    ]
)


# What a broken pickle makes the unpickler raise.
_BROKEN = (
    *(pickle.UnpicklingError, struct.error, ArithmeticError, AssertionError, AttributeError, EOFError),
    *(LookupError, MemoryError, RuntimeError, TypeError, ValueError),  # RecursionError is a RuntimeError
)


class RefusedPickle(ValueError):
    """The pickle is not plain data."""


@dataclass(frozen=True)
class Member:
    """A member of one of the protocol's enumerations, by its value."""

    enum: str
    value: int

    def __setstate__(self, state: object) -> None:
        raise RefusedPickle("a state for a member of an enumeration")


@dataclass(frozen=True)
class BaseModel:
    """A base model's state: `_name`, `_type`, `_id`, `_ser_obj`, `_weights`, whatever it has."""

    state: dict[str, Any]


def loads(data: bytes) -> Any:
    """The value in `data`. Raises RefusedPickle, naming what was asked for."""
    _look_at_opcodes(data)
    try:
        found = _Reader(io.BytesIO(data)).load()
        return _Plain().of(found)
    except RefusedPickle:
        raise
    except RecursionError:
        raise RefusedPickle("a pickle that is nested too deeply") from None
    except _BROKEN as error:
        raise RefusedPickle(f"no pickle of plain data ({type(error).__name__}: {error})") from None


def _look_at_opcodes(data: bytes) -> None:
    count = 0
    try:
        for opcode, argument, _ in pickletools.genops(data):
            count += 1
            if opcode.name not in _OPCODES:
                raise RefusedPickle(f"the opcode {opcode.name}")
            if count > MOST_OPCODES:
                raise RefusedPickle(f"a pickle of over {MOST_OPCODES:,} opcodes")
            # The unpickler makes its memo as long as the greatest number asks for.
            if opcode.name in ("PUT", "LONG_BINPUT") and int(argument or 0) > MOST_OPCODES:
                raise RefusedPickle(f"the memo's place {argument}")
    except RefusedPickle:
        raise
    except _BROKEN as error:
        raise RefusedPickle(f"no pickle ({type(error).__name__}: {error})") from None


# -- stand-ins: what the pickle's names give -------------------------------------------------------
# Each is a class with a __setstate__, so that BUILD on the class itself fails and changes nothing.


class _Array:
    """numpy.ndarray, with its state as it came."""

    state: tuple[Any, ...] | None = None

    def __init__(self, *ignored: object) -> None:
        """numpy's _reconstruct gives type, empty shape and type code: all comes again in the state."""

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        self.state = state


class _Dtype:
    """numpy.dtype of plain numbers."""

    def __init__(self, code: str, *ignored: object) -> None:
        if not isinstance(code, str) or code not in (
            "f2",
            "f4",
            "f8",
            "i1",
            "i2",
            "i4",
            "i8",
            "u1",
            "u2",
            "b1",
        ):
            raise RefusedPickle(f"an array of the type {code!r}")
        self.code, self.order = code, "<"

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        if state[1] not in ("<", ">", "|", "="):
            raise RefusedPickle(f"the byte order {state[1]!r}")
        self.order = state[1]

    @property
    def numpy(self) -> np.dtype[Any]:
        return np.dtype(self.order + self.code)


class _Scalar:
    """A numpy number."""

    def __init__(self, dtype: _Dtype, data: bytes) -> None:
        if not isinstance(dtype, _Dtype) or not isinstance(data, bytes):
            raise RefusedPickle("a numpy number that is none")
        self.value = np.frombuffer(data, dtype.numpy, count=1)[0].item()

    def __setstate__(self, state: object) -> None:
        raise RefusedPickle("a state for a numpy number")


class _State:
    """BaseModel: takes any state and does nothing with it. (Its __init__ is not called by NEWOBJ.)"""

    state: Any = None

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.state = state


class _Dictionary:
    """collections.OrderedDict, filled by SETITEMS (torch's state_dict is one)."""

    def __init__(self) -> None:
        self.items: dict[Any, Any] = {}

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items[key] = value

    def __setstate__(self, state: object) -> None:
        if state:
            raise RefusedPickle("a state for a dictionary")


def _enum(name: str) -> type:
    class Value:
        """One enumeration: calling it gives a member."""

        def __new__(cls, value: object) -> Any:
            if type(value) is not int:
                raise RefusedPickle(f"{name} of {value!r:.40}")
            return Member(name, value)

        def __setstate__(self, state: object) -> None:
            raise RefusedPickle("a state for an enumeration")

    return Value


_ENUMS = ("AgentMsgType", "AggMsgType")
_NAMES: dict[tuple[str, str], Any] = {
    **{("stadle.lib.util.states", name): _enum(name) for name in _ENUMS},
    ("stadle.lib.entity.model", "BaseModel"): _State,
    ("numpy", "ndarray"): _Array,
    ("numpy", "dtype"): _Dtype,
    ("collections", "OrderedDict"): _Dictionary,
    **{(f"numpy.{core}.multiarray", "_reconstruct"): _Array for core in ("core", "_core")},
    **{(f"numpy.{core}.multiarray", "scalar"): _Scalar for core in ("core", "_core")},
}


class _Reader(pickle.Unpickler):
    def find_class(self, module: str, name: str) -> Any:
        try:
            return _NAMES[module, name]
        except KeyError:
            raise RefusedPickle(f"the name {module}.{name}") from None

    def persistent_load(self, pid: Any) -> Any:
        raise RefusedPickle("a persistent id")


class _Plain:
    """Turns stand-ins into values, with a limit: ten lists that hold each other ten times are 10^10."""

    def __init__(self) -> None:
        self._nodes = 0

    def of(self, value: Any, depth: int = 0) -> Any:
        self._nodes += 1
        if depth > DEEPEST or self._nodes > MOST_NODES:
            raise RefusedPickle("a pickle that is nested too deeply, or too large")
        if value is None or type(value) in (bool, int, float, str, bytes, Member):
            return value
        if type(value) in (list, tuple):
            return type(value)(self.of(item, depth + 1) for item in value)
        if type(value) is _Dictionary:
            value = value.items
        if type(value) is dict:
            return {self._key(key): self.of(item, depth + 1) for key, item in value.items()}
        if type(value) is _Array:
            return _array(value)
        if type(value) is _Scalar:
            return value.value
        if type(value) is _State:
            state = self.of({} if value.state is None else value.state, depth + 1)
            if not isinstance(state, dict):
                raise RefusedPickle("a base model whose state is no dictionary")
            return BaseModel(state)
        raise RefusedPickle(f"a {type(value).__name__.strip('_')} that stands alone")

    def _key(self, key: Any) -> Any:
        if type(key) not in (str, int, float, bool):
            raise RefusedPickle(f"a dictionary with a key of the type {type(key).__name__}")
        return key


def _array(found: _Array) -> np.ndarray[Any, Any]:
    state = found.state
    if not isinstance(state, tuple) or len(state) != 5:
        raise RefusedPickle("an array without its five-part state")
    _, shape, dtype, fortran, data = state
    sound = isinstance(shape, tuple) and len(shape) <= 32 and all(type(n) is int and n >= 0 for n in shape)
    if not (sound and isinstance(dtype, _Dtype) and isinstance(data, bytes)):
        raise RefusedPickle("an array that is no array of numbers")
    if math.prod(shape) * dtype.numpy.itemsize != len(data):
        raise RefusedPickle(f"an array of the shape {shape} in {len(data)} bytes")
    flat = np.frombuffer(data, dtype.numpy)
    array = flat.reshape(shape, order="F" if fortran else "C")
    # In this machine's byte order and in the order of its axes, and ours to change.
    return np.array(array, dtype=dtype.numpy.newbyteorder("="), order="C")
