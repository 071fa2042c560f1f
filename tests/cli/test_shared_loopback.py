"""Claims about who else is on the machine."""

from __future__ import annotations

import struct
from pathlib import Path

from fltui.cli.shared_loopback import loopback_note, others_logged_in, users_in


def record(kind: int, user: bytes) -> bytes:
    return struct.pack("<hxxi32s4s32s308x", kind, 1, b"pts/0", b"ts/0", user)


def test_another_persons_session_is_seen_by_logind_or_by_utmp(tmp_path: Path) -> None:
    sessions, utmp = tmp_path / "user", tmp_path / "utmp"
    (sessions / "54321").mkdir(parents=True)
    (sessions / "42").mkdir()  # a service's own, no person
    utmp.write_bytes(record(2, b"reboot") + record(7, b"ada") + record(8, b"gone"))
    assert others_logged_in(sessions, utmp) == ["54321", "ada"]


def test_a_machine_without_either_says_nothing(tmp_path: Path) -> None:
    assert others_logged_in(tmp_path / "none", tmp_path / "none") == []
    assert loopback_note([]) is None


def test_a_cut_record_is_no_user() -> None:
    assert users_in(record(7, b"ada")[:-1]) == set()


def test_the_note_is_one_line_however_many_there_are() -> None:
    note = loopback_note(["ada", "ben", "cy"])
    assert note == "loopback is shared: ada and 2 more can reach this run's ports, too"
