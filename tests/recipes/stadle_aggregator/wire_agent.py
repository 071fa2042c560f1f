"""Speaks to an aggregator as STADLE's client does, without it: gRPC, chunks, pickles.

Runs in an environment with grpcio. Each line of its input is a JSON object and gets one as its answer:
    {"ask": ["participate", {...}]}      a request; {"array": [1, 2], "times": 3} in it is a float32 array
    {"pickle": "8004..."}                these bytes as one request, in hex
    {"messages": ["0a..", ...]}          these protobuf messages, as they are
An answer is {"reply": ...}, arrays as {"mean": ..., "size": ...}; or {"status": "INVALID_ARGUMENT", ...}.
"""

from __future__ import annotations

import json
import sys
from typing import Any

import grpc
import numpy as np

from stadle_aggregator import plain_pickle
from stadle_aggregator.plain_pickle import BaseModel, Member
from stadle_aggregator.vocabulary import AgentMsgType, dumps
from stadle_aggregator.vocabulary import BaseModel as SentModel
from stadle_aggregator.wire import METHOD, decode, encode, join, split


def sent(value: Any) -> Any:
    """A JSON value as what it stands for."""
    if isinstance(value, dict) and "array" in value:
        return np.tile(np.array(value["array"], np.float32), value.get("times", 1))
    if isinstance(value, dict) and "base_model_state" in value:
        return SentModel(sent(value["base_model_state"]))
    if isinstance(value, dict):
        return {key: sent(item) for key, item in value.items()}
    return value


def shown(value: Any) -> Any:
    """A reply as JSON."""
    if isinstance(value, np.ndarray):
        return {"mean": float(value.mean()), "size": value.size}
    if isinstance(value, Member):
        return f"{value.enum} {value.value}"
    if isinstance(value, BaseModel):
        return {"base_model_state": shown(value.state)}
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return [shown(item) for item in value] if isinstance(value, list) else value


def main() -> None:
    limits = [(f"grpc.max_{way}_message_length", 100 << 20) for way in ("send", "receive")]
    with grpc.insecure_channel(f"127.0.0.1:{sys.argv[1]}", options=limits) as channel:
        call = channel.stream_stream(METHOD)
        print(json.dumps({"ready": True}), flush=True)
        for line in sys.stdin:
            order = json.loads(line)
            if "messages" in order:
                messages = [bytes.fromhex(text) for text in order["messages"]]
            else:
                kind, *parts = order.get("ask", [""])
                data = (
                    bytes.fromhex(order["pickle"])
                    if "pickle" in order
                    else dumps([AgentMsgType[kind], *map(sent, parts)])
                )
                messages = [encode(chunk) for chunk in split("message-1", data)]
            try:
                name, data = join(decode(message) for message in call(iter(messages), timeout=20))
                answer = {"id": name, "chunks": len(messages), "reply": shown(plain_pickle.loads(data))}
            except grpc.RpcError as error:
                answer = {"status": error.code().name, "details": error.details()}
            print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
