"""Real runs on a machine with GPUs, as an invented JSON file and as the fake NVML library tell of them:
what children see, what views show, and that a driver which hangs holds up no start."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from fake_driver import Driver, build_library
from fltui_command import fltui

SEES = "sees=$CUDA_VISIBLE_DEVICES order=$CUDA_DEVICE_ORDER growth=$TF_FORCE_GPU_ALLOW_GROWTH end"
FEDERATION = f"""
server: {{role: server, shell: 'echo "{SEES}"'}}
client: {{role: client, replicas: 3, shell: 'echo "{SEES}"'}}
evaluate: {{role: evaluator, shell: 'echo "{SEES}"'}}
"""
TWO = "count=2\n0.used=1000\n0.total=8000\n1.used=10\n1.total=8000\n"


@pytest.fixture(autouse=True)
def own_cuda_words(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER", "TF_FORCE_GPU_ALLOW_GROWTH", "FLTUI_GPU"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def driver(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    monkeypatch.setenv("LD_LIBRARY_PATH", str(library.parent))
    monkeypatch.setenv("FAKE_NVML", str(tmp_path / "scenario"))
    return Driver(tmp_path / "scenario")


@pytest.fixture
def invented(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """FLTUI_GPU names a file with two GPUs; the second has more free memory."""
    rows = [
        {"index": 0, "uuid": "GPU-aa", "name": "Invented", "memory_mb": 5000, "total_mb": 8000},
        {"index": 1, "uuid": "GPU-bb", "name": "Invented", "memory_mb": 100, "total_mb": 8000},
    ]
    file = tmp_path / "gpus.json"
    file.write_text(json.dumps(rows))
    monkeypatch.setenv("FLTUI_GPU", str(file))


def run_of(*words: str) -> tuple[dict[str, Any], str]:
    """The result of a run, and its stderr."""
    done = fltui("--run", *words, "--json")
    return json.loads(done.stdout), done.stderr


def seen_in(result: dict[str, Any]) -> dict[str, str]:
    """The line of each child."""
    folder = Path(result["folder"])
    return {process["name"]: (folder / process["log"]).read_text().strip() for process in result["processes"]}


def test_children_see_their_gpu_and_nothing_else(recipe: Any, invented: None) -> None:
    result, _ = run_of(recipe(FEDERATION))
    assert result["verdict"] == "ok"
    assert seen_in(result) == {
        "server": "sees= order= growth= end",
        "client-1": "sees=GPU-bb order=PCI_BUS_ID growth=true end",
        "client-2": "sees=GPU-aa order=PCI_BUS_ID growth=true end",
        "client-3": "sees=GPU-bb order=PCI_BUS_ID growth=true end",
        "evaluate": "sees= order= growth= end",
    }
    manifest = json.loads((Path(result["folder"]) / "manifest.json").read_text())
    assert [gpu["uuid"] for gpu in manifest["plan"]["gpus"]] == ["GPU-aa", "GPU-bb"]


def test_the_fake_library_gives_the_same(recipe: Any, driver: Driver) -> None:
    driver.says(TWO)
    result, _ = run_of(recipe(FEDERATION))
    seen = seen_in(result)
    assert [seen[f"client-{n}"].split()[0] for n in (1, 2, 3)] == [
        "sees=GPU-fake-1",
        "sees=GPU-fake-0",
        "sees=GPU-fake-1",
    ]


def test_a_pool_of_the_caller_is_kept(recipe: Any, driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    driver.says(TWO)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0")
    result, _ = run_of(recipe(FEDERATION))
    seen = seen_in(result)
    assert {seen[f"client-{n}"].split()[0] for n in (1, 2, 3)} == {"sees=GPU-fake-0"}


def test_the_parts_of_a_divided_gpu_are_given_one_by_one(recipe: Any, driver: Driver) -> None:
    driver.says("count=1\n0.mig=2\n100.used=10\n100.total=20000\n200.used=10\n200.total=10000\n")
    folder = recipe(FEDERATION)
    seen = seen_in(run_of(folder)[0])
    assert [seen[f"client-{n}"].split()[0] for n in (1, 2, 3)] == [
        "sees=MIG-fake-0-0",
        "sees=MIG-fake-0-1",
        "sees=MIG-fake-0-0",
    ]
    assert (
        "gpu 0.1: Fake GPU 0 MIG part (10.0 of 10.0 GB free), MIG-fake-0-1\n" in fltui("plan", folder).stdout
    )


def test_without_a_gpu_the_environment_stays_untouched(recipe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLTUI_GPU", "none")
    unset = "sees=${CUDA_VISIBLE_DEVICES-unset} end"
    result, said = run_of(recipe(f"client: {{role: client, shell: 'echo \"{unset}\"'}}"))
    assert seen_in(result) == {"client": "sees=unset end"}
    assert "a GPU" not in said


def test_more_than_there_are_is_exit_2(recipe: Any, invented: None) -> None:
    result, said = run_of(recipe("client: {role: client, gpus: '3', argv: ['true']}"))
    assert (result["verdict"], result["exit_code"]) == ("recipe", 2)
    assert "client asks for 3 GPUs, but there are only 2 here; " in said
    assert "Traceback" not in said


def test_a_driver_that_hangs_holds_up_no_start_for_long(recipe: Any, driver: Driver) -> None:
    driver.says(TWO + "hang_ms=20000\n")
    folder = recipe(FEDERATION)
    began = time.time()
    result, said = run_of(folder)
    events = (Path(result["folder"]) / "events.jsonl").read_text().splitlines()
    first = next(event["t"] for event in map(json.loads, events) if event["kind"] == "process")
    assert first - began < 10, "twenty seconds would be one answer of the driver"
    assert result["verdict"] == "ok"
    assert "the GPU driver has not answered for 3 s; no process is placed on a GPU" in said
    assert seen_in(result)["client-1"] == "sees= order= growth= end", "as the caller's"


def test_a_plan_shows_who_would_get_which(recipe: Any, invented: None) -> None:
    folder = recipe(FEDERATION)
    text = fltui("plan", folder).stdout
    assert "gpu 1: Invented (7.9 of 8.0 GB free), GPU-bb\n" in text
    assert text.count("    on gpu 1\n") == 2
    assert text.count("    on gpu 0\n") == 1
    plan = json.loads(fltui("plan", folder, "--json").stdout)
    assert [process["on_gpus"] for process in plan["processes"]] == [[], ["1"], ["0"], ["1"], []]


def test_a_plan_without_a_gpu_says_nothing_of_them(
    recipe: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLTUI_GPU", "none")
    text = fltui("plan", recipe("client: {role: client, argv: ['true']}")).stdout
    assert "    $ true\n" in text
    assert "gpu" not in text.replace(str(tmp_path), "")


def test_ps_names_the_gpu_of_each_process(recipe: Any, invented: None) -> None:
    result, _ = run_of(recipe(FEDERATION))
    run = result["run"]
    title, *rows = fltui("ps", run).stdout.splitlines()
    assert "gpu" in title.split()
    assert [row.split()[-2:][0] for row in rows if " client-" in row] == ["1", "0", "1"]
    [live] = json.loads(fltui("ps", run, "--json").stdout)
    assert [process["gpus"] for process in live["processes"]] == [[], ["1"], ["0"], ["1"], []]


def test_ps_has_no_such_column_without_one(recipe: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FLTUI_GPU", "none")
    result, _ = run_of(recipe("client: {role: client, argv: ['true']}"))
    assert "gpu" not in fltui("ps", result["run"]).stdout.splitlines()[0].split()
