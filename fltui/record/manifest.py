"""`manifest.json`: what a run is, known when it begins.

Keys that this room reads, all optional to it: `schema` (1), `created` (Unix seconds), `plan` (a
facts.plan.LaunchPlan as JSON), `socket` (the folder of the control socket where the run folder
cannot hold one). Front ends add what else is worth keeping.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

MANIFEST = "manifest.json"
MANIFEST_SCHEMA = 1


class RunFolderError(ValueError):
    """A folder that does not hold a run, or holds one that cannot be read; as a sentence."""


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a run. Raises RunFolderError when there is none or it cannot be read."""
    path = Path(folder) / MANIFEST
    try:
        value = json.loads(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise RunFolderError(f"{folder} holds no run: it has no {MANIFEST}") from None
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{path} cannot be read: {error}") from None
    if not isinstance(value, dict):
        raise RunFolderError(f"{path} cannot be read: it is no JSON object")
    schema = value.get("schema", MANIFEST_SCHEMA)
    if not isinstance(schema, int) or schema > MANIFEST_SCHEMA:
        raise RunFolderError(f"{path} was written by a newer fltui (schema {schema}); upgrade to read it")
    return value


def write_manifest(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Writes the manifest (0600) at once: a reader sees the old one or the new one."""
    path = Path(folder) / MANIFEST
    draft = path.with_name(f".{MANIFEST}.{os.getpid()}")
    text = json.dumps({"schema": MANIFEST_SCHEMA, **manifest}, indent=1, default=str)
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with open(fd, "w", encoding="utf-8") as file:
            file.write(text + "\n")
        os.replace(draft, path)
    except BaseException:
        os.unlink(draft)
        raise


def update_manifest(folder: Path, **changes: Any) -> None:
    """Adds or replaces keys of the manifest."""
    write_manifest(folder, {**read_manifest(folder), **changes})
