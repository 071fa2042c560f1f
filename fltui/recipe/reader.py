"""YAML 1.2 to plain data, with the place of every key and value.

Nodes are composed by ruamel.yaml and built here: that is faster than its constructors, keeps
positions, refuses what a recipe must not hold (duplicate keys, tags, aliases of themselves), and
bounds what a small file can unfold into.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from fltui.recipe.errors import RecipeError
from fltui.recipe.scalars import WrittenFloat, WrittenInt

MOST_BYTES = 256 * 1024
MOST_VALUES = 20_000
MOST_DEPTH = 40
_TAG = "tag:yaml.org,2002:"
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]")
_KINDS = {_TAG + kind for kind in ("str", "int", "float", "bool", "null", "timestamp", "merge", "seq", "map")}


class Document:
    """The data of one YAML file and where each part of it stands."""

    def __init__(self, file: Path, data: Any, root: Node | None) -> None:
        self.file = file
        self.data = data
        self._root = root

    def value_at(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column (from 1) of the value at `path`; of the nearest part above, if none is there."""
        node, _ = self._walk(path)
        return _place(node) if node is not None else (1, 1)

    def key_at(self, path: Sequence[str | int]) -> tuple[int, int]:
        """Line and column of the key at the end of `path`; of its value where it has no key."""
        _, key = self._walk(path)
        return _place(key) if key is not None else self.value_at(path)

    def text_at(self, path: Sequence[str | int], offset: int) -> tuple[int, int]:
        """Line and column of the character `offset` of the text at `path`.

        Exact for text on one line without escapes; for a block, the line; else where the text begins.
        """
        node, _ = self._walk(path)
        if not isinstance(node, ScalarNode):
            return self.value_at(path)
        line, column = _place(node)
        if node.style in ("|", ">"):
            return line + 1 + node.value.count("\n", 0, offset), 1
        if node.start_mark.line != node.end_mark.line:
            return line, column
        return line, column + offset + (1 if node.style in ("'", '"') else 0)

    def _walk(self, path: Sequence[str | int]) -> tuple[Node | None, Node | None]:
        """The node at `path` and its key. Parts that the file does not have (they name a branch of a
        model, or a short form was unfolded) are passed over."""
        node, key = self._root, None
        for part in path:
            if isinstance(node, MappingNode):
                for key_node, value_node in node.value:
                    if key_node.value == part:
                        node, key = value_node, key_node
                        break
            elif isinstance(node, SequenceNode) and isinstance(part, int) and part < len(node.value):
                node, key = node.value[part], None
        return node, key


def read(file: Path) -> tuple[str, Document]:
    """The text and the document of a recipe or answers file. Raises RecipeError."""
    text = read_text(file)
    return text, parse(file, text)


def read_text(file: Path) -> str:
    """The text of `file`. Raises RecipeError when it is too large, unreadable or not UTF-8 text."""
    try:
        with file.open("rb") as opened:
            data = opened.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                size = opened.seek(0, 2)
                raise RecipeError.at(
                    file, 1, 1, f"the file has {size:,} bytes; a recipe has at most {MOST_BYTES:,}"
                )
    except OSError as error:
        raise RecipeError.at(file, 1, 1, f"cannot be read: {error.strerror}") from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = _place_in(data[: error.start].decode("utf-8", "replace"))
        raise RecipeError.at(
            file, *place, f"this is no text: byte {data[error.start]:#04x} is not UTF-8"
        ) from None
    control = _CONTROL.search(text)
    if control is not None:
        place = _place_in(text[: control.start()])
        raise RecipeError.at(file, *place, f"this is no text: it holds the character U+{ord(control[0]):04X}")
    return text


def parse(file: Path, text: str) -> Document:
    """The document in `text`. Raises RecipeError."""
    yaml = YAML(typ="safe", pure=True)
    yaml.max_depth = MOST_DEPTH
    try:
        yaml.composer.warn_double_anchors = False  # YAML 1.2 lets an anchor be set anew
        root = yaml.compose(text)
    except MarkedYAMLError as error:
        raise _syntax_problem(file, error) from None
    except YAMLError as error:
        raise RecipeError.at(file, 1, 1, f"this is no YAML: {_one_line(str(error))}") from None
    except RecursionError:
        raise RecipeError.at(file, 1, 1, f"values lie more than {MOST_DEPTH} deep in each other") from None
    if root is None:
        raise RecipeError.at(file, 1, 1, "the file is empty")
    return Document(file, _Builder(file).build(root, 0), root)


class _Builder:
    """Plain data from nodes; counts what aliases unfold into."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._values = 0
        self._open: set[int] = set()

    def build(self, node: Node, depth: int) -> Any:
        self._values += 1
        if self._values > MOST_VALUES:
            raise self._problem(node, f"aliases unfold into more than {MOST_VALUES:,} values")
        if depth > MOST_DEPTH:
            raise self._problem(node, f"values lie more than {MOST_DEPTH} deep in each other")
        tag = str(node.tag)
        if tag not in _KINDS:
            shown = tag.replace(_TAG, "!!")
            raise self._problem(node, f"a recipe has no tags; take away {shown}")
        if isinstance(node, ScalarNode):
            return self._scalar(node, tag[len(_TAG) :])
        if id(node) in self._open:
            raise self._problem(node, f"the anchor &{node.anchor} holds an alias of itself")
        self._open.add(id(node))
        try:
            if isinstance(node, SequenceNode):
                return [self.build(item, depth + 1) for item in node.value]
            return self._mapping(node, depth)
        finally:
            self._open.discard(id(node))

    def _mapping(self, node: Node, depth: int) -> dict[str, Any]:
        result: dict[str, Any] = {}
        lines: dict[str, int] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                raise self._problem(key_node, "a key is text, not a list or a mapping")
            key = key_node.value
            if key in result:
                raise self._problem(key_node, f"the key {key!r} is there twice; first in line {lines[key]}")
            lines[key] = key_node.start_mark.line + 1
            result[key] = self.build(value_node, depth + 1)
        return result

    def _scalar(self, node: ScalarNode, kind: str) -> Any:
        text: str = node.value
        if kind == "null":
            return None
        if kind == "bool" and text.lower() in ("true", "false"):
            return text.lower() == "true"
        try:
            if kind == "int":
                return WrittenInt.read(text)
            if kind == "float":
                return WrittenFloat.read(text)
        except ValueError:
            return text  # 1_000 and 1:30 were numbers in YAML 1.1 and are text in 1.2
        return text

    def _problem(self, node: Node, sentence: str) -> RecipeError:
        return RecipeError.at(self._file, *_place(node), sentence)


def _syntax_problem(file: Path, error: MarkedYAMLError) -> RecipeError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
    problem = _one_line(str(error.problem or error.context or "this is no YAML"))
    if "'\\t'" in problem or "\t" in problem or "tab" in problem.split():
        sentence = "a tab stands here; YAML indents with spaces only"
    elif "<stream end>" in problem or "unexpected end of stream" in problem:
        begun = error.context_mark
        what = _one_line(str(error.context or "a value")).removeprefix("while ").replace("parsing", "reading")
        where = f" that begins in line {begun.line + 1}" if begun is not None else ""
        sentence = f"the file ends inside something unclosed ({what}{where})"
    elif problem.startswith("expected ',' or"):
        begun = error.context_mark
        kind = "list begun by [" if "']'" in problem else "mapping begun by {"
        sentence = (
            f"the {kind} in line {begun.line + 1 if begun is not None else line} is not closed before this"
        )
    elif problem == "mapping values are not allowed here":
        sentence = "a `:` makes no sense here; quote text that holds a colon and a blank"
    elif "found undefined alias" in problem:
        sentence = problem.replace("found undefined alias", "no anchor of that name stands before the alias")
    elif "but found another document" in problem:
        sentence = "a recipe is one YAML document; a second begins here"
    elif "depth" in problem.lower():
        sentence = f"values lie more than {MOST_DEPTH} deep in each other"
    else:
        context = _one_line(str(error.context or ""))
        sentence = f"this is no YAML: {problem}" + (f" ({context})" if context else "")
    return RecipeError.at(file, line, column, sentence)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _place(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _place_in(before: str) -> tuple[int, int]:
    """The place right after `before`, the beginning of a file's text."""
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
