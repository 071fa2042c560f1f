"""However a recipe is mangled, it is a recipe or one that says what is wrong; never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fltui.plan.check import check
from fltui.recipe.errors import RecipeError

AVERAGING = Path(__file__).parent / "averaging"
TEXT = (AVERAGING / "recipe.yaml").read_text()
LINES = TEXT.splitlines()
SPLINTERS = [
    *"{}[]:,#&*!|>'\"%@` \t\n\\$-?~",
    "${{", "}}", "${{ params.rounds }}", "${{ replica }}", "${{ ports.server }}", "<<: ", "null", "true", "1e999",
    "-1", "9" * 30, "0x1F", "[]", "{}", "!!set", "---\n", "...", "\u2028", "\ufeff", "(?P<", "(", "*a", "&a ",
    "when: x", "replicas: 0", "1.5", "''", "é", "\x85",
]  # fmt: skip


def judged(folder: Path, text: str) -> None:
    """Checks the text as a recipe beside the example's own files."""
    for name in ("plan.json", "server.py", "client.py"):
        if not (folder / name).exists():
            (folder / name).write_text((AVERAGING / name).read_text())
    file = folder / "recipe.yaml"
    file.write_bytes(text.encode("utf-8", "surrogatepass"))
    try:
        check(file)
    except RecipeError as error:
        for problem in error.problems:
            assert problem.line >= 1
            assert problem.column >= 1
            assert problem.sentence.strip()
            assert "\n" not in problem.sentence


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


fuzzed = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@fuzzed
@given(place=st.integers(0, len(TEXT)), cut=st.integers(0, 12), splinter=st.sampled_from(SPLINTERS))
def test_characters_lost_or_put_in(folder: Path, place: int, cut: int, splinter: str) -> None:
    judged(folder, TEXT[:place] + splinter + TEXT[place + cut :])


@fuzzed
@given(one=st.integers(0, len(LINES) - 1), other=st.integers(0, len(LINES) - 1), indent=st.integers(0, 8))
def test_lines_moved_to_another_place(folder: Path, one: int, other: int, indent: int) -> None:
    lines = [*LINES]
    moved = lines.pop(one)
    lines.insert(other, " " * indent + moved.lstrip())
    judged(folder, "\n".join(lines))


@fuzzed
@given(data=st.data())
def test_a_value_of_another_kind(folder: Path, data: st.DataObject) -> None:
    number = data.draw(
        st.sampled_from([i for i, line in enumerate(LINES) if ": " in line and "{" not in line])
    )
    key = LINES[number].split(": ", 1)[0]
    value = data.draw(
        st.sampled_from(
            [
                "",
                "[]",
                "{}",
                "[[]]",
                "{a: b}",
                "3",
                "1.5",
                "true",
                "x",
                "'${{ params.rounds }}'",
                "'${{ x }}'",
            ]
        )
    )
    judged(folder, "\n".join([*LINES[:number], f"{key}: {value}", *LINES[number + 1 :]]))


@fuzzed
@given(text=st.text(max_size=200))
def test_any_text_at_all(folder: Path, text: str) -> None:
    judged(folder, text)


@pytest.mark.parametrize("size", [250_000])
@pytest.mark.parametrize(
    "make",
    [
        lambda size: "a: " + "x " * (size // 2),
        lambda size: "".join(f"k{i}: 1\n" for i in range(size // 10)),
        lambda size: "a: [" + "1," * (size // 2) + "]",
        lambda size: "a: '" + "\n" * size + "'",
        lambda size: "a: |\n" + " x\n" * (size // 3),
        lambda size: "- " * (size // 2),
        lambda size: "{" * size,
        lambda size: "? " * (size // 2),
        lambda size: "a: &a 1\n" + "".join(f"b{i}: *a\n" for i in range(size // 12)),
    ],
    ids=["words", "keys", "list", "blank lines", "block", "dashes", "braces", "question marks", "aliases"],
)
def test_the_largest_file_that_is_read_is_judged_too(
    folder: Path, make: Callable[[int], str], size: int
) -> None:
    judged(folder, make(size))
