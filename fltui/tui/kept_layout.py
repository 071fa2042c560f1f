"""How somebody arranged the screen of a run: kept beside their other state, so that attach comes back to it.

`<state>/layouts/NAME-HASH.json`, never in the run's own folder: that is a record, may be read-only, and is exported.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path

from fltui.facts.site import state_folder

_MOST_KEPT = 500  # of the runs looked at last


@dataclass(frozen=True)
class KeptLayout:
    """`chosen`: the pane that a person chose, else empty; `order`: the processes as their panes stand; `looks`: process
    to the ways of showing its lines that are on; `sizes`: classes of the screen, as `presenting`."""

    chosen: str = ""
    zoomed: bool = False
    locals: bool = False
    order: list[str] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    sizes: list[str] = field(default_factory=list)
    looks: dict[str, list[str]] = field(default_factory=dict)


def read_layout(run: Path) -> tuple[KeptLayout | None, str]:
    """The layout kept for the run in a folder, None if there is none; and what is wrong with the file, else empty."""
    path = _path(run)
    try:
        value = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None, ""
    except (OSError, ValueError):
        return None, f"the layout kept in {path} cannot be read; it begins anew"
    plain = KeptLayout()
    known = {item.name: type(getattr(plain, item.name)) for item in fields(KeptLayout)}
    right = isinstance(value, dict) and all(
        isinstance(value.get(name, kind()), kind) for name, kind in known.items()
    )
    if not right or not all(isinstance(looks, list) for looks in value.get("looks", {}).values()):
        return None, f"the layout kept in {path} is none; it begins anew"
    return KeptLayout(**{name: value[name] for name in known if name in value}), ""


def keep_layout(run: Path, layout: KeptLayout) -> None:
    """Keeps it. Without room on the disk the screen begins anew next time."""
    path = _path(run)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(asdict(layout), indent=1))
        draft.replace(path)
        kept = sorted(path.parent.glob("*.json"), key=lambda file: file.stat().st_mtime, reverse=True)
        for old in kept[_MOST_KEPT:]:
            old.unlink(missing_ok=True)
    except OSError:
        return  # a full or read-only disk, or another view that tidied up just now


def _path(run: Path) -> Path:
    whole = os.fsencode(os.path.realpath(run))
    return state_folder() / "layouts" / f"{run.name}-{hashlib.sha256(whole).hexdigest()[:8]}.json"
