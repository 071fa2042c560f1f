"""How a federation of IBM FL's is closed: with the last weights and a word about the rounds that are missing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from federation_end import declared_end
from ibmfl_closing import close
from weight_files import Weights, round_file, save_arrays


@pytest.mark.parametrize(
    ("done", "code", "end"),
    [
        ([0, 1, 2], 0, "ok"),
        ([0, 1], "IBM FL's TRAIN came to an end after 1 of 2 rounds", "IBM FL's TRAIN came to an end"),
        ([0], "IBM FL's TRAIN came to an end after 0 of 2 rounds", "IBM FL's TRAIN came to an end"),
    ],
)
def test_the_last_weights_are_saved_and_the_end_is_told(
    done: list[int], code: int | str, end: str, tmp_path: Path
) -> None:
    (tmp_path / "work").mkdir()
    for number in done:
        save_arrays(round_file(tmp_path / "artifacts", number), {"w": np.full(1, number)})
    saved: list[tuple[Path, Weights]] = []
    with pytest.raises(SystemExit) as exited:
        close(tmp_path, 2, lambda artifacts, weights: saved.append((artifacts, weights)))
    assert exited.value.code == code
    assert str(declared_end(tmp_path / "work")).startswith(end)
    assert [(folder, int(weights["w"][0])) for folder, weights in saved] == (
        [(tmp_path / "artifacts", done[-1])] if done[-1] else []
    )
