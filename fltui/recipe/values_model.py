"""The parts of a recipe that name values: params, inputs, ports and files."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from fltui.recipe.kinds import (
    EarlyText,
    Literal_,
    PlainFlag,
    PlainNumber,
    PortNumber,
    Scalar,
    SecretText,
    Variable,
    When,
    Whole,
)

ParamType = Literal["int", "float", "bool", "str", "choice", "path", "duration", "port", "device"]


class Part(BaseModel):
    """Any mapping of a recipe: unknown keys are errors, and nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class Param(Part):
    """A value that may differ from run to run: `--set NAME=VALUE`, or the app's form."""

    type: ParamType = Field(
        description="what values it takes; a duration becomes seconds, a port is auto or 1 to 65535, a device auto, cpu, cuda or cuda:N"
    )
    default: Scalar = Field(
        description="what holds when nobody sets it; a path is relative to the recipe's folder"
    )
    min: PlainNumber | None = Field(None, description="the least value (int, float, duration in seconds)")
    max: PlainNumber | None = Field(None, description="the greatest value")
    choices: tuple[Scalar, ...] = Field(
        (), description="the only values allowed (choice; also int, float, str)"
    )
    exists: PlainFlag = Field(
        False, description="a path that is not empty must lead to something (path), else nothing begins"
    )
    help: Literal_ = Field(
        "", description="one line: what it is; the form of params in the terminal app shows it"
    )


class Input(Part):
    """What only a person knows: an address, a token. By `--set`, `--answers`, `env`, or asked for."""

    help: Literal_ = Field(description="what is asked for, and where a person finds it")
    secret: PlainFlag = Field(False, description="never in a log, a manifest, an argv or on a screen")
    env: Variable | None = Field(None, description="an environment variable that may hold it")
    default: Scalar = Field(None, description="what holds when nobody gives it (never for a secret)")
    when: When | None = Field(
        None, description="needed only if this holds; else it is empty when nobody gives it"
    )


class Refusal(Part):
    """Params that fit each for itself and not together: such a run is a mistake, told before it begins."""

    when: When = Field(description="holds for what is refused; of params only")
    say: EarlyText = Field(description="what does not go together, and what does; may name params")


class PortWish(Part):
    """A TCP port on loopback, `${{ ports.NAME }}`. Short: `NAME: auto`, `NAME: 8080`."""

    number: PortNumber = Field("auto", description="auto, a number, or a param of type port")
    replicas: Whole | None = Field(
        None,
        description="one port a replica; `${{ ports.NAME }}` in a replica is its own (fixed: number, number+1, …)",
    )

    @model_validator(mode="before")
    @classmethod
    def _short_form(cls, value: Any) -> Any:
        return value if isinstance(value, dict) else {"number": value}


class FileTemplate(Part):
    """A text file rendered into the run folder before the first process starts: `${{ files.NAME }}`
    is its path. Only `${{ }}` expands in it."""

    template: EarlyText | None = Field(None, description="a file beside the recipe")
    text: SecretText | None = Field(None, description="the text itself, instead of a template")
    to: EarlyText | None = Field(
        None, description="its path in the run folder's `files/`; default: the template's name, or NAME"
    )
    secret: PlainFlag = Field(
        False,
        description="it may hold secret inputs: lies in `secrets/` (0700), removed at the end, never exported",
    )
    replicas: Whole | None = Field(None, description="one file a replica; `to` then names `${{ replica }}`")
    when: When | None = Field(None, description="written only if this holds")

    @model_validator(mode="after")
    def _one_source(self) -> FileTemplate:
        if (self.template is None) == (self.text is None):
            raise ValueError("a file has either template or text")
        return self
