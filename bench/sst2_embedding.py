"""The frozen encoder on sentences of SST-2 (FLTUI_DATA says where they are), in the environment `data`."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bench.peers import PeerMissing
from bench.row import Row
from fltui.environment.catalogue import find
from fltui.environment.state import status
from fltui.facts.site import shipped_recipes

SENTENCES = 6000  # some 40 CPU seconds: a rate of a few batches would be that of a cold start
MUST = 150


def measure() -> Row:
    return row(embed(SENTENCES))


def row(about: dict[str, Any]) -> Row:
    """The row of what prepare wrote about its vectors."""
    rate = about["computed_now"] / about["cpu_seconds"]
    done = f"{about['computed_now']:,} training sentences in {about['cpu_seconds']:.1f} CPU s"
    return Row(
        f"sst2 embedding, encoder {about['encoder']}",
        (f"{done}, {about['seconds']:.1f} s",),
        f"{rate:.0f} sentences per CPU s",
        f"at least {MUST}",
        rate >= MUST,
    )


def embed(sentences: int) -> dict[str, Any]:
    """What prepare writes about the vectors of so many training sentences, with nothing in its cache. Loading
    the model is not counted. Raises PeerMissing where it cannot run here."""
    recipes = shipped_recipes()
    state = status(find("data", recipes), "cpu")
    if not state.built:
        raise PeerMissing("the environment data is not built: fltui env create data --accelerator cpu")
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder) / "cache"
        command = [str(state.python), "-m", "sst2.prepare", "--out", f"{folder}/work", "--cache", str(cache)]
        command += ["--encoder", "minilm", "--device", "cpu", "--limit", str(sentences)]
        env = {**os.environ, "PYTHONPATH": str(recipes / "common"), "OMP_NUM_THREADS": "1"}
        done = subprocess.run(command, env=env, capture_output=True, text=True)
        if done.returncode:
            raise PeerMissing(f"sst2.prepare failed: {' '.join(done.stderr.split()[-40:])}")
        found = (cache / "sst2" / "vectors").glob("*/about.json")
        abouts = [dict(json.loads(file.read_text(encoding="utf-8"))) for file in found]
    return next(about for about in abouts if about["sentences"] == sentences)
