"""SST-2's sentences mean the same rows wherever they come from, and what is no SST-2 is said in a sentence."""

from __future__ import annotations

import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from sst2.prepared_folder import data_hash
from sst2.sentences import DataError, load_sst2

# A line separator that is no newline, quotes, a tab's neighbours: all occur in film reviews.
TRAIN = 'sentence\tlabel\nhide new secretions \t0\na "gem" \u2028 of sorts\t1\nthe worst clichés \t0\n'
DEV = "sentence\tlabel\na charming journey . \t1\nbleak\t0\n"


@pytest.fixture
def glue(tmp_path: Path) -> Path:
    """A folder in GLUE's layout with three training and two validation sentences."""
    folder = tmp_path / "data" / "SST-2"
    folder.mkdir(parents=True)
    (folder / "train.tsv").write_text(TRAIN, encoding="utf-8")
    (folder / "dev.tsv").write_text(DEV, encoding="utf-8")
    return folder


def pack(place: Path, glue: Path, *names: str) -> Path:
    """A zip of these files as GLUE's own."""
    with zipfile.ZipFile(place, "w") as archive:
        for name in names:
            archive.write(glue / name, f"SST-2/{name}")
    return place


def test_lines_are_rows_and_nothing_of_a_sentence_is_lost(glue: Path, tmp_path: Path) -> None:
    data = load_sst2(glue, tmp_path)
    assert data.train.texts == ("hide new secretions ", 'a "gem" \u2028 of sorts', "the worst clichés ")
    assert data.train.labels.tolist() == [0, 1, 0]
    assert data.dev.texts == ("a charming journey . ", "bleak")


def test_a_folder_its_parent_and_a_zip_give_the_same(glue: Path, tmp_path: Path) -> None:
    pack(glue.parent / "SST-2.zip", glue, "train.tsv", "dev.tsv")
    places = [glue, glue.parent, glue.parent / "SST-2.zip"]
    hashes = {data_hash(load_sst2(place, tmp_path)) for place in places}
    for name in ("train.tsv", "dev.tsv"):
        (glue / name).unlink()
    hashes.add(data_hash(load_sst2(glue.parent, tmp_path)))  # the zip beside the empty folder
    assert len(hashes) == 1


def test_folders_that_the_site_lists_are_looked_at(
    glue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLTUI_DATA", f"{tmp_path / 'nothing'}:{glue.parent}")
    assert load_sst2(None, tmp_path).source == str(glue)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("sentence\tlabel\nfine\t1\nbad\tno\n", r"train.tsv:3: the label is 'no'"),
        ("index\tsentence\n0\tfine\n", "does not begin with the columns sentence and label"),
        ("", "does not begin with the columns"),
        ("sentence\tlabel\n", "has no rows"),
    ],
)
def test_a_file_that_is_no_sst2_is_named(glue: Path, tmp_path: Path, text: str, sentence: str) -> None:
    (glue / "train.tsv").write_text(text)
    with pytest.raises(DataError, match=sentence):
        load_sst2(glue, tmp_path)


def test_a_broken_zip_is_named(tmp_path: Path) -> None:
    (tmp_path / "SST-2.zip").write_bytes(b"PK\x03\x04 half of it")
    with pytest.raises(DataError, match="is no zip file, or only a part of one"):
        load_sst2(tmp_path / "SST-2.zip", tmp_path)


@pytest.mark.parametrize(("there", "missing"), [("train.tsv", "dev.tsv"), ("dev.tsv", "train.tsv")])
@pytest.mark.parametrize("above", [False, True])
def test_half_a_folder_says_which_half_is_missing(
    there: str, missing: str, above: bool, glue: Path, tmp_path: Path
) -> None:
    (glue / missing).unlink()
    sentence = re.escape(f"{glue} has {there} and no {missing}: ") + ".*put GLUE's " + re.escape(missing)
    with pytest.raises(DataError, match=sentence):
        load_sst2(glue.parent if above else glue, tmp_path)


def test_an_encrypted_zip_is_said_to_be_one(glue: Path, tmp_path: Path) -> None:
    place = pack(tmp_path / "SST-2.zip", glue, "train.tsv", "dev.tsv")
    data = bytearray(place.read_bytes())
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the bit that says so, in both headers
        at = data.find(mark)
        while at >= 0:
            data[at + flags] |= 1
            at = data.find(mark, at + 4)
    place.write_bytes(data)
    with pytest.raises(DataError, match=r"SST-2\.zip cannot be read .*encrypted.*: unpack it by hand"):
        load_sst2(place, tmp_path)


def test_a_zip_with_spoiled_bytes_is_said_to_be_broken(glue: Path, tmp_path: Path) -> None:
    place = pack(tmp_path / "SST-2.zip", glue, "train.tsv", "dev.tsv")
    with (
        zipfile.ZipFile(place) as archive,
        zipfile.ZipFile(tmp_path / "new.zip", "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in archive.namelist():
            new.writestr(name, archive.read(name))
    data = bytearray((tmp_path / "new.zip").read_bytes())
    data[60:90] = bytes(30)
    place.write_bytes(data)
    with pytest.raises(DataError, match="is no zip file, or only a part of one"):
        load_sst2(place, tmp_path)


def test_half_a_folder_beside_a_whole_zip_does_not_count(glue: Path, tmp_path: Path) -> None:
    pack(glue.parent / "SST-2.zip", glue, "train.tsv", "dev.tsv")
    (glue / "dev.tsv").unlink()
    assert load_sst2(glue.parent, tmp_path).source == str(glue.parent / "SST-2.zip")


@pytest.mark.parametrize("zipped", [False, True])
def test_a_file_in_latin_1_is_named_with_its_line_and_the_way_out(
    zipped: bool, glue: Path, tmp_path: Path
) -> None:
    (glue / "train.tsv").write_bytes(TRAIN.replace("\u2028", "-").encode("latin-1"))
    place = pack(tmp_path / "SST-2.zip", glue, "train.tsv", "dev.tsv") if zipped else glue
    file = place / "SST-2" / "train.tsv" if zipped else glue / "train.tsv"
    with pytest.raises(
        DataError, match=re.escape(f"{file}:4: the byte 0xe9 is no UTF-8") + ".*iconv -f latin1"
    ):
        load_sst2(place, tmp_path)


@pytest.mark.parametrize("name", ["tfds_glue_sst2.tar.gz", "SST-2.tar", "SST-2.zip"])
def test_a_tar_is_to_be_unpacked_whatever_its_name(name: str, glue: Path, tmp_path: Path) -> None:
    place = tmp_path / "packed" / name
    place.parent.mkdir()
    with tarfile.open(place, "w:gz" if name.endswith("gz") else "w") as archive:
        archive.add(glue, "SST-2")
    with pytest.raises(
        DataError, match=r"is a tar archive, which is not read: unpack it \(tar -xf .*name FOLDER"
    ):
        load_sst2(place, tmp_path)
    if not name.endswith("zip"):
        with pytest.raises(DataError, match=re.escape(f"; unpack {name} first")):
            load_sst2(place.parent, tmp_path)


def test_one_file_of_the_two_says_to_name_the_folder(glue: Path, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"train\.tsv is one of two files: name its folder"):
        load_sst2(glue / "train.tsv", tmp_path)


@pytest.mark.parametrize(
    ("inside", "missing"), [((), "no train.tsv and no dev.tsv"), (("train.tsv",), "no dev.tsv")]
)
def test_a_zip_without_the_files_says_what_it_lacks_and_which_is_wanted(
    inside: tuple[str, ...], missing: str, glue: Path, tmp_path: Path
) -> None:
    place = pack(tmp_path / "SST-2.zip", glue, *inside)
    with pytest.raises(DataError, match=f"holds {missing}: wanted is GLUE's SST-2.zip, from https://"):
        load_sst2(place, tmp_path)


def test_a_place_without_any_says_what_is_wanted(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no SST-2 at .*wanted is SST-2.zip"):
        load_sst2(tmp_path, tmp_path)


def test_without_data_and_network_it_says_so_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLTUI_DATA", raising=False)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path))
    monkeypatch.setattr("sst2.sentences.DOWNLOAD", "http://127.0.0.1:9/SST-2.zip")
    with pytest.raises(
        DataError, match=r"there is no glue/sst2 in .*127\.0\.0\.1:9/SST-2\.zip does not answer"
    ):
        load_sst2(None, tmp_path)
