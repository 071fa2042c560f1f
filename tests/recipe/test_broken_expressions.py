"""Expressions that cannot be meant are found before anything runs, at their own place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from fltui.recipe.errors import RecipeError
from fltui.recipe.load import load

NAMES = """\
params:
  rounds: {type: int, default: 3}
  lr: {type: float, default: 0.1}
  port: {type: port, default: auto}
  tls: {type: bool, default: false}
inputs:
  token: {help: x, secret: true}
  address: {help: x, default: here}
ports: {server: "${{ params.port }}", node: {replicas: 2}}
files:
  config: {text: x}
  each: {text: x, to: "each-${{ replica }}", replicas: 2}
"""

ONE = "processes:\n  one: {role: server, argv: [x], %s}\n"
MANY = "processes:\n  many: {role: client, argv: [x], replicas: 2, %s}\n"

CASES = [
    (ONE % "shell_: 1", "unknown key"),
    (ONE % 'cwd: "¦${{ parms.rounds }}"', "there is no name parms.rounds; did you mean params.rounds?"),
    (ONE % 'cwd: "a¦${{ params.round }}"', "there is no params.round; did you mean rounds?"),
    (ONE % 'cwd: "a${{ params.rounds }}/¦${{ nothing }}"', "there is no name nothing; names begin with"),
    (ONE % 'cwd: "¦${{ params.rounds"', "never closed"),
    (ONE % 'cwd: "¦${{ params.rounds + 1 }}"', "is no expression"),
    (ONE % 'cwd: "¦${{ }}"', "is no expression"),
    (ONE % 'cwd: "¦${{ ports.sever }}"', "there is no ports.sever; did you mean server?"),
    (ONE % 'cwd: "¦${{ files.confg }}"', "did you mean config?"),
    (ONE % 'cwd: "¦${{ environments.flower }}"', "write environments.NAME.python"),
    (ONE % 'cwd: "¦${{ run.foldr }}"', "did you mean run.folder?"),
    (ONE % 'cwd: "¦${{ replica }}"', "only inside what has `replicas`"),
    (ONE % 'cwd: "¦${{ ports.node }}"', "only inside what has `replicas`"),
    (ONE % 'cwd: "¦${{ files.each }}"', "only inside what has `replicas`"),
    (ONE % 'cwd: "¦${{ params.port }}"', "params.port may be auto"),
    (ONE % 'cwd: "¦${{ inputs.token }}"', "is a secret and cannot stand here"),
    (ONE % 'commands: ["¦${{ inputs.token }}"]', "is a secret"),
    (
        'processes:\n  one: {role: server, argv: [x, "--token=¦${{ inputs.token }}"]}\n',
        "can read a command line",
    ),
    ('processes:\n  one: {role: server, shell: "echo ¦${{ inputs.token }}"}\n', "can read a command line"),
    (ONE % 'steps: [{run: [x, "¦${{ inputs.token }}"]}]', "can read a command line"),
    (ONE % 'when: "¦${{ inputs.token }}"', "is a secret"),
    (ONE % 'when: "¦${{ ports.server }}"', "is not known yet here"),
    (ONE % 'ready: [{port: server, when: "¦${{ ports.server }}"}]', "is not known yet here"),
    (ONE % "ready: [{port: server, when: ¦always}]", "a condition without an expression"),
    (ONE % 'replicas: "¦${{ params.lr }}"', "here stands a whole number, and params.lr is of type float"),
    (ONE % 'replicas: "¦${{ inputs.address }}"', "inputs.address is text"),
    (ONE % 'replicas: "¦${{ params.rounds }}0"', "one expression and nothing around it"),
    (ONE % 'environment: "¦${{ run.name }}"', "is not known yet here"),
    (MANY % 'environment: "¦${{ replica }}"', "only inside what has `replicas`"),
    (ONE % 'ready: {timeout: "¦${{ params.tls }}", checks: [{log: x}]}', "here stands a duration"),
    (ONE % 'ready: [{log: "¦${{ params.no }}"}]', "there is no params.no"),
    (ONE % 'ready: [{log: "¦${{ params.rounds }}("}]', "no regular expression"),
    (
        'success: {metric: a, at_least: "¦${{ params.tls }}"}\n',
        "here stands a number, and params.tls is of type bool",
    ),
    ('deadline: "¦${{ run.name }}"\n', "is not known yet here"),
]


@pytest.mark.parametrize(
    ("text", "sentence"), CASES, ids=[text.strip().splitlines()[-1] for text, _ in CASES]
)
def test_an_expression_that_cannot_be_meant(
    write_recipe: Callable[..., Path], text: str, sentence: str
) -> None:
    path = write_recipe(NAMES + text)
    before, mark, after = path.read_text().partition("¦")
    path.write_text(before + after)
    with pytest.raises(RecipeError) as caught:
        load(path)
    found = caught.value
    assert sentence in found.sentence
    if mark:
        line, column = before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
        assert (found.line, found.column) == (line, column)


def test_an_expression_in_a_block_of_text_is_found_at_its_line(write_recipe: Callable[..., Path]) -> None:
    path = write_recipe("files:\n  a:\n    text: |\n      first\n      second ${{ params.x }}\n")
    with pytest.raises(RecipeError) as caught:
        load(path)
    assert caught.value.line == path.read_text().splitlines().index("      second ${{ params.x }}") + 1


def test_a_fault_in_a_template_is_told_in_the_template(write_recipe: Callable[..., Path]) -> None:
    path = write_recipe("files:\n  a: {template: a.json}\n")
    (path.parent / "a.json").write_text('{\n "rounds": ${{ params.rounds }}\n}\n')
    with pytest.raises(RecipeError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path.parent / 'a.json'}:2:12: there is no params.rounds")


def test_a_secret_in_a_template_needs_a_secret_file(write_recipe: Callable[..., Path]) -> None:
    body = "inputs: {token: {help: x, secret: true}}\nfiles:\n  a: {template: a.json%s}\n"
    path = write_recipe(body % "")
    (path.parent / "a.json").write_text("${{ inputs.token }}")
    with pytest.raises(RecipeError, match="says `secret: true`"):
        load(path)
    assert load(write_recipe(body % ", secret: true")).files["a"].secret


@pytest.mark.parametrize(
    "refusal", ['{when: "${{ inputs.a }}", say: no}', '{when: "${{ params.p }}", say: "not ${{ inputs.a }}"}']
)
def test_what_is_refused_depends_on_params_only(write_recipe: Callable[..., Path], refusal: str) -> None:
    body = f"params: {{p: {{type: bool, default: false}}}}\ninputs: {{a: {{help: x}}}}\nrefuse: [{refusal}]\n"
    with pytest.raises(RecipeError, match="what is refused depends on params only"):
        load(write_recipe(body))


def test_whether_an_input_is_needed_depends_on_params_only(write_recipe: Callable[..., Path]) -> None:
    path = write_recipe('inputs: {a: {help: x}, b: {help: x, when: "${{ inputs.a }}"}}\n')
    with pytest.raises(RecipeError, match="depends on params only"):
        load(path)


def test_good_expressions_are_good(write_recipe: Callable[..., Path]) -> None:
    body = NAMES + (
        'deadline: "${{ params.rounds }}"\n'
        "processes:\n"
        "  many:\n"
        "    role: client\n"
        '    argv: ["${{ environments.flower.python }}", "${{ replica.index }}", "${{ ports.node }}", "${{ files.each }}"]\n'
        '    replicas: "${{ params.rounds }}"\n'
        '    env: {TOKEN: "${{ inputs.token }}"}\n'
        '    when: ["${{ params.tls }}", "${{ inputs.address }} != there"]\n'
        '    steps: [{send: "${{ inputs.token }}"}]\n'
        '    ready: [{port: node}, {log: "on port ${{ ports.node }}"}, {http: "http://127.0.0.1:${{ ports.node-2 }}/"}]\n'
    )
    assert list(load(write_recipe(body)).processes) == ["many"]
