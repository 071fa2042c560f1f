"""`make test-gpu`: a real PyTorch on a real GPU. Skipped, with the reason, where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fltui_command import fltui
from having_environments import environment_or_skip

from fltui.plan.gpu_placement import pool_of
from fltui.probe.gpu_look import GpuLook

pytestmark = [pytest.mark.gpu, pytest.mark.timeout(1800)]  # an environment with CUDA is gigabytes

COUNTS = """
import torch
print("devices", torch.cuda.device_count())
if torch.cuda.is_available():
    print("sum", float(torch.ones(1000, device="cuda:0").sum()))
"""
FILLS = """
import torch
torch.empty(1 << 46, dtype=torch.uint8, device="cuda:0")
"""
HEAD = "schema: 1\ntitle: A real GPU\nframework: torch\ntask: none\nenvironment: flower\ndeadline: 5m\nprocesses:\n"


@pytest.fixture(scope="module")
def torch_on_a_gpu() -> None:
    """An environment with torch, on a machine whose driver answers."""
    seen = GpuLook().sample()
    if not seen.gpus:
        pytest.skip(seen.reason or "the driver shows no GPU")
    environment_or_skip("flower")


@pytest.fixture
def run(torch_on_a_gpu: None, tmp_path: Path) -> Callable[[str, str], dict[str, Any]]:
    """Runs a recipe of `processes`, whose program is `child.py` with the text `program`."""

    def run(processes: str, program: str) -> dict[str, Any]:
        (tmp_path / "recipe.yaml").write_text(HEAD + processes)
        (tmp_path / "child.py").write_text(program)
        done = fltui("--run", str(tmp_path), "--json", timeout=600)
        return dict(json.loads(done.stdout))

    return run


def logs(result: dict[str, Any]) -> dict[str, str]:
    return {p["name"]: (Path(result["folder"]) / p["log"]).read_text() for p in result["processes"]}


def test_each_client_sees_exactly_one_device_and_computes_on_it(run: Callable[..., dict[str, Any]]) -> None:
    result = run(
        "  client: {role: client, replicas: 2, argv: [python, child.py]}\n"
        "  evaluate: {role: evaluator, argv: [python, child.py]}\n",
        COUNTS,
    )
    assert result["verdict"] == "ok", result["reason"]
    said = logs(result)
    assert [said[f"client-{n}"].split() for n in (1, 2)] == [["devices", "1", "sum", "1000.0"]] * 2
    assert said["evaluate"].split() == ["devices", "0"]


def test_share_is_all_of_the_pool(
    run: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    there = len(pool_of(GpuLook().sample().gpus, None))
    said = logs(run("  client: {role: client, gpus: share, argv: [python, child.py]}\n", COUNTS))
    assert said["client"].split()[:2] == ["devices", str(there)]


def test_torch_own_words_for_a_full_gpu_are_in_the_verdict(run: Callable[..., dict[str, Any]]) -> None:
    result = run("  client: {role: client, argv: [python, child.py]}\n", FILLS)
    assert result["verdict"] == "failed"
    assert "client ran out of memory on gpu " in result["reason"]
