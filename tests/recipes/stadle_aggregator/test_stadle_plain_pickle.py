"""A pickle that comes from an agent makes plain data or nothing: no code runs, whatever it asks for."""

from __future__ import annotations

import collections
import importlib.metadata
import os
import pickle
import pickletools
import random
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from stadle_aggregator import plain_pickle, vocabulary
from stadle_aggregator.plain_pickle import BaseModel, Member, RefusedPickle, loads
from stadle_aggregator.vocabulary import AgentMsgType, AggMsgType, dumps


class Asks:
    """Pickles as a call of `function(*arguments)`."""

    def __init__(self, function: Any, *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Any, ...]:
        return self.call


# -- what is read ------------------------------------------------------------------------------------


def test_a_request_of_the_protocol_is_read_as_it_was_written() -> None:
    arrays = {"layer_0": np.arange(6, dtype=np.float32).reshape(2, 3), "layer_1": np.zeros(3, np.float64)}
    request = [
        AgentMsgType.update,
        {"agent_id": "a", "models": arrays, "agg_weight": 7, "performance_dict": {}},
    ]
    kind, about = loads(dumps(request))
    assert kind == Member("AgentMsgType", 1)
    assert about["agg_weight"] == 7
    for name, array in arrays.items():
        np.testing.assert_array_equal(about["models"][name], array)
        assert about["models"][name].dtype == array.dtype


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("dtype", ["f2", "<f4", ">f4", "f8", "i1", "i8", "u1", "b1"])
def test_arrays_of_numbers_are_read(dtype: str, protocol: int) -> None:
    array = np.arange(12).astype(dtype).reshape(3, 4)
    if protocol in (0, 1, 2):  # there bytes are written as an encoded text, which is a call of a codec
        with pytest.raises(RefusedPickle):
            loads(pickle.dumps(array, protocol))
        return
    if protocol == 5:  # buffers of their own; the client writes 4
        with pytest.raises(RefusedPickle):
            loads(pickle.dumps(array, protocol))
        return
    found = loads(pickle.dumps(array, protocol))
    np.testing.assert_array_equal(found, array)
    assert found.dtype == array.dtype.newbyteorder("=")
    assert found.flags.writeable
    assert found.flags.c_contiguous


@pytest.mark.parametrize(
    "array", [np.asfortranarray(np.arange(6.0).reshape(2, 3)), np.array(2.5), np.zeros((0, 3))]
)
def test_arrays_of_any_shape_and_order_are_read(array: np.ndarray[Any, Any]) -> None:
    np.testing.assert_array_equal(loads(pickle.dumps(array, 4)), array)


def test_a_number_of_numpys_becomes_a_number() -> None:
    assert loads(pickle.dumps({"accuracy": np.float32(0.5), "n": np.int64(3)}, 4)) == {
        "accuracy": 0.5,
        "n": 3,
    }


def test_the_names_of_numpy_1_are_known_too() -> None:
    data = pickle.dumps(np.arange(3.0), 4).replace(
        b"\x8c\x16numpy._core.multiarray", b"\x8c\x15numpy.core.multiarray"
    )
    assert b"numpy.core" in data
    # The frame's length counts the byte that is gone.
    data = data[:3] + struct.pack("<Q", struct.unpack("<Q", data[3:11])[0] - 1) + data[11:]
    np.testing.assert_array_equal(loads(data), np.arange(3.0))


def test_torchs_ordered_dictionary_becomes_a_dictionary() -> None:
    found = loads(pickle.dumps(collections.OrderedDict([("b", 1), ("a", 2)]), 4))
    assert type(found) is dict
    assert list(found.items()) == [("b", 1), ("a", 2)]


def test_a_base_model_is_its_state_and_nothing_more() -> None:
    model = vocabulary.BaseModel(
        {"_name": "m", "_type": 2, "_obj": None, "_weights": {"layer_0": np.ones(2)}}
    )
    found = loads(dumps([model]))[0]
    assert isinstance(found, BaseModel)
    assert found.state["_name"] == "m"
    np.testing.assert_array_equal(found.state["_weights"]["layer_0"], np.ones(2))


# -- what is refused ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Asks(os.system, "touch pwned"), "system"),
        (Asks(eval, "1"), "eval"),
        (Asks(getattr, {}, "clear"), "getattr"),
        (Asks(subprocess.Popen, ["touch", "pwned"]), "Popen"),
        (Asks(__import__, "os"), "__import__"),
        (Asks(np.load, "pwned"), "numpy.load"),
        (Asks(np.fromfile, "/etc/hostname"), "numpy.fromfile"),
        ({"models": {"layer_0": Asks(os.system, "touch pwned")}}, "system"),
        (Path("/"), "pathlib"),
        (range(3), "range"),
        (object(), "object"),
        (AgentMsgType, "the name|stands alone"),
        (complex(1, 2), "complex"),
        (bytearray(b"x"), "bytearray|BYTEARRAY8"),
        ({1, 2}, "EMPTY_SET"),
    ],
)
def test_a_name_outside_the_protocol_is_refused_and_named(
    value: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for protocol in (2, 4):
        if name == "EMPTY_SET" and protocol == 2:
            continue
        with pytest.raises(RefusedPickle, match=name):
            loads(pickle.dumps(value, protocol))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "array",
    [
        np.array([Asks(os.system, "touch pwned")], dtype=object),
        np.array(["text"]),
        np.array([1 + 2j]),
        np.zeros(2, dtype=[("a", "f4")]),
        np.array(["2026-11-24"], dtype="M8[D]"),
    ],
)
def test_an_array_of_anything_but_numbers_is_refused(array: np.ndarray[Any, Any]) -> None:
    with pytest.raises(RefusedPickle):
        loads(pickle.dumps(array, 4))


def program(text: str) -> bytes:
    """A pickle by hand, in protocol 0's readable opcodes."""
    return text.encode("latin-1")


MODEL = "cstadle.lib.entity.model\nBaseModel\n"
STATE = "cstadle.lib.util.states\nAgentMsgType\n"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (program("cos\nsystem\n(S'touch pwned'\ntR."), "os.system|posix"),
        (program("(ios\nsystem\n."), "INST"),
        (program("(cos\nsystem\nS'x'\no."), "OBJ"),
        (program("Pname\n."), "PERSID"),
        (b"\x80\x04Nj\xff\xff\xff\xff.", "memo|KeyError|LookupError|UnpicklingError"),
        (b"\x80\x04Nr\xff\xff\xff\x7f.", "the memo's place"),
        (b"\x80\x04\x82\x01.", "EXT1"),
        (b"\x80\x05\x97.", "NEXT_BUFFER"),
        (program(f"{MODEL}(dS'__class__'\nI1\nsb."), "of plain data"),  # a state for the class itself
        (program(f"{MODEL}(dS'__setstate__'\nI1\nsb{MODEL})\x81."), "of plain data"),
        (program(f"{STATE}(I1\ntR(dS'value'\nI0\nsb."), "a state for a member"),
        (program(f"{STATE}(S'x'\ntR."), "of 'x'"),
        (b"\x80\x04]\x94h\x00a.", "nested too deeply"),  # a list that holds itself
        (b"", "no pickle"),
        (b"\x80\x04N", "no pickle"),
        (b"not a pickle", "no pickle"),
        (b"\x80\x04" + b"]" * 50 + b"a" * 49 + b".", "nested too deeply"),
        (b"\x80\x04\x8e" + struct.pack("<Q", 1 << 60) + b"x.", "no pickle"),
    ],
)
def test_a_pickle_made_by_hand_is_refused(
    data: bytes, why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RefusedPickle, match=why):
        loads(data)
    assert list(tmp_path.iterdir()) == []
    loads(dumps([AgentMsgType.participate, vocabulary.BaseModel({})]))  # the stand-ins are as they were


def test_lists_that_hold_each_other_often_do_not_fill_the_memory() -> None:
    value: list[Any] = ["x"]
    for _ in range(15):
        value = [value] * 10  # 10^15 leaves, in a pickle of some 300 bytes
    data = pickle.dumps(value, 4)
    assert len(data) < 1000
    with pytest.raises(RefusedPickle, match="too large"):
        loads(data)


def test_a_pickle_of_too_many_steps_is_refused() -> None:
    with pytest.raises(RefusedPickle, match="opcodes"):
        loads(b"\x80\x04" + b"N0" * plain_pickle.MOST_OPCODES + b"N.")


def test_an_array_whose_shape_is_larger_than_its_bytes_is_refused() -> None:
    data = pickle.dumps(np.zeros(200, np.float32), 4).replace(b"K\xc8\x85", b"K\xc9\x85")
    with pytest.raises(RefusedPickle, match="201"):
        loads(data)


def test_whatever_a_broken_pickle_does_it_is_a_refusal() -> None:
    whole = dumps(
        [AgentMsgType.update, {"a": np.arange(8, dtype=np.float32)}, vocabulary.BaseModel({"_name": "m"})]
    )
    rng = random.Random(0)
    refused = 0
    for _ in range(3000):
        data = bytearray(whole)
        for _ in range(rng.randint(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        data = data[: rng.randrange(len(data))] if rng.random() < 0.2 else data
        try:
            loads(bytes(data))
        except RefusedPickle:
            refused += 1
    assert refused > 1000


# -- what is written ---------------------------------------------------------------------------------


def test_a_reply_holds_the_clients_own_names_and_enumerations_by_value() -> None:
    data = dumps([AggMsgType.update, vocabulary.BaseModel({"_type": 2})])
    texts = [argument for opcode, argument, _ in pickletools.genops(data) if isinstance(argument, str)]
    assert texts[:2] == ["stadle.lib.util.states", "AggMsgType"]
    assert "stadle.lib.entity.model" in texts
    assert "BaseModel" in texts
    assert data[:2] == b"\x80\x04"


def test_nothing_of_stadles_client_is_needed_to_read_or_write() -> None:
    """In a Python that has no such package, which is the one of these tests."""
    assert [d.name for d in importlib.metadata.distributions() if "stadle" in (d.name or "").lower()] == []
    assert getattr(sys.modules["stadle"], "__file__", None) is None
