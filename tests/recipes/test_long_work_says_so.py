"""Lines of what takes long and does not call back: they come while there is progress, and only then."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

import ticker


def test_a_folder_that_grows_is_said_and_one_that_does_not_is_silent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ticker, "EVERY_S", 0.01)
    (tmp_path / "before").write_bytes(bytes(5_000_000))
    looks = []
    growth = ticker.Growth("downloading", tmp_path)

    def look() -> None:
        growth.look()
        looks.append(capsys.readouterr().out)

    until = time.monotonic() + 20
    with ticker.meanwhile(look):
        while len(looks) < 3:
            assert time.monotonic() < until
            time.sleep(0.005)
        assert "".join(looks) == ""
        more = tmp_path.with_name("more")
        more.write_bytes(bytes(7_000_000))
        (tmp_path / "part").mkdir()
        more.replace(tmp_path / "part" / "more")  # whole at once: half of it would be said, too
        while "downloading: 12 MB on disk\n" not in "".join(looks):
            assert time.monotonic() < until
            time.sleep(0.005)
    assert "".join(looks).count("\n") <= 2
