"""Fixtures of the environments' tests: real builds of a tiny environment, which need no network."""

from __future__ import annotations

from tiny_environment import make_wheel_fixture, slow_index, tiny

__all__ = ["make_wheel_fixture", "slow_index", "tiny"]
