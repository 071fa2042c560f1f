"""Overwrites declared secrets by `*` of equal length before anything is written."""

from __future__ import annotations

import re


class Mask:
    """A filter over one child's output. A secret split over two reads is caught too: bytes that may
    begin a secret are held back until the next read or `flush`."""

    def __init__(self, secrets: list[bytes]) -> None:
        self._secrets: list[bytes] = []
        self._pattern: re.Pattern[bytes] | None = None
        self._held = b""
        for secret in secrets:
            self.add(secret)

    def add(self, secret: bytes) -> None:
        if secret and secret not in self._secrets:
            self._secrets.append(secret)
            longest_first = sorted(self._secrets, key=len, reverse=True)
            self._pattern = re.compile(b"|".join(map(re.escape, longest_first)))

    @property
    def holds(self) -> bool:
        return bool(self._held)

    def feed(self, data: bytes) -> bytes:
        if self._pattern is None:
            return data
        data = self._pattern.sub(_stars, self._held + data)
        keep = max((_overlap(data, secret) for secret in self._secrets), default=0)
        self._held = data[len(data) - keep :]
        return data[: len(data) - keep]

    def flush(self) -> bytes:
        held, self._held = self._held, b""
        return held


def _stars(match: re.Match[bytes]) -> bytes:
    return b"*" * len(match[0])


def _overlap(data: bytes, secret: bytes) -> int:
    """The length of the longest proper beginning of `secret` that ends `data`."""
    for length in range(min(len(secret) - 1, len(data)), 0, -1):
        if data.endswith(secret[:length]):
            return length
    return 0
