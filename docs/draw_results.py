"""Draws docs/pictures/sst2-NAME.svg: finished runs of the SST-2 recipes as the app shows them.

python docs/draw_results.py RUN…      the run folders that docs/write_results.py is given
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from draw_screens import PICTURES, Shot, draw, site

from fltui.facts.site import runs_folder
from fltui.record.manifest import read_manifest


def main(words: list[str]) -> None:
    PICTURES.mkdir(exist_ok=True)
    folders = [Path(word).resolve() for word in words]
    with site():
        runs_folder().mkdir(parents=True)
        for folder in folders:
            manifest = read_manifest(folder)
            recipe = manifest["plan"]["recipe"]
            link = runs_folder() / manifest["run"]  # what is shown is the name, not where it lies here
            link.symlink_to(folder)
            asyncio.run(draw(Shot(recipe.replace("/", "-"), recipe, None, "took"), link))


if __name__ == "__main__":
    main(sys.argv[1:])
