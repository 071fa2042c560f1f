"""Where packages, torch's build, wheels of no index and the Python of an environment come from."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from pathlib import Path

import pytest

from fltui.environment.build import Step, ensure
from fltui.environment.errors import EnvironmentProblem, LicenceNeeded, WheelMissing
from fltui.environment.site_index import uv_environment
from fltui.environment.state import read_built
from fltui.environment.uv import downloads
from fltui.environment.wheels import wheels_folder

VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
UV_SAYS = """Using Python 3.11.7 environment at: v
Resolved 3 packages in 103ms
Downloading scipy (33.5MiB)
Downloading torch (170.1MiB)
 Downloaded scipy
"""


@pytest.fixture
def torch_layers(tiny):
    """Layers that want torch 2.13.0, of any build for the CPU and with a library for CUDA."""
    tiny.describe('layers = ["cpu", "cuda-torch"]\n')
    (tiny.folder / "cpu.txt").write_text("torch==2.13.0\n")
    (tiny.folder / "cuda-torch.txt").write_text("torch==2.13.0\ncudalibs==1.0\n")
    tiny.check("import torch; print(torch.SAYS)")
    return tiny


def test_a_cpu_wheel_of_the_site_is_taken(torch_layers, make_wheel) -> None:
    make_wheel(torch_layers.wheels, "torch", "2.13.0+cpu")
    make_wheel(torch_layers.wheels, "torch", "2.13.0")
    found = ensure(torch_layers.spec, "cpu", lambda step: None)
    assert read_built(found.folder)["check"] == ["2.13.0+cpu"]
    assert read_built(found.folder)["locks"] == ["lock.txt", "cpu.txt"]


def test_without_a_cpu_build_the_one_for_cuda_is_taken_and_said(torch_layers, make_wheel) -> None:
    make_wheel(torch_layers.wheels, "torch", "2.13.0")
    make_wheel(torch_layers.wheels, "cudalibs")
    said: list[str] = []
    found = ensure(torch_layers.spec, "cpu", lambda step: said.append(step.text))
    assert read_built(found.folder)["locks"] == ["lock.txt", "cuda-torch.txt"]
    assert any("no CPU build of torch" in text for text in said)


def test_the_larger_build_for_cuda_needs_its_room(torch_layers, make_wheel, monkeypatch) -> None:
    make_wheel(torch_layers.wheels, "torch", "2.13.0")
    make_wheel(torch_layers.wheels, "cudalibs")
    disk = shutil.disk_usage(torch_layers.recipes)._replace(free=2_000_000_000)
    monkeypatch.setattr("fltui.environment.build.shutil.disk_usage", lambda folder: disk)
    with pytest.raises(EnvironmentProblem, match=r"needs about 4\.0 GB .* and 2\.0 GB are free"):
        ensure(torch_layers.spec, "cpu", lambda step: None)
    assert torch_layers.builds == []


def test_a_wheel_of_no_index_is_fetched_checked_and_installed(
    tiny, make_wheel, monkeypatch, tmp_path
) -> None:
    own = make_wheel(tmp_path / "public", "special")
    digest = hashlib.sha256(own.read_bytes()).hexdigest()
    (tiny.folder / "extra.txt").write_text(f"special==1.0 \\\n    --hash=sha256:{digest}\n")
    tiny.check("import special, tinypart; print(special.SAYS)")
    tiny.describe(f'[wheel]\nfile = "{own.name}"\nsha256 = "{digest}"\nsource = "{own.as_uri()}"\n')
    with pytest.raises(WheelMissing, match="fltui env create tiny --wheel FILE"):
        ensure(tiny.spec, None, lambda step: None)  # a file: address is for people
    monkeypatch.setenv("FLTUI_WHEELS", str(own.parent))
    found = ensure(tiny.spec, None, lambda step: None)
    assert read_built(found.folder)["check"] == ["1.0"]


def test_a_users_wheel_is_kept_only_once_its_licence_is_accepted(tiny, make_wheel, tmp_path: Path) -> None:
    own = make_wheel(tmp_path / "downloads", "special")
    digest = hashlib.sha256(own.read_bytes()).hexdigest()
    (tiny.folder / "extra.txt").write_text(f"special==1.0 \\\n    --hash=sha256:{digest}\n")
    tiny.check("import special; print(special.SAYS)")
    tiny.describe('licence = "Only on Tuesdays."\n')
    tiny.describe(f'[wheel]\nfile = "{own.name}"\nsha256 = "{digest}"\nsource = "its authors"\n')
    with pytest.raises(LicenceNeeded):
        ensure(tiny.spec, None, lambda step: None, wheel=own)
    assert not wheels_folder().exists()
    assert ensure(tiny.spec, None, lambda step: None, ["tiny"], wheel=own).built
    assert [path.name for path in wheels_folder().iterdir()] == [own.name]


@pytest.mark.parametrize("digest_is_right", [True, False])
def test_its_public_address_is_tried(tiny, slow_index, digest_is_right: bool) -> None:
    slow_index.let_go.set()
    wheel = next(tiny.wheels.glob("*.whl"))
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest() if digest_is_right else "0" * 64
    source = f"{slow_index.address}/{wheel.name}"
    tiny.describe(f'[wheel]\nfile = "{wheel.name}"\nsha256 = "{digest}"\nsource = "{source}"\n')
    if digest_is_right:
        assert ensure(tiny.spec, None, lambda step: None).built
        assert [path.name for path in wheels_folder().iterdir()] == [wheel.name]
    else:
        with pytest.raises(EnvironmentProblem, match="is not the wheel"):
            ensure(tiny.spec, None, lambda step: None)
        assert list(wheels_folder().iterdir()) == []


def test_an_address_that_does_not_answer_is_said(tiny) -> None:
    tiny.describe('[wheel]\nfile = "a.whl"\nsha256 = "0"\nsource = "http://127.0.0.1:9/a.whl"\n')
    with pytest.raises(WheelMissing, match=r"127\.0\.0\.1:9/a\.whl .*--wheel FILE \(it could not be fetched"):
        ensure(tiny.spec, None, lambda step: None)


def test_a_wheel_folder_is_added_to_those_of_the_site(tmp_path: Path) -> None:
    environ = {"UV_FIND_LINKS": "/site/wheels", "HOME": str(tmp_path)}
    assert uv_environment(environ, tmp_path / "own")["UV_FIND_LINKS"] == f"/site/wheels,{tmp_path / 'own'}"
    assert uv_environment({"HOME": str(tmp_path)}, Path("/own"))["UV_FIND_LINKS"].endswith("/own")


def test_a_python_by_path_must_be_the_locked_version(tiny, tmp_path: Path) -> None:
    liar = tmp_path / "python"
    liar.write_text("#!/bin/sh\necho 2.7\n")
    liar.chmod(0o755)
    with pytest.raises(EnvironmentProblem, match=rf"is Python 2\.7; .* is locked for {VERSION}"):
        ensure(tiny.spec, None, lambda step: None, python=liar)
    with pytest.raises(EnvironmentProblem, match="is no Python interpreter"):
        ensure(tiny.spec, None, lambda step: None, python=tmp_path / "nowhere")
    found = ensure(tiny.spec, None, lambda step: None, python=Path(sys.executable))
    assert read_built(found.folder)["python"] == sys.executable


def test_a_python_that_cannot_be_had_is_named(tiny) -> None:
    toml = tiny.folder / "environment.toml"
    toml.write_text(toml.read_text().replace(VERSION, "3.99"))
    with pytest.raises(EnvironmentProblem, match=r"needs Python 3\.99, which is not on this machine"):
        ensure(tiny.spec, None, lambda step: None)
    assert tiny.builds == []


def test_progress_tells_bytes_then_packages(tiny, slow_index) -> None:
    steps: list[Step] = []

    def progress(step: Step) -> None:
        steps.append(step)
        if step.text == "downloading":
            slow_index.let_go.set()

    ensure(tiny.spec, None, progress)
    loading = next(step for step in steps if step.text == "downloading")
    assert (loading.total, loading.unit) == (10, "MB")
    assert downloads(UV_SAYS) == ["torch (170.1MiB)"]


def test_nothing_of_the_callers_python_reaches_the_check(tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    tiny.check("import os; print(os.environ.get('PYTHONPATH'), os.environ['PATH'].split(':')[0])")
    found = ensure(tiny.spec, None, lambda step: None)
    assert read_built(found.folder)["check"] == [f"None {found.folder / 'bin'}"]
    assert os.environ["PYTHONPATH"] == "/nowhere"
