"""Every way to break a recipe gives FILE:LINE:COLUMN and a sentence. `¦` marks the expected place."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from fltui.recipe.errors import RecipeError
from fltui.recipe.load import load

SERVER = "  server: {role: server, argv: [python3], metrics: [{lines: json}]}\n"


def fault(path: Path) -> RecipeError:
    with pytest.raises(RecipeError) as caught:
        load(path)
    return caught.value


def marked(text: str) -> tuple[str, int, int]:
    """The text without its mark, and the mark's line and column."""
    before, _, after = text.partition("¦")
    return before + after, before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


def check_mark(write: Callable[..., Path], text: str, sentence: str, head: str | None = None) -> None:
    kwargs = {} if head is None else {"head": head}
    path = write(text, **kwargs)
    whole, line, column = marked(path.read_text())
    path.write_text(whole)
    found = fault(path)
    assert str(found).splitlines()[0].startswith(f"{path}:{line}:{column}: "), str(found)
    assert sentence in str(found)
    assert "Traceback" not in str(found)
    assert "pydantic" not in str(found).lower()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "the file is empty"),
        ("# only a comment\n", "the file is empty"),
        ("title: [1, 2\nx¦: 3\n", "the list begun by [ in line 1 is not closed"),
        ("title: {a: 1\nb¦: 3\n", "the mapping begun by { in line 1 is not closed"),
        ('a: "x\nb: 2\n¦', "unclosed"),
        ("a: 'x\n¦", "unclosed"),
        ("a: [1,\n¦", "unclosed"),
        ("a:\n¦\tb: 1\n", "tab"),
        ("a:\n  - x\n¦\t- y\n", "tab"),
        ("a: 1\nb: 2\n¦a: 3\n", "the key 'a' is there twice; first in line 1"),
        ("a: ¦&x [*x]\n", "the anchor &x holds an alias of itself"),
        ("a: ¦*nobody\n", "no anchor of that name"),
        ("a: ¦!!python/object/apply:os.system [id]\n", "a recipe has no tags"),
        ("a: 1\n¦---\nb: 2\n", "a second begins here"),
        ("? ¦[a, b]\n: 1\n", "a key is text"),
        ("a: b¦: c\n", "quote text"),
        ("- a¦\n".replace("- a¦", "¦- a"), "a recipe is a mapping of keys, not a list"),
        ("¦just words\n", "a recipe is a mapping of keys, not 'just words'"),
        ("a: " + "[" * 39 + "¦" + "[" * 30 + "]" * 68, "more than 40 deep"),
    ],
    ids=lambda value: value[:24].replace("\n", "/") if isinstance(value, str) else "",
)
def test_what_is_no_recipe_file_says_where(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "recipe.yaml"
    whole, line, column = marked(text) if "¦" in text else (text, 1, 1)
    path.write_text(whole)
    found = fault(path)
    assert str(found).startswith(f"{path}:{line}:{column}: "), str(found)
    assert sentence in found.sentence


def test_an_alias_bomb_is_refused_while_small(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    path = tmp_path / "recipe.yaml"
    path.write_text("\n".join(rows))
    assert "aliases unfold into more than" in str(fault(path))


def test_a_binary_file_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(b"title: a\nx: \xff\xfe\x00")
    found = fault(path)
    assert (found.line, found.column) == (2, 4)
    assert "is not UTF-8" in found.sentence


def test_a_nul_byte_is_named_so(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(b"title: a\nxy\x00z: 1\n")
    found = fault(path)
    assert (found.line, found.column) == (2, 3)
    assert "U+0000" in found.sentence


def test_ten_megabytes_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_bytes(b"a: 1\n" * 2_000_000)
    found = fault(path)
    assert (found.line, found.column) == (1, 1)
    assert "10,000,000 bytes" in found.sentence


def test_a_folder_without_a_recipe_says_so(tmp_path: Path) -> None:
    found = fault(tmp_path)
    assert str(found) == f"{tmp_path}:1:1: this folder holds no recipe.yaml"


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    found = fault(tmp_path / "nothing.yaml")
    assert "cannot be read: No such file" in found.sentence


def test_several_faults_are_all_told_in_the_order_of_the_file(write_recipe: Callable[..., Path]) -> None:
    path = write_recipe("dedline: 1m\nparams:\n  lr: {type: flot, default: 1}\n")
    found = fault(path)
    assert [(problem.line, problem.column) for problem in found.problems] == [(5, 1), (7, 14)]


KEYS = [
    ("¦dedline: 1m\n", "unknown key 'dedline'; did you mean deadline?"),
    ("deadline: ¦soon\n", "'soon' is no duration; write 30s"),
    ("deadline: ¦[1]\n", "here stands a duration such as 30s or 10m, not a list"),
    ("deadline: ¦-5\n", "is no duration"),
    ("params: ¦[1]\n", "here stands a mapping of keys, not a list"),
    ("params:\n  ¦1st: {type: int, default: 1}\n", "'1st' is no name"),
    ("params:\n  n: {type: ¦integer, default: 1}\n", "'integer' is none of int, float"),
    ("params:\n  ¦n: {type: int}\n", "the key 'default' is missing"),
    ("params:\n  n: {type: int, default: ¦x}\n", "n takes a whole number, not 'x'"),
    ("params:\n  n: {type: int, default: ¦1.5}\n", "n takes a whole number, not '1.5'"),
    ("params:\n  n: {type: int, default: ¦0, min: 1}\n", "n is at least 1, not 0"),
    ("params:\n  n: {type: float, default: ¦2, max: 1.5}\n", "n is at most 1.5, not 2.0"),
    ("params:\n  n: {type: int, default: 1, min: ¦3, max: 2}\n", "min 3 is more than max 2"),
    ("params:\n  n: {type: bool, default: ¦maybe}\n", "n takes true or false, not 'maybe'"),
    ("params:\n  n: {type: port, default: ¦70000}\n", "n takes auto or a port"),
    ("params:\n  ¦n: {type: choice, default: a}\n", "has no choices"),
    ("params:\n  n: {type: choice, default: ¦c, choices: [a, b]}\n", "n is one of a, b, not 'c'"),
    ("params:\n  n: {type: path, default: '', min: ¦1}\n", "a param of type path has no min"),
    ("params:\n  n: {type: str, default: '', exists: ¦true}\n", "a param of type str leads nowhere"),
    ("params:\n  n: {type: path, default: ¦nowhere, exists: true}\n", "n leads to nothing: there is no /"),
    ("params:\n  n: {type: duration, default: ¦5x}\n", "n takes a duration"),
    ("params:\n  n: {type: str, default: ¦'${{ params.n }}'}\n", "a value holds neither `${{`"),
    ("params: {n: {type: int, default: 1}}\ninputs:\n  ¦n: {help: x}\n", "n is a param already"),
    ("inputs:\n  t: {help: x, secret: true, default: ¦abc}\n", "a secret has no default"),
    ("inputs:\n  t: {help: x, secret: ¦yes}\n", "here stands true or false, not 'yes'"),
    ("inputs:\n  t: {help: x, env: ¦A-B}\n", "is no name of an environment variable"),
    ("ports: {p: ¦99999}\n", "a port is auto or a number"),
    ("ports:\n  p: {replicas: 2}\n  ¦p-2: auto\n", "p-2 is also the name of a replica of p"),
    ("env: {¦FLTUI_RUN: x}\n", "FLTUI_RUN is set by fltui itself"),
    ("files:\n  f: ¦{to: a}\n", "either template or text"),
    ("files:\n  f: {template: ¦nothing.json}\n", "there is no template"),
    ("files:\n  f: {text: x, to: ¦../x}\n", "is no path inside the run folder"),
    ("files:\n  ¦f: {text: x, to: x, replicas: 2}\n", "each replica needs a path of its own"),
    ("guide: ¦nothing.md\n", "there is no guide"),
    ("rounds: {planned: ¦three}\n", "here stands a whole number, not 'three'"),
    (
        "stall: {after: 5s, say: '¦{conected} of {clients}'}\n",
        "{conected} has no value here; did you mean connected?",
    ),
    ("stall: {say: '¦{connected'}\n", "the braces of this sentence do not fit"),
    ("success: {at_least: ¦0.5}\n", "at_least of which metric?"),
]


@pytest.mark.parametrize(("text", "sentence"), KEYS, ids=[sentence for _, sentence in KEYS])
def test_a_bad_key_or_value_says_where(write_recipe: Callable[..., Path], text: str, sentence: str) -> None:
    text = text.replace("say: '¦", "say: ¦'")
    check_mark(write_recipe, text, sentence)


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        ("¦title: A\nframework: f\ntask: t\n", "the key 'schema' is missing"),
        ("schema: ¦2\ntitle: A\nframework: f\ntask: t\n", "2 is none of 1"),
        ("schema: 1\ntitle: ¦[A]\nframework: f\ntask: t\n", "here stands text, not a list"),
        ("schema: 1\ntitle: A\nframework: ¦My Flower\ntask: t\n", "framework is one word in lower case"),
    ],
)
def test_the_head_is_checked(write_recipe: Callable[..., Path], head: str, sentence: str) -> None:
    check_mark(write_recipe, "", sentence, head)


THREE_IN_A_CIRCLE = """\
  a: {role: server, argv: [x], needs: {¦b: ready}}
  b: {role: client, argv: [x], needs: {c: started}}
  c: {role: client, argv: [x], needs: {a: started}}
"""
PROCESSES = [
    ("  a: {role: ¦servr, argv: [x]}\n", "'servr' is none of director, server"),
    ("  a: ¦{role: server}\n", "a process needs argv (a list) or shell (a text)"),
    ("  a: ¦{role: server, argv: [x], shell: x}\n", "a process has either argv or shell"),
    ("  a: {role: server, argv: ¦python x}\n", "here stands a list, not 'python x'"),
    ("  a: {role: server, argv: [x, ¦[y]]}\n", "here stands text, not a list"),
    ("  a: {role: server, argv: [x, {¦wen: y, argv: [z]}]}\n", "unknown key 'wen'; did you mean when?"),
    ("  a: {role: server, argv: [x], ¦neds: {}}\n", "unknown key 'neds'; did you mean needs?"),
    ("  a: {role: server, argv: [x]}\n  ¦a: {role: client, argv: [y]}\n", "the key 'a' is there twice"),
    ("  a: {role: server, argv: [x], needs: {¦b: ready}}\n", "there is no process b; there are a"),
    (
        "  a: {role: server, argv: [x], needs: {server: ¦redy}}\n",
        "'redy' is none of started, ready, completed; did you mean ready?",
    ),
    (
        THREE_IN_A_CIRCLE,
        "these need each other, so none can start: a -> b -> c -> a",
    ),
    (
        "  a: {role: server, argv: [x], needs: {¦a: ready}}\n",
        "these need each other, so none can start: a -> a",
    ),
    (
        "  a: {role: server, argv: [x], ends: serves}\n  b: {role: tool, argv: [x], needs: {a: ¦completed}}\n",
        "it never completes",
    ),
    (
        "  a: {role: client, argv: [x], replicas: 2}\n  ¦a-2: {role: client, argv: [x]}\n",
        "a-2 is also the name of a replica",
    ),
    ("  a: {role: server, argv: [x], ready: ¦[]}\n", "at least one is needed here"),
    ("  a: {role: server, argv: [x], ¦ready: {timeout: 5s}}\n", "the key 'checks' is missing"),
    (
        "  a: {role: server, argv: [x], ready: [¦{prot: a}]}\n",
        "this needs one of the keys log, port, http, command or file",
    ),
    (
        "  a: {role: server, argv: [x], ready: [{port: ¦sever}]}\n",
        "there is no port sever; did you mean server?",
    ),
    ("  a: {role: server, argv: [x], ready: [{port: ¦node}]}\n", "there is one port node a replica"),
    ("  a: {role: server, argv: [x], ready: [{log: 'a¦(b'}]}\n", "no regular expression: missing )"),
    ("  a: {role: server, argv: [x], ready: [{log: ¦''}]}\n", "found in every line"),
    ("  a: {role: server, argv: [x], ready: [{log: ¦'x*'}]}\n", "found in every line"),
    ("  a: {role: server, argv: [x], ready: [{log: y, process: ¦bb}]}\n", "there is no process bb"),
    (
        "  a: {role: server, argv: [x], ready: [{log: y, ¦cuont: 3}]}\n",
        "unknown key 'cuont'; did you mean count?",
    ),
    (
        "  a: {role: server, argv: [x], steps: [¦{why: x}]}\n",
        "this needs one of the keys wait, send, ask or run",
    ),
    (
        "  a: {role: server, argv: [x], steps: [¦{wiat: x}]}\n",
        "this needs one of the keys wait, send, ask or run; did you mean wait?",
    ),
    ("  a: {role: server, argv: [x], steps: [{send: x, ¦count: 3}]}\n", "unknown key 'count'"),
    ("  a: {role: server, argv: [x], steps: [{wait: x, process: ¦bb}]}\n", "there is no process bb"),
    ("  a: {role: server, argv: [x], stdin: 'null', steps: [¦{send: x}]}\n", "its stdin is null"),
    (
        "  a: {role: server, argv: [x], steps: [{send: x, name: s}, {send: y, name: ¦s}]}\n",
        "two steps of a are called s",
    ),
    ("  a: {role: server, argv: [x], steps: [{ask: x?, name: ¦n}]}\n", "n is a param or an input already"),
    (
        "  a: {role: server, argv: [x], metrics: [{lines: ¦jsn}]}\n",
        "'jsn' is none of json; did you mean json?",
    ),
    ("  a: {role: server, argv: [x], metrics: [{line: ¦'acc'}]}\n", "the pattern names no metric"),
    ("  a: {role: server, argv: [x], exit_codes: ¦0}\n", "here stands a list, not 0"),
    ("  a: {role: server, argv: [x], cwd: ¦nowhere}\n", "there is no folder"),
    (
        "  a: {role: server, argv: [x], gpus: ¦many}\n",
        "gpus is none, auto, share, a number, or the text of a device",
    ),
    ("  a: {role: server, argv: [x], host: ¦elsewhere}\n", "a process runs here"),
    ("  a: {role: server, argv: [x], line_parts: ¦'(?P<time>x)'}\n", "has no group message"),
    ("  a: {role: server, argv: [x], line_parts: ¦'(?P<message>x)(?P<lvl>y)'}\n", "not lvl"),
    ("  a: {role: server, argv: [x], stop: ¦{send: x, run: [y]}}\n", "stop has either send or run"),
    ("  a: {role: server, argv: [x], when: ¦'yes'}\n", "a condition without an expression"),
    ("  a: {role: server, argv: [x], when: ¦'${{ params.n }} == 1 == 2'}\n", "a condition compares once"),
]


@pytest.mark.parametrize(("text", "sentence"), PROCESSES, ids=[text.strip() for text, _ in PROCESSES])
def test_a_bad_process_says_where(write_recipe: Callable[..., Path], text: str, sentence: str) -> None:
    names = "params: {n: {type: int, default: 1}}\nports: {server: auto, node: {replicas: 2}}\n"
    check_mark(write_recipe, f"{names}processes:\n{text}", sentence)


def test_a_line_that_a_terminal_would_cut_is_refused(write_recipe: Callable[..., Path]) -> None:
    text = f"processes:\n  a: {{role: server, argv: [x], steps: [{{send: ¦{'x' * 4001}}}]}}\n"
    check_mark(write_recipe, text, "the line has 4,001 bytes; a terminal takes at most 4,000")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "rounds: {started: {process: ¦sever, line: 'x(?P<round>1)'}}\n",
            "no process sever; did you mean server?",
        ),
        ("rounds: {started: {process: server, line: ¦'x(?P<rnd>1)'}}\n", "the pattern has no group round"),
        ("rounds: {done: {process: server, line: ¦'x'}}\n", "the pattern has no group round"),
        ("clients: {connected: {process: ¦srv, line: x}}\n", "there is no process srv"),
        ("progress: [{process: ¦srv, line: x}]\n", "there is no process srv"),
        ("notes: [{process: server, line: 'a(?P<ok>b)', say: ¦'{bad}'}]\n", "{bad} has no value here"),
        ("notes: [{process: server, line: ¦'a[', say: x}]\n", "no regular expression"),
        (
            "notes: [{process: server, line: ¦a, say: x, level: bad}]\n".replace("¦a", "a").replace(
                "bad}", "¦bad}"
            ),
            "none of info, warning, error",
        ),
    ],
)
def test_a_bad_rule_says_where(write_recipe: Callable[..., Path], text: str, sentence: str) -> None:
    path = write_recipe(text)
    whole, line, column = marked(path.read_text())
    path.write_text(whole)
    found = fault(path)
    assert (found.line, re.sub(r"\D", "", str(found.column))) == (found.line, str(found.column))
    assert found.line == line
    assert column <= found.column <= column + 3  # inside a pattern, the place that is wrong in it
    assert sentence in found.sentence


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("rounds: {planned: ¦3}\n", "nothing tells when a round is done"),
        ("success: {metric: ¦accuracy}\n", "no process has `metrics`"),
    ],
)
def test_a_success_that_can_never_be_seen_is_refused(
    write_recipe: Callable[..., Path], body: str, sentence: str
) -> None:
    check_mark(write_recipe, f"{body}processes:\n  a: {{role: server, argv: [x]}}\n", sentence)


def test_a_sentence_never_repeats_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("x" * 200_000)
    assert len(str(fault(path))) < 2000
    path.write_text(f"schema: 1\ntitle: t\nframework: f\ntask: t\nprocesses: {'x' * 100_000}\n")
    found = fault(path)
    assert (len(str(found)) < 2000, found.line, found.column) == (True, 5, 12)
