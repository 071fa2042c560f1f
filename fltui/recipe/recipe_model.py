"""The whole of a recipe: one federation, as its file says it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, PrivateAttr

from fltui.recipe.kinds import (
    Duration,
    EarlyText,
    Literal_,
    Name,
    Number,
    Pattern,
    PlainFlag,
    SecretText,
    Variable,
    Whole,
)
from fltui.recipe.process_model import Process
from fltui.recipe.reader import Document
from fltui.recipe.values_model import FileTemplate, Input, Param, Part, PortWish, Refusal


class Line(Part):
    """Lines of one process (or of any of its replicas)."""

    process: Name = Field(description="whose log")
    line: Pattern = Field(description="regular expression over one line")


class Rounds(Part):
    """What a round is here."""

    planned: Whole | None = Field(None, description="how many must be done for the verdict ok")
    started: Line | None = Field(None, description="a line with the group `round`")
    done: Line | None = Field(
        None,
        description="a line with the group `round`; default: the success metric of scope global is there",
    )


class Clients(Part):
    """How many clients there are and how one sees that they are connected."""

    planned: Whole | None = Field(None, description="how many are expected")
    connected: Line | None = Field(
        None, description="a line with the group `connected` (a number), or one per client (group `client`)"
    )


class Note(Line):
    """What a line means, said in words beside the run."""

    say: Literal_ = Field(description="may use the line's named groups as `{name}`, and `{process}`")
    level: Literal["info", "warning", "error"] = Field("info", description="how bad it is")
    title: PlainFlag = Field(
        False, description="the last such sentence also stands in the title of its process, and in `fltui ps`"
    )


class Success(Part):
    """What must have been seen for the verdict ok, besides the planned rounds."""

    metric: Name | None = Field(None, description="a metric of scope global that the last round must have")
    at_least: Number | None = Field(None, description="its least value")


class Stall(Part):
    """When silence is a fault."""

    after: Duration = Field(120.0, description="no progress for so long is a stall")
    say: Literal_ = Field(
        "", description="what silence means here; may use `{connected}`, `{clients}`, `{round}`, `{rounds}`"
    )


@dataclass(frozen=True)
class Source:
    """Where a recipe came from."""

    file: Path
    text: str
    document: Document


class Recipe(Part):
    """One federation: which processes make it up, when each is ready, what is typed into them, which
    of their lines carry accuracy."""

    schema_: Literal[1] = Field(alias="schema", description="the version of this language: 1")
    title: Literal_ = Field(description="one line for lists")
    framework: Literal_ = Field(
        description="flower, tff, openfl, ibmfl, stadle, centralized, or another in lower case"
    )
    task: Literal_ = Field(description="what is learned: digits, sst2, cifar10, or another")
    environment: EarlyText | None = Field(
        None,
        description="the environment of all processes (a folder under recipes/environments); null: the caller's own",
    )
    params: dict[Name, Param] = Field({}, description="values that may differ from run to run")
    refuse: tuple[Refusal, ...] = Field((), description="params that do not go together")
    inputs: dict[Name, Input] = Field({}, description="what only a person knows")
    ports: dict[Name, PortWish] = Field({}, description="TCP ports, allocated for each run")
    env: dict[Variable, SecretText] = Field({}, description="environment variables of all processes")
    files: dict[Name, FileTemplate] = Field({}, description="files written into the run folder")
    processes: dict[Name, Process] = Field(min_length=1, description="the federation")
    rounds: Rounds = Field(Rounds.model_construct(), description="what a round is here")
    clients: Clients = Field(Clients.model_construct(), description="how many clients, and how they are seen")
    notes: tuple[Note, ...] = Field((), description="what lines of the framework mean")
    progress: tuple[Line, ...] = Field(
        (),
        description="lines that are progress, besides rounds and metrics; until the first round they are shown, with a bar where they count (`3 of 10`, `30%`)",
    )
    success: Success = Field(Success.model_construct(), description="what must have been seen")
    stall: Stall = Field(Stall.model_construct(), description="when silence is a fault")
    deadline: Duration = Field(3600.0, description="the whole run ends by then")
    guide: Literal_ = Field("", description="a Markdown file beside the recipe, or the Markdown itself")

    _source: Source = PrivateAttr()

    def from_source(self, source: Source) -> Recipe:
        """This recipe, knowing the file it was read from."""
        self._source = source
        return self

    @property
    def file(self) -> Path:
        """The recipe's file, absolute."""
        return self._source.file

    @property
    def folder(self) -> Path:
        return self._source.file.parent

    @property
    def text(self) -> str:
        return self._source.text

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self._source.text.encode()).hexdigest()

    @property
    def document(self) -> Document:
        """Where each part of it stands in the file."""
        return self._source.document

    @property
    def guide_file(self) -> Path | None:
        """The guide's file, when `guide` names one."""
        one_line = self.guide.strip()
        named = one_line.endswith(".md") and "\n" not in one_line
        return self.folder / one_line if named else None

    def guide_text(self) -> str:
        """The guide as Markdown; empty without one."""
        file = self.guide_file
        return file.read_text(encoding="utf-8") if file is not None else self.guide
