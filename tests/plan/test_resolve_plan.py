"""A recipe, its params and a site give one plan, in which everything is decided but ports and secrets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fltui.facts.codec import from_json, to_json
from fltui.facts.plan import Check, LaunchPlan, LineRule, Need, NoteRule, Port, Success
from fltui.plan.resolve import environments_needed
from fltui.recipe.errors import RecipeError
from fltui.recipe.load import load

Plan = Callable[..., LaunchPlan]

FEDERATION = """\
params:
  clients: {type: int, default: 2, min: 0, max: 2000}
  rounds: {type: int, default: 3}
  lr: {type: float, default: 1.0}
  patience: {type: duration, default: 1m30s}
  port: {type: port, default: auto}
  tls: {type: bool, default: false}
  server: {type: choice, default: own, choices: [own, theirs]}
ports:
  server: "${{ params.port }}"
  node: {replicas: "${{ params.clients }}"}
files:
  config: {text: "lr = ${{ params.lr }}\\nport = ${{ ports.server }}\\n", to: etc/config.toml}
  each: {text: "${{ replica }} at ${{ ports.node }}", to: "each-${{ replica }}.txt", replicas: "${{ params.clients }}"}
  cert: {text: cert, when: "${{ params.tls }}"}
processes:
  prepare: {role: tool, argv: [python, prepare.py, --cache, "${{ site.cache }}"]}
  pki: {role: tool, argv: [fx, pki], when: "${{ params.tls }}"}
  server:
    role: server
    when: "${{ params.server }} == own"
    argv:
      - server.py
      - --rounds=${{ params.rounds }}
      - {when: "${{ params.tls }}", argv: [--cert, "${{ files.cert }}"]}
      - {when: "${{ params.tls }} == false", argv: [--insecure]}
    needs: {prepare: completed, pki: completed}
    ready:
      timeout: "${{ params.patience }}"
      checks: [{log: 'port ${{ ports.server }}\\.'}, {port: server}, {file: up}, {log: x, process: pki}]
    metrics: [{file: metrics.jsonl, scope: global}, {lines: json}]
    steps:
      - {wait: registered, process: client, count: "${{ params.clients }}"}
      - {wait: pki done, process: pki}
      - {send: "TRAIN ${{ params.rounds }}", when: "${{ params.tls }}"}
      - {send: STOP}
  client:
    role: client
    replicas: "${{ params.clients }}"
    argv: [client.py, "${{ replica }}", "${{ replica.index }}", "${{ ports.node }}", "${{ ports.server }}", "${{ files.each }}"]
    cwd: "${{ run.work }}"
    needs: {server: ready}
    metrics: [{file: m.jsonl}]
  evaluate: {role: evaluator, argv: [x], needs: {client: completed}}
rounds: {planned: "${{ params.rounds }}", started: {process: server, line: 'round (?P<round>\\d+)'}}
clients: {planned: "${{ params.clients }}"}
notes: [{process: pki, line: x, say: y}, {process: client, line: x, say: y, level: error}]
progress: [{process: pki, line: x}, {process: server, line: x}]
success: {metric: accuracy, at_least: "${{ params.lr }}"}
deadline: "${{ params.patience }}"
"""


def process(plan: LaunchPlan, name: str):  # type: ignore[no-untyped-def]
    return next(item for item in plan.processes if item.name == name)


def test_replicas_become_children_with_their_own_numbers_ports_and_files(plan_of: Plan) -> None:
    plan = plan_of(FEDERATION)
    assert [item.name for item in plan.processes] == ["prepare", "server", "client-1", "client-2", "evaluate"]
    second = process(plan, "client-2")
    assert second.argv == (
        "client.py",
        "2",
        "1",
        "${{ ports.node-2 }}",
        "${{ ports.server }}",
        "/runs/run-1/files/each-2.txt",
    )
    assert (second.group, second.replica, second.cwd) == ("client", 2, "/runs/run-1/work")
    assert process(plan, "evaluate").needs == (Need("client-1", "completed"), Need("client-2", "completed"))
    assert plan.ports == (Port("server"), Port("node-1"), Port("node-2"))
    assert [file.path.removeprefix("/runs/run-1/files/") for file in plan.files] == [
        "etc/config.toml",
        "each-1.txt",
        "each-2.txt",
    ]
    assert plan.files[0].text == "lr = 1.0\nport = ${{ ports.server }}\n"
    assert plan.files[2].text == "2 at ${{ ports.node-2 }}"


def test_what_a_condition_leaves_out_is_dropped_everywhere(plan_of: Plan) -> None:
    plan = plan_of(FEDERATION)
    server = process(plan, "server")
    assert server.argv == ("server.py", "--rounds=3", "--insecure")
    assert server.needs == (Need("prepare", "completed"),)
    assert [step.name for step in server.steps] == ["wait-1", "send-4"]
    assert [check.kind for check in server.ready.checks] == ["log", "port", "file"]
    assert plan.watch.notes == (NoteRule("client", "x", "y", "error"),)
    assert plan.watch.progress == (LineRule("server", "x"),)

    with_tls = plan_of(FEDERATION, tls="true")
    server = process(with_tls, "server")
    assert server.argv == ("server.py", "--rounds=3", "--cert", "/runs/run-1/files/cert")
    assert server.needs == (Need("prepare", "completed"), Need("pki", "completed"))
    assert [step.text or step.line for step in server.steps] == ["registered", "pki done", "TRAIN 3", "STOP"]

    theirs = plan_of(FEDERATION, server="theirs")
    assert process(theirs, "client-1").needs == ()
    assert theirs.watch.round_started is None


CHECKED = """\
params:
  aggregator: {type: choice, choices: [local, service], default: local}
ports: {own: auto}
processes:
  aggregator:
    role: aggregator
    argv: [x]
    ready: {checks: [{log: up}, {port: own, when: "${{ params.aggregator }} == local"}]}
  agent:
    role: client
    replicas: 2
    argv: [x]
    ready:
      - {port: "${{ params.aggregator }}", when: "${{ params.aggregator }} == 8000"}
      - {file: first, when: ["${{ params.aggregator }} == local", "${{ replica }} == 1"]}
"""


def test_a_check_whose_condition_is_false_is_not_asked_for(plan_of: Plan) -> None:
    local, service = plan_of(CHECKED), plan_of(CHECKED, aggregator="service")
    assert [check.kind for check in process(local, "aggregator").ready.checks] == ["log", "port"]
    assert [check.kind for check in process(service, "aggregator").ready.checks] == ["log"]
    # What a check that is not asked for would name need not make sense.
    assert [check.kind for check in process(local, "agent-1").ready.checks] == ["file"]


def test_a_process_without_a_check_that_is_left_is_ready_when_it_has_started(plan_of: Plan) -> None:
    assert process(plan_of(CHECKED), "agent-2").ready is None
    assert process(plan_of(CHECKED, aggregator="service"), "agent-1").ready is None


def test_no_replicas_are_as_if_left_out(plan_of: Plan) -> None:
    plan = plan_of(FEDERATION, clients="0")
    assert [item.name for item in plan.processes] == ["prepare", "server", "evaluate"]
    assert process(plan, "evaluate").needs == ()


def test_readiness_durations_and_success_are_resolved(plan_of: Plan) -> None:
    plan = plan_of(FEDERATION, rounds="5")
    ready = process(plan, "server").ready
    assert ready.timeout_s == 90
    assert ready.checks[0].line == r"port ${{ ports.server }}\."
    assert ready.checks[1] == Check("port", port="${{ ports.server }}")
    assert plan.success == Success(5, "accuracy", 1.0)
    assert (plan.watch.deadline_s, plan.watch.clients_planned) == (90, 2)
    assert process(plan, "server").steps[0].count == 2


def test_paths_of_a_process_are_below_its_folder(plan_of: Plan, tmp_path: Path) -> None:
    plan = plan_of(FEDERATION)
    assert process(plan, "server").ready.checks[2].path == str(tmp_path / "recipe" / "up")
    assert process(plan, "server").metrics[0].path == str(tmp_path / "recipe" / "metrics.jsonl")
    assert process(plan, "client-1").metrics[0].path == "/runs/run-1/work/m.jsonl"


def test_a_plan_survives_json(plan_of: Plan) -> None:
    plan = plan_of(FEDERATION)
    assert from_json(LaunchPlan, to_json(plan)) == plan


def test_the_same_givens_give_the_same_plan(plan_of: Plan) -> None:
    assert plan_of(FEDERATION) == plan_of(FEDERATION)


def test_what_an_expression_gives_stands_for_itself_in_a_pattern(plan_of: Plan) -> None:
    body = (
        "params: {name: {type: str, default: a.b*}}\n"
        "processes: {p: {role: tool, argv: [x], ready: [{log: '^${{ params.name }} \\d'}]}}\n"
    )
    assert process(plan_of(body), "p").ready.checks[0].line == r"^a\.b\* \d"


def test_environments_of_processes_and_which_are_needed(
    plan_of: Plan, write_recipe: Callable[[str], Path]
) -> None:
    body = (
        "params: {which: {type: choice, default: flower, choices: [flower, data]}, off: {type: bool, default: false}}\n"
        'environment: "${{ params.which }}"\n'
        "processes:\n"
        "  a: {role: tool, argv: [x]}\n"
        "  b: {role: tool, argv: [x], environment: data}\n"
        "  c: {role: tool, argv: [x], environment: null}\n"
        '  d: {role: tool, argv: [x], environment: unbuilt, when: "${{ params.off }}"}\n'
    )
    plan = plan_of(body)
    assert [item.environment for item in plan.processes] == ["flower", "data", None]
    assert [item.name for item in plan.environments] == ["flower", "data"]
    recipe = load(write_recipe(body))
    assert environments_needed(recipe, {"which": "data", "off": False}, {}) == ("data",)
    assert environments_needed(recipe, {"which": "data", "off": True}, {}) == ("data", "unbuilt")


def test_an_unknown_environment_is_told_at_its_place(plan_of: Plan) -> None:
    with pytest.raises(RecipeError, match=r"recipe\.yaml:5:\d+: there is no environment nothing"):
        plan_of("processes: {a: {role: tool, argv: [x], environment: nothing}}\n")


def test_children_get_their_environment_and_nothing_of_the_callers_python(plan_of: Plan) -> None:
    plan = plan_of(
        "env: {A: '1', B: '1', PYTHONPATH: /mine}\n"
        "processes:\n"
        "  a: {role: tool, argv: [x], environment: flower, env: {B: '2'}}\n"
        "  b: {role: tool, argv: [x]}\n"
    )
    inside, outside = plan.processes
    assert inside.env == {
        "A": "1",
        "B": "2",
        "FLTUI_RUN": "run-1",
        "PATH": "/envs/flower/bin:/usr/bin",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONHOME": "",
        "PYTHONNOUSERSITE": "1",
        "PYTHONPATH": "/mine:/recipes/common",
        "VIRTUAL_ENV": "/envs/flower",
    }
    assert outside.env == {
        "A": "1",
        "B": "1",
        "FLTUI_RUN": "run-1",
        "PATH": "/usr/bin",
        "PYTHONPATH": "/mine:/recipes/common:/callers",
    }


def test_secrets_stay_names_and_lie_in_secrets(plan_of: Plan) -> None:
    body = (
        "inputs: {token: {help: x, secret: true}}\n"
        'files: {agent: {text: "token ${{ inputs.token }}", secret: true, to: agent.json}}\n'
        "processes:\n"
        '  a: {role: client, argv: [x, "${{ files.agent }}"], env: {T: "${{ inputs.token }}"},\n'
        '      steps: [{send: "login ${{ inputs.token }}"}, {ask: "word?", name: word, secret: true, send_answer: true}]}\n'
    )
    plan = plan_of(body)
    only = plan.processes[0]
    assert plan.secrets == ("token", "word")
    assert plan.files[0].path == "/runs/run-1/secrets/agent.json"
    assert plan.files[0].secret
    assert only.env["T"] == "${{ inputs.token }}"
    assert only.steps[0].text == "login ${{ inputs.token }}"


def test_templates_are_rendered_and_nothing_is_written(
    plan_of: Plan, write_recipe: Callable[[str], Path]
) -> None:
    body = "params: {n: {type: int, default: 3}}\nfiles: {f: {template: f.json}}\nprocesses: {a: {role: tool, argv: [x]}}\n"
    folder = write_recipe(body).parent
    (folder / "f.json").write_text('{"n": ${{ params.n }}, "other": "$HOME {{ x }} ${y}"}\n')
    plan = plan_of(body)
    assert plan.files[0].path == "/runs/run-1/files/f.json"
    assert plan.files[0].text == '{"n": 3, "other": "$HOME {{ x }} ${y}"}\n'
    assert sorted(path.name for path in folder.iterdir()) == ["f.json", "recipe.yaml"]


def test_fixed_ports_are_by_number_and_follow_each_other(plan_of: Plan) -> None:
    body = "ports: {a: 7000, b: {number: 8000, replicas: 2}}\nprocesses: {p: {role: tool, argv: [x]}}\n"
    assert plan_of(body).ports == (Port("a", 7000, True), Port("b-1", 8000, True), Port("b-2", 8001, True))


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("ports: {a: 7000, b: 7000}\n", "b would be port 7000, but a has it"),
        ("ports: {a: {number: 65535, replicas: 2}}\n", "a-2 would be port 65536, but there is none"),
        ("files: {a: {text: x, to: s}, b: {text: y, to: ./s}}\n", "the files a and b would both be"),
        ('files: {a: {text: x, to: "${{ params.p }}"}}\n', "is no path inside the run folder"),
        ('success: {metric: m, at_least: "${{ replica }}"}\n', "only inside"),
    ],
)
def test_what_only_a_plan_shows_is_told_with_its_place(plan_of: Plan, body: str, sentence: str) -> None:
    with pytest.raises(RecipeError) as caught:
        plan_of(
            "params: {p: {type: str, default: ../up}}\n"
            + body
            + "processes: {p: {role: tool, argv: [x], metrics: [{lines: json}]}}\n"
        )
    assert sentence in str(caught.value)
    assert caught.value.line == 6


def test_too_many_replicas_are_refused(plan_of: Plan) -> None:
    with pytest.raises(RecipeError, match="from 0 to 1000, not 1500"):
        plan_of(FEDERATION, clients="1500")


@pytest.mark.parametrize(
    "awaits", ["ready: [{log: x, process: c, count: 3}]", "steps: [{wait: x, process: c, count: 3}]"]
)
def test_more_replicas_awaited_than_there_are_is_told_with_its_place(plan_of: Plan, awaits: str) -> None:
    body = (
        "params: {n: {type: int, default: 2}}\n"
        "processes:\n"
        '  c: {role: client, replicas: "${{ params.n }}", argv: [x]}\n'
        "  s:\n    role: server\n    argv: [x]\n"
        f"    {awaits}\n"
    )
    assert plan_of(body, n="3")
    with pytest.raises(RecipeError) as caught:
        plan_of(body)
    assert "each replica of c counts once and there are 2, so 3 is never reached" in str(caught.value)
    assert caught.value.line == 11


def test_one_process_may_be_awaited_to_say_it_often(plan_of: Plan) -> None:
    plan = plan_of("processes: {s: {role: server, argv: [x], steps: [{wait: x, process: s, count: 9}]}}\n")
    assert plan.processes[0].steps[0].count == 9


def test_a_replica_without_a_port_of_its_own_is_told(plan_of: Plan) -> None:
    body = (
        "ports: {node: {replicas: 1}}\n"
        'processes: {c: {role: client, replicas: 2, argv: [x, "${{ ports.node }}"]}}\n'
    )
    with pytest.raises(RecipeError, match="there are 1 ports node, and this is replica 2"):
        plan_of(body)


def test_a_file_left_out_cannot_be_named(plan_of: Plan) -> None:
    body = (
        "params: {tls: {type: bool, default: false}}\n"
        'files: {cert: {text: x, when: "${{ params.tls }}"}}\n'
        'processes: {a: {role: tool, argv: [x, "${{ files.cert }}"]}}\n'
    )
    assert plan_of(body, tls="true").processes[0].argv[1] == "/runs/run-1/files/cert"
    with pytest.raises(RecipeError, match="the file cert is not part of this run"):
        plan_of(body)


def test_shell_text_becomes_one_argument_of_sh(plan_of: Plan) -> None:
    plan = plan_of(
        "params: {n: {type: int, default: 3}}\nprocesses: {a: {role: tool, shell: 'echo ${{ params.n }} | wc'}}\n"
    )
    assert plan.processes[0].argv == ("/bin/sh", "-c", "echo 3 | wc")
