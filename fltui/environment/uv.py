"""uv as a subprocess: its progress while it works, its failures as one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from fltui.environment.errors import EnvironmentProblem, Unreachable
from fltui.environment.tethered import Tethered

_POLL_S = 0.2
_ADDRESS = re.compile(r"https?://[^\s`)'\"]+")
_DRAWN = " ×╰─▶│├\t"  # the letters of uv's error trees
_CHATTER = ("using ", "resolved ", "prepared ", "creating ", "activate ", "downloading ", "downloaded ")
_UNREACHABLE = re.compile(
    r"dns error|failed to lookup|connection refused|network is unreachable|timed out|error sending request"
    r"|network connectivity is disabled|network was disabled|failed to fetch",
    re.IGNORECASE,
)


class Uv:
    """Runs uv with an environment's variables for the environment `name`.

    `keep`: the build's lock, which uv holds too, so that nobody clears the folder under it.
    """

    def __init__(self, environ: dict[str, str], name: str, keep: int | None = None) -> None:
        from uv import find_uv_bin

        self._uv = find_uv_bin()
        # Its bars are drawn for people; the lines it writes instead where nobody looks are for us.
        self._environ = {key: value for key, value in environ.items() if key != "UV_NO_PROGRESS"}
        self._name = name
        self._keep = keep

    def run(self, arguments: Sequence[str], watch: Callable[[str, int], None] | None = None) -> str:
        """Runs uv to its end and returns what it said. `watch` is told, five times a second, what it
        said so far and how many bytes it wrote. Raises EnvironmentProblem when it fails, Unreachable
        when what it wanted could not be fetched."""
        with Tethered([self._uv, *arguments], self._environ, self._keep) as process:
            while not process.wait(_POLL_S if watch else None):
                if watch:
                    watch(process.output(), _written(process.pid))
        if process.exit_code != 0:
            said = process.output()
            raise (Unreachable if _UNREACHABLE.search(said) else EnvironmentProblem)(
                sentence(self._name, said)
            )
        return process.output()


def downloads(said: str) -> list[str]:
    """What uv downloads at this moment, as `torch (170.1MiB)`: its large packages."""
    under_way: dict[str, str] = {}
    for line in said.splitlines():
        word, _, rest = line.strip().partition(" ")
        if word == "Downloading":
            under_way[rest.split(" ")[0]] = rest
        elif word == "Downloaded":
            under_way.pop(rest.split(" ")[0], None)
    return list(under_way.values())


def sentence(name: str, errors: str) -> str:
    """What uv's errors mean, in one sentence: what could not be had, and from where."""
    lines = [line.strip(_DRAWN) for line in errors.splitlines() if line.strip()]
    told = [line for line in lines if not line.lower().startswith(_CHATTER)]
    address = _ADDRESS.search(errors)
    if _UNREACHABLE.search(errors):
        where = address[0].rstrip(".,;:") if address else "the package index"
        last = re.sub(r"^(error|Caused by|cause):\s*", "", told[-1]) if told else "no answer"
        return (
            f"environment {name} could not be built: {where} could not be fetched ({last}); "
            f"with a network, or a mirror in UV_DEFAULT_INDEX or --find-links in pip's configuration, try again"
        )
    return f"environment {name} could not be built: {'; '.join(told[-4:]) or 'uv said nothing'}"


def _written(pid: int) -> int:
    """Bytes that the process has written to files: what it unpacked, while it downloads."""
    try:
        with open(f"/proc/{pid}/io", encoding="ascii") as file:
            return next(int(line.split()[1]) for line in file if line.startswith("wchar"))
    except (OSError, StopIteration):  # it has just ended, or this kernel does not count
        return 0
