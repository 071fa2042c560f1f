"""uv as a subprocess in a session of its own, its failures as one sentence."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile

from fltui.environment.errors import EnvironmentProblem

_ADDRESS = re.compile(r"https?://[^\s`)'\"]+")
_DRAWN = " ×╰─▶│├\t"  # the letters of uv's error trees
_UNREACHABLE = re.compile(
    r"dns error|failed to lookup|connection refused|network is unreachable|timed out|error sending request"
    r"|network connectivity is disabled|failed to fetch",
    re.IGNORECASE,
)


class Uv:
    """Runs uv with an environment's variables for the environment `name`."""

    def __init__(self, environ: dict[str, str], name: str) -> None:
        from uv import find_uv_bin

        self._uv = find_uv_bin()
        self._environ = {**environ, "UV_NO_PROGRESS": "1"}
        self._name = name

    def run(self, arguments: list[str]) -> None:
        """Runs uv to its end. Raises EnvironmentProblem."""
        with self.start(arguments) as process:
            process.wait(None)

    def start(self, arguments: list[str]) -> UvProcess:
        return UvProcess([self._uv, *arguments], self._environ, self._name)


class UvProcess:
    """One run of uv, as a context: when whoever waits for it is interrupted, its whole group ends;
    when it failed, EnvironmentProblem is raised at the end of the context."""

    def __init__(self, command: list[str], environ: dict[str, str], name: str) -> None:
        self._name = name
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115  closed by __exit__
        self._process = subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            start_new_session=True,
        )

    def running(self) -> bool:
        return self._process.poll() is None

    def wait(self, seconds: float | None) -> None:
        """Waits for its end, at most `seconds`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)

    def __enter__(self) -> UvProcess:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: object) -> None:
        end_group(self._process)
        self._errors.seek(0)
        text = self._errors.read().decode("utf-8", "replace")
        self._errors.close()
        if kind is None and self._process.returncode != 0:
            raise EnvironmentProblem(sentence(self._name, text))


def sentence(name: str, errors: str) -> str:
    """What uv's errors mean, in one sentence: what could not be had, and from where."""
    lines = [line.strip(_DRAWN) for line in errors.splitlines() if line.strip()]
    told = [
        line
        for line in lines
        if not line.lower().startswith(("using ", "resolved ", "creating ", "activate "))
    ]
    address = _ADDRESS.search(errors)
    if _UNREACHABLE.search(errors):
        where = address[0].rstrip(".,;") if address else "the package index"
        last = re.sub(r"^(error|Caused by):\s*", "", told[-1]) if told else "no answer"
        return (
            f"environment {name} could not be built: {where} could not be fetched ({last}); "
            f"with a network, or a mirror in UV_DEFAULT_INDEX or --find-links in pip's configuration, try again"
        )
    return f"environment {name} could not be built: {'; '.join(told[-4:]) or 'uv said nothing'}"


def end_group(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    """SIGKILL to the process's session's group, then reaps the leader."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # the whole group has ended
    finally:
        process.wait()
