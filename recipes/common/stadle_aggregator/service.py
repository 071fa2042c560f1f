"""The gRPC server around the conversation, and the life of an aggregator from its start to its end."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc

from stadle_aggregator import state_folder
from stadle_aggregator.conversation import Conversation
from stadle_aggregator.event_line import tell
from stadle_aggregator.federation import Federation, Recorder, Settings
from stadle_aggregator.wire import (
    METHOD,
    MOST_BYTES,
    MOST_MESSAGE_BYTES,
    TooLarge,
    WireError,
    decode,
    encode,
    join,
    split,
)

TICK_S = 0.25
THREADS = 16
QUIET_S = 7.0  # agents ask every 3 s while they are connected: after that they have all gone
LINGER_S = 60.0


class PortTaken(Exception):
    """Something else listens there."""


@dataclass(frozen=True)
class Place:
    """Where it listens (port 0: a free one), what agents must know to register, where its state lies, and how
    large a request may be."""

    port: int
    token: str
    state: Path
    address: str = "127.0.0.1"  # whoever reaches the port of STADLE's client can make it run code
    most_bytes: int = MOST_BYTES


def serve(place: Place, settings: Settings, record: Recorder, finish: Callable[[], None]) -> str:
    """Runs a federation to its end and returns "" or a sentence about why it was given up.

    `record(round, weights, updates)`: see Federation. `finish()` is called when the last round is done,
    while the agents fetch it. Raises PortTaken and StateError.
    """
    federation = Federation(settings, tell, time.monotonic, record)
    goes_on = state_folder.restore(place.state, federation)
    conversation = Conversation(
        federation, place.token, tell, lambda: state_folder.save(place.state, federation)
    )
    calls = _Calls(conversation, place.most_bytes)
    server, conversation.port = _start(place, calls)
    came_from = f"goes on after round {federation.round}" if goes_on else "no base model yet"
    where = f"{place.address}:{conversation.port}"
    tell("listening", f"aggregator listening on {where}, {came_from}", port=conversation.port)
    if goes_on and federation.model is not None:
        federation.tell_where_it_is()
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        return _live(federation, conversation, calls, finish, stop)
    finally:
        server.stop(grace=1).wait()


def _live(
    federation: Federation,
    conversation: Conversation,
    calls: _Calls,
    finish: Callable[[], None],
    stop: threading.Event,
) -> str:
    while not stop.wait(TICK_S):
        with conversation.lock:
            federation.tick()
            if federation.failed:
                return federation.failed
            if federation.finished:
                break
    if stop.is_set():
        return "it was stopped"
    finish()
    until = time.monotonic() + LINGER_S
    while not stop.wait(TICK_S) and (time.monotonic() < until or not calls.quiet_s):
        with conversation.lock:
            if federation.everybody_has_the_last and calls.quiet_s > QUIET_S:
                break
    tell("end", f"all {federation.settings.rounds} rounds are done, and the agents have left")
    return ""


class _Calls:
    """Answers one call: a request in chunks, a reply in chunks."""

    def __init__(self, conversation: Conversation, most_bytes: int) -> None:
        self._conversation, self._most_bytes = conversation, most_bytes
        self._lock, self._under_way, self._last = threading.Lock(), 0, time.monotonic()

    @property
    def quiet_s(self) -> float:
        """Seconds since the last reply had been sent; 0 while one is, which takes long for a large model."""
        return 0.0 if self._under_way else time.monotonic() - self._last

    def __call__(self, messages: Iterable[bytes], context: Any) -> Iterator[bytes]:
        with self._lock:
            self._under_way += 1
        try:
            yield from self._answer(messages, context)
        finally:
            with self._lock:
                self._under_way, self._last = self._under_way - 1, time.monotonic()

    def _answer(self, messages: Iterable[bytes], context: Any) -> Iterator[bytes]:
        try:
            name, data = join(map(decode, messages), self._most_bytes)
        except TooLarge as problem:
            # A reply ends STADLE's client with this sentence; after an error of gRPC's it tries again.
            yield from map(encode, split(problem.message_id, self._conversation.refuse(str(problem))))
            return
        except WireError as problem:
            tell("refused", f"refused a request: {problem}", "error", why=str(problem))
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(problem))
            return
        yield from map(encode, split(name, self._conversation.reply_to(data)))


def _start(place: Place, calls: _Calls) -> tuple[grpc.Server, int]:
    service, method = METHOD.strip("/").split("/")
    handler = grpc.stream_stream_rpc_method_handler(calls)
    server = grpc.server(
        ThreadPoolExecutor(THREADS, thread_name_prefix="agent"),
        handlers=[grpc.method_handlers_generic_handler(service, {method: handler})],
        options=[
            ("grpc.max_receive_message_length", MOST_MESSAGE_BYTES),
            ("grpc.max_send_message_length", MOST_MESSAGE_BYTES),
            ("grpc.so_reuseport", 0),  # else a second aggregator takes half of the agents
        ],
    )
    try:
        bound = server.add_insecure_port(f"{place.address}:{place.port}")
    except RuntimeError:
        bound = 0
    if bound == 0:
        raise PortTaken(f"port {place.port} on {place.address} is taken by somebody else")
    server.start()
    return server, bound
