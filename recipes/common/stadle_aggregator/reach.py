"""Whether anything like STADLE's aggregator answers at an address: within seconds, and why not.

    python -m stadle_aggregator.reach --address 203.0.113.7 --port 8765 --protocol https

stadle-client itself says nothing for ten minutes, and gives up after hours. This connects, shakes hands
(TLS, if so asked), and waits for the first frame that every HTTP/2 server must send. It sends no token,
and says nothing that the other side would remember.
"""

from __future__ import annotations

import argparse
import socket
import ssl
import sys
import time
from collections.abc import Callable

from stadle_aggregator.event_line import tell

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\x00\x00\x00\x04\x00\x00\x00\x00\x00"  # and empty SETTINGS
SETTINGS, FRAME_HEADER = 4, 9
SHORTEST_LOOK_S = 0.5


class Unreachable(Exception):
    """Nothing that speaks the protocol, with a sentence about what is there instead."""


def look(address: str, port: int, tls: bool, timeout: float) -> None:
    """Returns if a gRPC server answers within `timeout` seconds. Raises Unreachable."""
    place, until = f"{address}:{port}", time.monotonic() + timeout

    def left() -> float:
        return max(SHORTEST_LOOK_S, until - time.monotonic())

    try:
        line = socket.create_connection((address, port), left())
    except ConnectionRefusedError:
        raise Unreachable(
            f"nobody listens on {place}: is the aggregator of the project started, and are "
            "Connection IP Address and Connection Port copied from its dashboard?"
        ) from None
    except socket.gaierror as error:
        raise Unreachable(f"the name {address} cannot be resolved ({error.strerror})") from None
    except TimeoutError:
        raise Unreachable(
            f"{place} does not answer: a wrong address, or a firewall that swallows it"
        ) from None
    except OSError as error:
        raise Unreachable(f"{place} cannot be reached: {error.strerror or error}") from None
    with line:
        _shake_hands(line, place, tls, left)


def _shake_hands(line: socket.socket, place: str, tls: bool, left: Callable[[], float]) -> None:
    silent = f"something accepts connections on {place}, but says nothing"
    try:
        line.settimeout(left())
        if tls:
            line = _in_tls(line)
            line.settimeout(left())
        line.sendall(PREFACE)
        header = _read(line, FRAME_HEADER)
    except ssl.SSLError:
        raise Unreachable(f"{place} does not speak TLS: try comm_protocol=http") from None
    except TimeoutError:
        raise Unreachable(f"{silent}: no aggregator, or one that hangs") from None
    except OSError as error:
        raise Unreachable(f"{place} hung up ({error.strerror or error}){_other_way(tls)}") from None
    if len(header) < FRAME_HEADER:
        raise Unreachable(f"{place} hung up{_other_way(tls)}")
    if header[3] != SETTINGS:
        raise Unreachable(f"{place} answers, but is no gRPC server{_other_way(tls)}")


def _in_tls(line: socket.socket) -> socket.socket:
    # Only whether it speaks TLS: who it is, the client itself checks, with the one certificate it knows.
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2"])
    return context.wrap_socket(line)


def _read(line: socket.socket, count: int) -> bytes:
    found = b""
    while len(found) < count:
        part = line.recv(count - len(found))
        if not part:
            return found
        found += part
    return found


def _other_way(tls: bool) -> str:
    return ": try comm_protocol=http" if tls else ": try comm_protocol=https, which STADLE's service has"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m stadle_aggregator.reach", description=__doc__)
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--protocol", choices=("http", "https"), default="https", help="as comm_protocol")
    parser.add_argument("--timeout", type=float, default=15.0, help="seconds until it is called unreachable")
    args = parser.parse_args()

    place, tls = f"{args.address}:{args.port}", args.protocol == "https"
    try:
        look(args.address, args.port, tls, args.timeout)
    except Unreachable as problem:
        tell("unreachable", str(problem), "error", address=place)
        sys.exit(1)
    tell("reachable", f"an aggregator answers at {place} ({args.protocol})", address=place)


if __name__ == "__main__":
    main()
