"""The options of an aggregator, the same for every recipe that has one."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from stadle_aggregator.federation import Settings
from stadle_aggregator.service import Place
from stadle_aggregator.wire import MOST_BYTES

TOKEN = "STADLE_TOKEN"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What every aggregator can be told."""
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument(
        "--state", type=Path, required=True, help="the folder of its state; may be an old one"
    )
    parser.add_argument("--agents", type=int, default=3, help="how many must register to begin")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quorum", type=int, default=2, help="the least number of updates that are averaged")
    parser.add_argument("--patience", type=float, default=60.0, help="seconds to wait for the next agent")
    parser.add_argument(
        "--agent-timeout", type=float, default=30.0, help="seconds of silence that is not training"
    )
    parser.add_argument(
        "--round-timeout", type=float, default=300.0, help="seconds for the updates of a round"
    )
    parser.add_argument(
        "--message-limit", type=int, default=MOST_BYTES, help="bytes of a request, with a model in it"
    )


def settings_of(args: argparse.Namespace) -> Settings:
    """What those options say about the federation."""
    return Settings(
        args.agents,
        args.rounds,
        min(args.quorum, args.agents),
        args.patience,
        args.agent_timeout,
        args.round_timeout,
    )


def place_of(args: argparse.Namespace) -> Place:
    """Where those options let it listen; the token is not among them, since an argv is public."""
    return Place(args.port, os.environ.get(TOKEN, ""), args.state, most_bytes=args.message_limit)
