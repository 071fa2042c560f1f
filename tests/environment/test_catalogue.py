"""Environments as they are committed, and how this machine's Pythons and indexes are found."""

from __future__ import annotations

import hashlib
import re
import sys
from pathlib import Path

import pytest

from fltui.environment.catalogue import find, names
from fltui.environment.doctor import examine
from fltui.environment.errors import EnvironmentProblem, WheelMissing
from fltui.environment.interpreters import find_python
from fltui.environment.site_index import uv_environment
from fltui.environment.uv import sentence
from fltui.environment.wheels import add_wheel, find_wheel
from fltui.facts.site import shipped_recipes


def test_every_shipped_environment_is_described_locked_and_checked() -> None:
    shipped = shipped_recipes()
    assert "digits" in names(shipped)
    for name in names(shipped):
        spec = find(name, shipped)
        assert spec.summary
        assert (spec.folder / "check.py").is_file(), name
        assert (spec.folder / "requirements.in").is_file(), name
        layers = spec.layers or (None,)
        files = {file for layer in layers for file in spec.locks(layer)}
        assert {spec.folder / f"{layer}.txt" for layer in spec.layers} < files, (
            f"{name}: a layer without a file"
        )
        for file in files:
            loose = unhashed(file)
            allowed = {"torch", "torchvision"} if file.name == "cpu.txt" else set()
            assert loose <= allowed, f"{file}: a pin without a hash; only torch's build is the site's"
            assert "file:" not in file.read_text(), f"{file}: a path of one machine"
            assert "+cpu" not in file.read_text(), f"{file}: a build that only one site has"


def unhashed(file: Path) -> set[str]:
    """The packages that a lock file pins by version only. Every line must pin one version."""
    found = set()
    for requirement in file.read_text().replace("\\\n", " ").splitlines():
        if requirement.strip() and not requirement.startswith("#"):
            package, _, rest = requirement.partition("==")
            assert rest, f"{file}: {requirement} is no pin"
            if "--hash=sha256:" not in rest:
                found.add(package)
    return found


def test_layers_of_an_environment_pin_the_same_versions() -> None:
    for name in names(shipped_recipes()):
        spec = find(name, shipped_recipes())
        seen: dict[str, str] = {}
        for layer in spec.layers or (None,):
            for file in spec.locks(layer):
                for package, version in re.findall(r"^([\w-]+)==([^\s;]+)", file.read_text(), re.MULTILINE):
                    package = "tensorflow" if package == "tensorflow-cpu" else package
                    assert seen.setdefault(package, version) == version, (name, layer, package)


def test_an_unknown_name_is_answered_with_the_near_one() -> None:
    with pytest.raises(EnvironmentProblem, match="did you mean digits"):
        find("digit", shipped_recipes())


def test_a_broken_description_is_a_sentence(tiny) -> None:
    (tiny.folder / "environment.toml").write_text("summary = \n")
    with pytest.raises(EnvironmentProblem, match=r"environment\.toml does not describe an environment"):
        find("tiny", tiny.recipes)


def test_layers_follow_device_and_backend(tiny) -> None:
    with (tiny.folder / "environment.toml").open("a") as file:
        file.write('layers = ["cpu", "cuda-torch"]\n')
    spec = tiny.spec
    assert spec.layer_for("cpu", "torch") == "cpu"
    assert spec.layer_for("cuda", "torch") == "cuda-torch"
    assert spec.layer_for("cuda", None) == "cuda-torch"
    assert spec.layer_for("cuda", "keras") == "cpu", "what has no CUDA layer stays on the CPU"
    assert spec.lock_hash("cpu") != spec.lock_hash("cuda-torch")


def test_a_wheel_of_no_index_is_found_checked_and_asked_for(tiny, tmp_path: Path) -> None:
    own = tmp_path / "special-1.0-py3-none-any.whl"
    own.write_bytes(b"wheel")
    digest = hashlib.sha256(b"wheel").hexdigest()
    with (tiny.folder / "environment.toml").open("a") as file:
        file.write(f'[wheel]\nfile = "{own.name}"\nsha256 = "{digest}"\nsource = "its authors"\n')
    with pytest.raises(WheelMissing, match=r"its authors.*fltui env create tiny --wheel FILE"):
        find_wheel(tiny.spec)
    kept = add_wheel(tiny.spec, own)
    assert find_wheel(tiny.spec) == kept
    own.write_bytes(b"another")
    with pytest.raises(EnvironmentProblem, match="is not the wheel"):
        add_wheel(tiny.spec, own)


def test_the_python_of_a_lock_is_found_and_a_missing_one_is_none() -> None:
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    assert find_python(version) is not None
    assert find_python("3.1") is None


def test_pips_configuration_reaches_uv(tmp_path: Path) -> None:
    config = tmp_path / "pip.conf"
    config.write_text(f"[global]\nfind-links = {tmp_path}\nextra-index-url = https://mirror.example/simple\n")
    environ = uv_environment({"PIP_CONFIG_FILE": str(config), "HOME": str(tmp_path)})
    assert environ["UV_FIND_LINKS"] == str(tmp_path)
    assert environ["UV_INDEX"] == "https://mirror.example/simple"
    kept = uv_environment(
        {"PIP_CONFIG_FILE": str(config), "HOME": str(tmp_path), "UV_INDEX": "https://own.example"}
    )
    assert kept["UV_INDEX"] == "https://own.example"


def test_uvs_other_errors_are_one_sentence_too() -> None:
    text = sentence(
        "tiny", "Using Python 3.11\n  × No solution found\n  ╰─▶ there is no version of tinypart==2\n"
    )
    assert (
        text == "environment tiny could not be built: No solution found; there is no version of tinypart==2"
    )


def test_doctor_names_what_is_missing_and_for_whom(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "7")
    findings = examine({"mine/recipe": {"tiny"}}, tiny.recipes)
    missing = next(f for f in findings if f.what == "environment tiny")
    assert missing.level == "missing"
    assert "mine/recipe" in missing.says
    assert missing.mend == "fltui env create tiny"
    assert any("Slurm" in f.says for f in findings)
