"""A child's bytes in its log, and their times in the index."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from fltui.record.log_index import LogIndex
from fltui.record.log_writer import INDEX_RECORD, LogWriter


def marks(folder: Path, name: str) -> list[tuple[float, int, int]]:
    return list(INDEX_RECORD.iter_unpack((folder / f"{name}.idx").read_bytes()))


def test_the_file_holds_exactly_what_was_written(tmp_path: Path) -> None:
    chunks = [random.Random(7).randbytes(size) for size in (0, 1, 5, 70_000, 3)]
    log = LogWriter(tmp_path, "noise")
    for number, chunk in enumerate(chunks):
        log.write(chunk, float(number))
        assert log.path.read_bytes() == b"".join(chunks[: number + 1]), "on its way at once"
    assert log.offset == sum(map(len, chunks))


def test_the_index_has_a_record_every_50_ms_or_64_kib(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, "server")
    for t in (10.0, 10.01, 10.049, 10.05, 10.06, 10.2):
        log.write(b"0123456789", t)
    assert marks(tmp_path, "server") == [(10.0, 0, 0), (10.05, 30, 0), (10.2, 50, 0)]
    for _ in range(5):
        log.write(b"x" * 30_000, 10.21)
    assert [mark[1] for mark in marks(tmp_path, "server")][3:] == [90_060]


def test_times_in_the_index_never_go_back(tmp_path: Path) -> None:
    log = LogWriter(tmp_path, "server")
    log.write(b"a" * 70_000, 100.0)
    log.write(b"b" * 70_000, 50.0)  # the clock was set
    log.write(b"c", 101.0)
    assert [mark[0] for mark in marks(tmp_path, "server")] == [100.0, 100.0, 101.0]


def test_a_log_is_continued_with_its_offsets_and_a_torn_index_mended(tmp_path: Path) -> None:
    first = LogWriter(tmp_path, "server")
    first.write(b"one", 1.0)
    first.close()
    with (tmp_path / "server.idx").open("ab") as file:
        file.write(b"torn record")
    second = LogWriter(tmp_path, "server")
    assert second.offset == 3
    second.write(b"two", 2.0)
    second.close()
    assert (tmp_path / "server.log").read_bytes() == b"onetwo"
    assert marks(tmp_path, "server") == [(1.0, 0, 0), (2.0, 3, 0)]


def test_losses_of_an_earlier_writer_count_in_the_offset(tmp_path: Path) -> None:
    (tmp_path / "server.log").write_bytes(b"kept")
    (tmp_path / "server.idx").write_bytes(INDEX_RECORD.pack(1.0, 0, 0) + INDEX_RECORD.pack(2.0, 10, 8))
    log = LogWriter(tmp_path, "server")
    assert (log.offset, log.lost_bytes) == (12, 8)
    assert [gap.lost for gap in LogIndex(tmp_path / "server.idx").gaps()] == [8]


@pytest.mark.parametrize("name", ["", ".hidden", "a/b", "..", "nul\0"])
def test_a_name_that_leaves_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="cannot name a log"):
        LogWriter(tmp_path, name)
