"""Whether a task's data is on this machine, as far as one can tell without loading it.

What to look for stands beside the task's code, `recipes/common/TASK/data.toml`:

summary = "GLUE SST-2"          # what it is
bundled = false                 # true: it comes with the environment, nothing is looked for
size = "7 MB"                   # what a download takes
files = ["SST-2.zip", …]        # any of them (* is any name) in a folder of FLTUI_DATA, or in its subfolder `in`
in = "sst2"
elsewhere = ["$TFDS_DATA_DIR/glue/sst2", "~/tensorflow_datasets/glue/sst2"]   # any of these paths
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass
from pathlib import Path

from fltui.facts.site import site_folders


@dataclass(frozen=True)
class DataState:
    """`state`: bundled, here, away (a run fetches it) or unknown (nobody says what to look for);
    `where`: the place it was found at."""

    state: str
    summary: str = ""
    size: str = ""
    where: str = ""

    @property
    def words(self) -> str:
        """One or two words for a heading, beside the sign of its state."""
        return {
            "bundled": "bundled",
            "here": self.size or "here",
            "away": self.size or "to fetch",
        }.get(self.state, "")


UNKNOWN = DataState("unknown")


def data_of(task: str, recipes: Path) -> DataState:
    """The data of `task` for recipes of the tree `recipes`. A description that cannot be read is unknown."""
    file = recipes / "common" / task / "data.toml"
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
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
    return DataState("away" if found is None else "here", summary, size, str(found or ""))
