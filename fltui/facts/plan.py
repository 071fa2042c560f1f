"""The launch plan: everything the engine needs to run one federation, resolved.

A plan is made by `fltui.plan` from a recipe, its params and the site, and is the engine's only
input. Text may still hold two kinds of late names: `${{ ports.NAME }}` until ports are bound just
before the start, and `${{ inputs.NAME }}` of secrets, which the engine fills in memory only.
Durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PLAN_SCHEMA = 1


@dataclass(frozen=True)
class Port:
    """A TCP port on loopback, by name. `fixed`: asked for by the user, not free to move."""

    name: str
    number: int | None = None
    fixed: bool = False


@dataclass(frozen=True)
class Environment:
    """The isolated environment some processes run in. `lock` is the hash of its lock files."""

    name: str
    folder: str
    lock: str


@dataclass(frozen=True)
class Gpu:
    """A GPU that the run may use, as it was just before the start. `label`: the driver's number for
    it, which its rows in resources.jsonl have; of its MIG parts 0.0, 0.1 and so on. Memory in MB, None: not told."""

    label: str
    uuid: str
    name: str
    free_mb: float | None = None
    total_mb: float | None = None


@dataclass(frozen=True)
class RunFile:
    """A text file written into the run folder before the first process starts.

    `path` is absolute. `secret`: it lies in `secrets/` (0700) and is removed at the end.
    """

    path: str
    text: str
    secret: bool = False


@dataclass(frozen=True)
class Need:
    """`process` must be `started`, `ready` or `completed` first. Names one process, not a group."""

    process: str
    condition: str


@dataclass(frozen=True)
class Check:
    """One readiness check. `kind` names which of the fields count.

    log: `line` is found `count` times in the log of `process` (None: the process itself; a group of
    replicas: in the logs of `count` of them);
    port: something of our own process tree listens on `port`; http: `url` answers `status`;
    command: `argv` exits 0; file: `path` is not empty and was written after the start.
    """

    kind: str
    line: str | None = None
    process: str | None = None
    count: int = 1
    port: int | str | None = None
    url: str | None = None
    status: int = 200
    argv: tuple[str, ...] = ()
    path: str | None = None


@dataclass(frozen=True)
class Readiness:
    """All `checks` must hold within `timeout_s` of the start."""

    checks: tuple[Check, ...]
    timeout_s: float = 60.0


@dataclass(frozen=True)
class Step:
    """One act of the dialogue with the process that owns it; they run in order.

    wait: `line` is found `count` times in the log of `process` (None: own; a group of replicas: in
    the logs of `count` of them). Lines count from the start of the incarnation, so a fast line is not missed.
    send: `text` and a newline go to the process's terminal; then, if `until` is given, that line
    must come. ask: a person answers `question`; the answer is sent when `send_answer`.
    run: `argv` is run to its end, exit 0.
    `mode`: auto, confirm (a person says go; headless goes by itself) or manual (a person does it;
    headless uses `headless`). `headless`: what an `ask` answers without a person; None: exit 4.
    """

    kind: str
    name: str
    why: str = ""
    mode: str = "auto"
    timeout_s: float = 60.0
    line: str | None = None
    process: str | None = None
    count: int = 1
    text: str | None = None
    until: str | None = None
    question: str | None = None
    headless: str | None = None
    send_answer: bool = False
    argv: tuple[str, ...] = ()
    secret: bool = False


@dataclass(frozen=True)
class MetricRule:
    """Where metric rows come from.

    json: lines of the process's log that are an object `{"metric": {"round": 1, "scope": "global",
    "accuracy": 0.9, …}}`; line: a regular expression whose named groups are `round` (optional) and
    metric names; file: a JSONL file of such objects (or of bare ones) at `path`.
    `scope` is the default where the object names none.
    """

    kind: str
    scope: str = "client"
    line: str | None = None
    path: str | None = None


@dataclass(frozen=True)
class LineRule:
    """A regular expression over the lines of one process or one group of replicas."""

    process: str
    line: str


@dataclass(frozen=True)
class NoteRule:
    """A line that explains what the framework does, said in plain words.

    `say` may use the named groups of `line` as `{name}`, and `{process}`. `title`: the last such
    sentence is the title of its process.
    """

    process: str
    line: str
    say: str
    level: str = "info"
    title: bool = False


@dataclass(frozen=True)
class Restart:
    """Start again after a failure, at most `most` times, `backoff_s` after each end."""

    most: int = 0
    backoff_s: float = 1.0


@dataclass(frozen=True)
class Stop:
    """How one process is ended. A stage without a grace time is not given one.

    polite: `send` a line or `run` a command, then wait `polite_s`; SIGTERM to the leader, wait
    `term_s`; SIGTERM to the group, wait `group_s`; SIGKILL to group and descendants.
    """

    send: str | None = None
    run: tuple[str, ...] = ()
    polite_s: float = 5.0
    term_s: float = 5.0
    group_s: float = 2.0
    kill_s: float = 5.0


@dataclass(frozen=True)
class Process:
    """One child. `group` is its name in the recipe; replicas share it.

    `ends`: completes (its end with one of `exit_codes` is success) or serves (it must live until
    the run stops it). `on_failure`: fail (the run ends) or continue (the run goes on while it makes
    progress; its verdict is still failed). `line_parts`: a regular expression that names time,
    level and message of a log line for views. `commands`: completions of its input line. `gpus`: what
    it asks for (none, auto, share or a number); `on_gpus`: the labels of those that it was given.
    """

    name: str
    group: str
    role: str
    argv: tuple[str, ...]
    cwd: str
    env: Mapping[str, str] = field(default_factory=dict)
    environment: str | None = None
    replica: int | None = None
    stdin: str = "tty"
    columns: int = 160
    rows: int = 50
    needs: tuple[Need, ...] = ()
    ready: Readiness | None = None
    steps: tuple[Step, ...] = ()
    metrics: tuple[MetricRule, ...] = ()
    ends: str = "completes"
    exit_codes: tuple[int, ...] = (0,)
    on_failure: str = "fail"
    restart: Restart = Restart()
    stop: Stop = Stop()
    line_parts: str | None = None
    commands: tuple[str, ...] = ()
    gpus: str = "none"
    host: str = "here"
    on_gpus: tuple[str, ...] = ()


@dataclass(frozen=True)
class Success:
    """What must have been seen. `rounds`: planned rounds; `metric`: a global metric that the last
    round must have, at least `at_least` when given."""

    rounds: int | None = None
    metric: str | None = None
    at_least: float | None = None


@dataclass(frozen=True)
class Watch:
    """How progress is read from the logs, and how long silence may last.

    `round_started` and `round_done` have a named group `round`; without `round_done` a round is
    done when the success metric of scope global is seen for it. `clients`: a line that names a
    group `connected` (a number) or, without it, is counted once per distinct `client` group.
    `progress`: lines that count as progress besides events and metrics. `stalled_say`: what
    silence means here; it may use `{connected}`, `{clients}`, `{round}`, `{rounds}`.
    """

    round_started: LineRule | None = None
    round_done: LineRule | None = None
    clients: LineRule | None = None
    clients_planned: int | None = None
    notes: tuple[NoteRule, ...] = ()
    progress: tuple[LineRule, ...] = ()
    stall_s: float = 120.0
    stalled_say: str = ""
    deadline_s: float = 3600.0


@dataclass(frozen=True)
class LaunchPlan:
    """One federation, ready to run. `recipe` is its short name; `folder` the run folder; `gpus` those
    that its processes were placed on."""

    recipe: str
    title: str
    framework: str
    task: str
    run: str
    folder: str
    params: Mapping[str, Any]
    processes: tuple[Process, ...]
    ports: tuple[Port, ...] = ()
    files: tuple[RunFile, ...] = ()
    environments: tuple[Environment, ...] = ()
    secrets: tuple[str, ...] = ()
    answers: Mapping[str, str] = field(default_factory=dict)
    success: Success = Success()
    watch: Watch = Watch()
    step_mode: bool = False
    gpus: tuple[Gpu, ...] = ()
    schema: int = PLAN_SCHEMA
