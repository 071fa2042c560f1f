"""What `make` says to somebody who has just cloned."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]


def make(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environ = {key: value for key, value in os.environ.items() if not key.startswith("MAKE")} | variables
    return subprocess.run(
        ["make", *words], cwd=folder, env=environ, capture_output=True, text=True, check=False
    )


def copy_what_make_reads(folder: Path) -> None:
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy(CHECKOUT / name, folder)
    shutil.copytree(CHECKOUT / "requirements", folder / "requirements")


def test_make_alone_lists_every_target_with_a_line_of_help() -> None:
    listed = re.findall(r"^  make (\S+) +\S", make(CHECKOUT).stdout, re.MULTILINE)
    phony = re.search(r"^\.PHONY: (.*)$", (CHECKOUT / "Makefile").read_text(), re.MULTILINE)
    assert phony is not None
    assert sorted(listed) == sorted(phony[1].split())


def test_without_a_new_enough_python_it_says_what_to_install(tmp_path: Path) -> None:
    copy_what_make_reads(tmp_path)
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "awk", "test", "make"):
        (tools / tool).symlink_to(str(shutil.which(tool)))
    old = tools / "python3"
    old.write_text("#!/bin/sh\nexit 1\n")  # any older Python: its version test fails
    old.chmod(0o755)
    done = make(tmp_path, "demo", PATH=str(tools))
    assert done.returncode != 0
    assert "fltui needs Python 3.11 or newer" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_a_second_make_installs_nothing_until_what_is_asked_for_changes(tmp_path: Path) -> None:
    copy_what_make_reads(tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for made in ("bin/pip", "installed"):
        (tmp_path / ".venv" / made).touch()
    assert make(tmp_path, "-n", "demo").stdout.splitlines() == [".venv/bin/fltui --run recipes/digits/flower"]
    newer = (tmp_path / ".venv" / "installed").stat().st_mtime + 10
    os.utime(tmp_path / "pyproject.toml", (newer, newer))
    assert "pip install" in make(tmp_path, "-n", "demo").stdout.replace("--disable-pip-version-check ", "")


def test_what_is_long_runs_where_it_is_asked_for_and_nowhere_else() -> None:
    for target in ("test", "check", "test-frameworks"):
        [told] = [line for line in make(CHECKOUT, "-n", target).stdout.splitlines() if "pytest" in line]
        assert " and not long" in told, target
    assert make(CHECKOUT, "-n", "test-long").stdout.rstrip().endswith(" -m long")
