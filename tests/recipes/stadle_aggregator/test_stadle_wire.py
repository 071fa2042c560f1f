"""The chunks that travel between STADLE's client and an aggregator, read and written by hand."""

from __future__ import annotations

import pytest

from stadle_aggregator.wire import CHUNK_BYTES, Chunk, WireError, decode, encode, join, split


def test_a_message_is_the_bytes_that_protobuf_makes_of_it() -> None:
    chunk = Chunk("id", 1, 300, b"\x00\xff", ack_only=True, heavy=True)
    # field 1 (text), 2 and 3 (varints; 300 takes two bytes), 4 (bytes), 5 and 6 (bools)
    assert encode(chunk) == bytes.fromhex("0a02696410011" + "8ac02" + "220200ff" + "28013001")


def test_what_is_nothing_does_not_travel() -> None:
    assert encode(Chunk()) == b""
    assert decode(b"") == Chunk()


@pytest.mark.parametrize(
    "chunk",
    [Chunk("m", 0, 1, b"x"), Chunk("é" * 100, 127, 128, bytes(70_000)), Chunk("", 5, 1 << 20, b"", True)],
)
def test_what_was_written_is_read(chunk: Chunk) -> None:
    assert decode(encode(chunk)) == chunk


def test_fields_of_a_later_version_are_stepped_over() -> None:
    later = b"\x3a\x03abc" + b"\x40\x05" + b"\x4d\x00\x00\x00\x00" + b"\x51" + bytes(8)
    assert decode(later + encode(Chunk("m", 0, 1, b"x"))) == Chunk("m", 0, 1, b"x")


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (b"\x0a\x05ab", "ends too early"),
        (b"\x10", "ends too early"),
        (b"\x10" + b"\xff" * 11, "ten bytes"),
        (b"\x0b", "wire type 3"),
        (b"\x08\x01", "a number where bytes belong"),
        (b"\x12\x01a", "bytes where a number belongs"),
        (b"\x0a\x01\xff", "no text"),
    ],
)
def test_what_is_no_message_is_refused(message: bytes, why: str) -> None:
    with pytest.raises(WireError, match=why):
        decode(message)


@pytest.mark.parametrize("size", [0, 1, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES])
def test_a_request_is_joined_from_its_chunks(size: int) -> None:
    data = bytes(range(256)) * (size // 256) + b"z" * (size % 256)
    chunks = list(split("m", data))
    assert len(chunks) == max(1, -(-size // CHUNK_BYTES))
    assert join(chunks) == ("m", data)


A, B, C = split("m", bytes(2 * CHUNK_BYTES + 1))


@pytest.mark.parametrize(
    "chunks",
    [
        [],
        [A, B],  # one too few
        [A, C, B],  # in another order
        [A, A, C],
        [A, B, C, Chunk("m", 3, 3, b"x")],
        [A, Chunk("other", 1, 3, B.data), C],
        [Chunk("m", 0, 0, b"x")],
        [Chunk("m", -1, 1, b"x")],
    ],
)
def test_chunks_that_do_not_belong_together_are_refused(chunks: list[Chunk]) -> None:
    with pytest.raises(WireError):
        join(chunks)


def test_a_request_is_not_collected_beyond_a_limit() -> None:
    def endless() -> object:
        index = 0
        while True:
            yield Chunk("m", index, 1 << 30, bytes(1000))
            index += 1

    with pytest.raises(WireError, match="over 5,000 bytes"):
        join(endless(), most_bytes=5_000)  # type: ignore[arg-type]
