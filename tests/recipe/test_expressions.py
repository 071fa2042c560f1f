"""Only `${{ name }}` expands, and nothing else is touched."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fltui.recipe.conditions import ConditionError, holds, is_true, split
from fltui.recipe.expressions import ExpressionError, Name, expand, names, only_name, parse, written

NAMES = st.from_regex(r"[a-z][a-z0-9_-]{0,8}(\.[a-z0-9_-]{1,8}){0,2}", fullmatch=True)
LITERALS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20).filter(
    lambda text: "${{" not in text
)
VALUES = st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False), LITERALS)


@given(LITERALS)
def test_text_without_an_expression_stays_as_it_is(text: str) -> None:
    assert expand(text, lambda name: pytest.fail(name)) == text


@given(st.lists(st.tuples(LITERALS, NAMES), min_size=1, max_size=4), LITERALS, st.data())
def test_each_expression_is_replaced_and_the_rest_is_untouched(
    pairs: list[tuple[str, str]], tail: str, data: st.DataObject
) -> None:
    values = {name: data.draw(LITERALS) for _, name in pairs}
    # A literal that ends in `$` or `${` could begin an expression together with what follows.
    text = "".join(f"{literal}|${{{{ {name} }}}}" for literal, name in pairs) + "|" + tail
    expected = "".join(f"{literal}|{values[name]}" for literal, name in pairs) + "|" + tail
    assert expand(text, values.__getitem__) == expected
    assert [found.name for found in names(text)] == [name for _, name in pairs]


@given(NAMES, VALUES, st.sampled_from(["", " ", "  "]))
def test_an_expression_alone_keeps_the_type_of_its_value(name: str, value: object, blank: str) -> None:
    found = expand(f"{blank}${{{{{blank}{name}{blank}}}}}{blank}", {name: value}.__getitem__)
    assert found == value
    assert type(found) is type(value)


def fault_of(text: str) -> ExpressionError | None:
    try:
        parse(text)
    except ExpressionError as error:
        return error
    return None


@given(st.text(st.sampled_from("${} ab.1"), max_size=30))
def test_any_text_is_read_or_refused_where_an_expression_begins(text: str) -> None:
    fault = fault_of(text)
    if fault is not None:
        assert text[fault.offset :].startswith("${{")
    else:
        literal = re.sub(r"\$\{\{\s*[\w.-]+\s*\}\}", "", text)
        assert "".join(part for part in parse(text) if isinstance(part, str)) == literal


@given(
    LITERALS,
    st.sampled_from(
        ["${{", "${{ }}", "${{ a b }}", "${{ 1a }}", "${{ a.b", "${{ a..b }}", "${{ a + b }}", "${{ 'a' }}"]
    ),
)
def test_what_only_looks_like_an_expression_is_refused_where_it_begins(before: str, wrong: str) -> None:
    text = f"{before}|{wrong}"
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert caught.value.offset == len(before) + 1


@given(NAMES)
def test_the_offset_of_a_name_is_that_of_its_braces(name: str) -> None:
    assert parse(f"ab${{{{ {name} }}}}") == ["ab", Name(name, 2)]
    assert only_name(f"${{{{ {name} }}}}") == name
    assert only_name(f"x${{{{ {name} }}}}") is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "true"), (False, "false"), (None, ""), (3, "3"), (1.0, "1.0"), (0.1, "0.1"), ("x", "x")],
)
def test_values_are_written_as_a_person_would_in_yaml(value: object, text: str) -> None:
    assert written(value) == text


# PyYAML's, of YAML 1.1, which reads what does not match as text.
YAML_1_1_FLOAT = re.compile(
    r"[-+]?(?:[0-9][0-9_]*)\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.(?:inf|Inf|INF)"
)


@given(st.floats(allow_nan=False, allow_infinity=False))
@example(5e-05)
@example(1e22)
def test_a_float_is_a_number_to_a_framework_that_reads_yaml_1_1(value: float) -> None:
    assert YAML_1_1_FLOAT.fullmatch(written(value))
    assert float(written(value)) == value


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ("${{ tls }}", True),
        ("${{ off }}", False),
        ("${{ zero }}", False),
        ("${{ word }}", True),
        ("${{ empty }}", False),
        ("${{ word }} == own", True),
        ("${{ word }} != own", False),
        ("own == ${{ word }}", True),
        ("${{ tls }} == true", True),
        ("${{ zero }} == 0", True),
        ("${{ trick }} == x", False),
    ],
)
def test_a_condition_is_a_truth_or_one_comparison(condition: str, held: bool) -> None:
    values = {"tls": True, "off": False, "zero": 0, "word": "own", "empty": "", "trick": "x == x"}
    assert holds((condition,), values.__getitem__) is held


def test_all_conditions_of_a_list_must_hold() -> None:
    values = {"a": True, "b": False}
    assert holds(None, values.__getitem__)
    assert holds(("${{ a }}", "${{ a }}"), values.__getitem__)
    assert not holds(("${{ a }}", "${{ b }}"), values.__getitem__)


def test_a_condition_compares_once() -> None:
    with pytest.raises(ConditionError, match="compares once"):
        split("a == b == c")


@pytest.mark.parametrize("text", ["no", "OFF", "False", "0", " ", ""])
def test_the_false_texts(text: str) -> None:
    assert not is_true(text)
