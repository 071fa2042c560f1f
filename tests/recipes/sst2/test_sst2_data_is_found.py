"""Tests of the frameworks find SST-2 where a recipe would, else near the checkout, and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from data_folder import environment_with_data, finds_sst2


@pytest.fixture
def nothing(tmp_path: Path) -> dict[str, str]:
    """An environment in which nothing is given."""
    return {"TFDS_DATA_DIR": str(tmp_path / "tfds"), "PATH": "/bin"}


def put(folder: Path, name: str = "SST-2.zip") -> Path:
    folder.mkdir(parents=True)
    (folder / name).touch()
    return folder


@pytest.mark.parametrize("place", ["code/main/data", "code/data", "code/lent/data"])
def test_a_data_folder_in_or_beside_the_checkout_or_in_a_folder_beside_it_is_named(
    place: str, tmp_path: Path, nothing: dict[str, str]
) -> None:
    (tmp_path / "code" / "main").mkdir(parents=True)
    put(tmp_path / place / "sst2")
    found = environment_with_data(tmp_path / "code" / "main", nothing)
    assert found == {**nothing, "FLTUI_DATA": str(tmp_path / place)}
    assert finds_sst2(found)


def test_what_the_person_gave_comes_first_and_is_kept(tmp_path: Path, nothing: dict[str, str]) -> None:
    put(tmp_path / "main" / "data" / "sst2")
    given = nothing | {"FLTUI_DATA": str(put(tmp_path / "given"))}
    assert environment_with_data(tmp_path / "main", given) == given
    tfds = nothing | {"TFDS_DATA_DIR": str(put(tmp_path / "prepared" / "glue" / "sst2").parents[1])}
    assert environment_with_data(tmp_path / "main", tfds) == tfds
    without = nothing | {"FLTUI_DATA": str(tmp_path / "other")}
    found = environment_with_data(tmp_path / "main", without)
    assert found is not None
    assert found["FLTUI_DATA"] == f"{tmp_path / 'other'}{os.pathsep}{tmp_path / 'main' / 'data'}"


def test_a_data_folder_without_it_is_no_find(tmp_path: Path, nothing: dict[str, str]) -> None:
    put(tmp_path / "main" / "data" / "cifar10")
    assert environment_with_data(tmp_path / "main", nothing) is None
