"""Whether a task's data is on this machine, as far as one can tell without loading it.

What to look for stands beside the task's code, `recipes/common/TASK/data.toml`:

summary = "GLUE SST-2"          # what it is
bundled = false                 # true: it comes with the environment, nothing is looked for
size = "7 MB"                   # what a download takes
files = ["SST-2.zip", …]        # any of them (* is any name) in a folder of FLTUI_DATA, or in its subfolder `in`
in = "sst2"
elsewhere = ["$TFDS_DATA_DIR/glue/sst2", "~/tensorflow_datasets/glue/sst2"]   # any of these paths
by_hand = "curl …"              # the download as a shell line
[[models]]                      # a model of TF Hub that a run fetches besides
summary = "BERT's encoder"
size = "400 MB"
param = "bert_encoder"          # its handle, or the folder of a SavedModel
when = "encoder"                # it is wanted where this param
is = ["auto", "bert"]           # is one of these; the last insists on it
instead = "minilm"              # what `auto` takes without it
"""

from __future__ import annotations

import hashlib
import os
import shlex
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fltui.facts.site import cache_folder, site_folders


@dataclass(frozen=True)
class DataState:
    """`state`: bundled, here, away (a run fetches it) or unknown (nobody says what to look for);
    `where`: the place it was found at; `by_hand`: the download as a shell line."""

    state: str
    summary: str = ""
    size: str = ""
    where: str = ""
    by_hand: str = ""

    @property
    def words(self) -> str:
        """One or two words for a heading, beside the sign of its state."""
        return {
            "bundled": "bundled",
            "here": self.size or "here",
            "away": self.size or "to fetch",
        }.get(self.state, "")


UNKNOWN = DataState("unknown")


@dataclass(frozen=True)
class ModelState:
    """A model that a run loads besides its data. `folder`: where it is looked for; `by_hand`: the download
    as a shell line, empty where a folder was named; `instead`: what stands in for it, or empty; `wish`: the
    `K=V` that insists on it."""

    summary: str
    param: str
    folder: Path
    here: bool
    size: str
    by_hand: str
    instead: str
    wish: str


def data_of(task: str, recipes: Path) -> DataState:
    """The data of `task` for recipes of the tree `recipes`. A description that cannot be read is unknown."""
    told = _described(task, recipes)
    if told is None:
        return UNKNOWN
    summary, size = str(told.get("summary", "")), str(told.get("size", ""))
    if told.get("bundled"):
        return DataState("bundled", summary)
    files, below = list(map(str, told.get("files", ()))), str(told.get("in", ""))
    places = [
        place
        for folder in site_folders("FLTUI_DATA")
        for part in dict.fromkeys((below, ""))
        for name in files
        for place in sorted((folder / part).glob(name))
    ]
    places += [Path(os.path.expandvars(str(text))).expanduser() for text in told.get("elsewhere", ())]
    found = next((place for place in places if place.exists()), None)
    by_hand = str(told.get("by_hand", ""))
    return DataState("away" if found is None else "here", summary, size, str(found or ""), by_hand)


def models_of(task: str, recipes: Path, params: Mapping[str, Any]) -> list[ModelState]:
    """The models that a run of `task` with these params loads besides its data."""
    found = []
    for model in (_described(task, recipes) or {}).get("models", ()):
        handle, choice = str(params.get(model["param"], "")), params.get(model["when"])
        if not handle or choice not in model["is"]:
            continue
        folder, by_hand = Path(handle).expanduser(), ""
        if handle.startswith(("https://", "http://")):
            # TF Hub's own layout and naming, in the folder that the recipes give it.
            cache = Path(os.environ.get("TFHUB_CACHE_DIR") or cache_folder() / "tfhub")
            folder = cache / hashlib.sha1(handle.encode()).hexdigest()
            url = f"{handle}?tf-hub-format=compressed"
            where = shlex.quote(str(folder))
            by_hand = f"mkdir -p {where} && curl -fL {shlex.quote(url)} | tar xz -C {where}"
        here = (folder / "saved_model.pb").is_file()
        instead = str(model.get("instead", "")) if choice == "auto" else ""
        size = str(model.get("size", ""))
        wish = f"{model['when']}={model['is'][-1]}"
        found.append(ModelState(model["summary"], model["param"], folder, here, size, by_hand, instead, wish))
    return found


def _described(task: str, recipes: Path) -> dict[str, Any] | None:
    """What stands beside the task's code; None when nothing does, or nothing that can be read."""
    try:
        return tomllib.loads((recipes / "common" / task / "data.toml").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
