"""What travels: chunks of at most 1 MiB, each a small protobuf message, written and read by hand.

    1 message_id string | 2 chunk_index int32 | 3 total_chunks int32 | 4 chunk_data bytes | 5 ack_only bool | 6 heavy bool

A request is the joined bytes of its chunks; the reply's chunks bear the request's message_id. (protobuf
itself would do it too, but every framework's environment has another version of it.)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

METHOD = "/CommService/ChunkedMessageStream"
CHUNK_BYTES = 1 << 20
MOST_MESSAGE_BYTES = 100 << 20  # the client's own limit for one gRPC message
MOST_BYTES = 1_200_000_000  # of a whole request: an upload holds its weights twice, VGG-16's are 537 MB

_VARINT, _LENGTH = 0, 2
_OTHER_SIZES = {1: 8, 5: 4}  # wire types we never write, but can step over


class WireError(ValueError):
    """What came is no message of this protocol."""


class TooLarge(WireError):
    """More bytes than are taken, in the request `message_id`."""

    def __init__(self, message_id: str, most_bytes: int) -> None:
        super().__init__(f"a request of over {most_bytes:,} bytes")
        self.message_id = message_id


@dataclass(frozen=True)
class Chunk:
    """One part of a request or reply."""

    message_id: str = ""
    index: int = 0
    total: int = 0
    data: bytes = b""
    ack_only: bool = False
    heavy: bool = False


def encode(chunk: Chunk) -> bytes:
    """The chunk as protobuf; fields that have their default are left out, as proto3 does."""
    name = chunk.message_id.encode()
    parts = [b"\x0a" + _varint(len(name)) + name] if name else []
    for tag, number in ((0x10, chunk.index), (0x18, chunk.total)):
        if number:
            parts.append(bytes([tag]) + _varint(number))
    if chunk.data:
        parts.append(b"\x22" + _varint(len(chunk.data)) + chunk.data)
    for tag, flag in ((0x28, chunk.ack_only), (0x30, chunk.heavy)):
        if flag:
            parts.append(bytes([tag, 1]))
    return b"".join(parts)


def decode(message: bytes) -> Chunk:
    """The opposite of `encode`; unknown fields are skipped. Raises WireError."""
    found: dict[int, bytes | int] = {}
    position = 0
    while position < len(message):
        tag, position = _read_varint(message, position)
        field, kind = tag >> 3, tag & 7
        if kind == _VARINT:
            found[field], position = _read_varint(message, position)
            continue
        if kind == _LENGTH:
            size, position = _read_varint(message, position)
        elif kind in _OTHER_SIZES:
            size = _OTHER_SIZES[kind]
        else:
            raise WireError(f"a field of the wire type {kind}")
        if position + size > len(message):
            raise WireError("a message that ends too early")
        if kind == _LENGTH:
            found[field] = message[position : position + size]
        position += size
    return Chunk(
        message_id=_text(found.get(1, b"")),
        index=_number(found.get(2, 0)),
        total=_number(found.get(3, 0)),
        data=_bytes(found.get(4, b"")),
        ack_only=bool(found.get(5, 0)),
        heavy=bool(found.get(6, 0)),
    )


def join(chunks: Iterable[Chunk], most_bytes: int = MOST_BYTES) -> tuple[str, bytes]:
    """The id and the bytes of one request. Raises WireError when a chunk is missing, TooLarge when too
    much comes."""
    name, total, size = "", 0, 0
    parts: list[bytes] = []
    for chunk in chunks:
        if not parts:
            name, total = chunk.message_id, chunk.total
        if (chunk.message_id, chunk.index, chunk.total) != (name, len(parts), total):
            raise WireError(f"chunk {chunk.index} of {chunk.total}, after {len(parts)} of {total}")
        size += len(chunk.data)
        if size > most_bytes:
            raise TooLarge(name, most_bytes)
        parts.append(chunk.data)
    if not parts or len(parts) != total:
        raise WireError(f"{len(parts)} chunks, although {total} were announced")
    return name, b"".join(parts)


def split(message_id: str, data: bytes) -> Iterator[Chunk]:
    """`data` as the chunks of one reply (or request); at least one."""
    total = max(1, -(-len(data) // CHUNK_BYTES))
    for index in range(total):
        part = data[index * CHUNK_BYTES : (index + 1) * CHUNK_BYTES]
        yield Chunk(message_id, index, total, part)


def _varint(number: int) -> bytes:
    parts = bytearray()
    while number > 0x7F:
        parts.append(number & 0x7F | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


def _read_varint(message: bytes, position: int) -> tuple[int, int]:
    number = 0
    for shift in range(0, 70, 7):
        if position >= len(message):
            raise WireError("a number that ends too early")
        byte = message[position]
        position += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, position
    raise WireError("a number of over ten bytes")


def _text(value: bytes | int) -> str:
    try:
        return _bytes(value).decode()
    except UnicodeDecodeError:
        raise WireError("a message_id that is no text") from None


def _bytes(value: bytes | int) -> bytes:
    if isinstance(value, int):
        raise WireError("a number where bytes belong")
    return value


def _number(value: bytes | int) -> int:
    if not isinstance(value, int):
        raise WireError("bytes where a number belongs")
    return value if value < 1 << 31 else -1  # an int32 below zero travels as a huge one; none is valid
