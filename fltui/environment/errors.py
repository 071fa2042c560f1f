"""What can go wrong with an environment, as sentences for a person."""

from __future__ import annotations


class EnvironmentProblem(RuntimeError):
    """An environment that cannot be had; the text says what, from where, and what to do."""


class UnknownEnvironment(EnvironmentProblem):
    """No recipes folder describes an environment of that name."""


class LicenceNeeded(EnvironmentProblem):
    """Nobody accepted a licence yet. `name`: the environment; `text`: the sentence to accept."""

    def __init__(self, name: str, text: str) -> None:
        super().__init__(
            f'environment {name} holds software under its own licence: "{text}" '
            f"Accept it by --accept-licence {name} or FLTUI_ACCEPT_LICENCE={name}"
        )
        self.name = name
        self.text = text


class WheelMissing(EnvironmentProblem):
    """A wheel that is on no index is not in any wheel folder."""


class Unreachable(EnvironmentProblem):
    """No network, or an index that does not answer: the same command may work another time."""
