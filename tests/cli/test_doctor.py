"""What `fltui doctor` looks at."""

from __future__ import annotations

import json
from pathlib import Path

from fltui_command import fltui


def test_the_recipes_of_a_folder_that_is_named_are_looked_at_too(tmp_path: Path, own_site: Path) -> None:
    for name in ("common", "environments", "talk/one"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "talk" / "one" / "recipe.yaml").write_text("schema: 1\n")
    done = fltui("--recipes", str(tmp_path), "doctor", "--json")
    assert "recipe talk/one" in [finding["what"] for finding in json.loads(done.stdout)]
