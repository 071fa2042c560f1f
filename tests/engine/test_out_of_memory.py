"""GPU memory that runs out is told in the verdict: on which GPU, shared with whom, and what helps."""

from __future__ import annotations

import re

import pytest
from engines import Engines, python, sh

from fltui.engine.lines import LineReader
from fltui.engine.out_of_memory import OutOfMemory
from fltui.facts.plan import LaunchPlan, Process, Restart, Success

TORCH = (
    "torch.cuda.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total capacity of"
    " 23.69 GiB of which 1.2 GiB is free."
)
LOOP = "while :; do echo tick; sleep 0.1; done"


def on_gpu(name: str, *labels: str, gpus: str = "auto") -> Process:
    return Process(name, "client", "client", ("x",), "/", gpus=gpus, on_gpus=labels)


def said_by(line: str, *processes: Process, **params: object) -> tuple[str, ...]:
    """What is said when the first of the processes, which all run, prints `line`."""
    plan = LaunchPlan("r", "R", "f", "t", "run", "/run", params, processes)
    memory = OutOfMemory(plan, lambda name: True, lambda text, level, process: None)
    matcher = memory.matcher(processes[0])
    assert matcher is not None
    LineReader([matcher]).feed(line.encode() + b"\n")
    return memory.sentences


@pytest.mark.parametrize(
    "line",
    [
        TORCH,
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 20.00 MiB.",
        "RuntimeError: CUDA error: out of memory",
        "RuntimeError: CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "OOM when allocating tensor with shape[64,512,768] and type float on /job:localhost/device:GPU:0 by allocator GPU_0_bfc",
        "tensorflow.python.framework.errors_impl.ResourceExhaustedError: Graph execution error:",
        "jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory while trying to allocate 4 bytes.",
        "DoesNotFitError: a batch of 512 images does not fit into the memory of cuda, of whose 23.7 GiB 0.1 are free",
    ],
)
def test_the_frameworks_words_for_it_are_known(line: str) -> None:
    assert said_by(line, on_gpu("client-1", "0")) == (
        "client-1 ran out of memory on gpu 0; take a smaller batch or model",
    )


@pytest.mark.parametrize(
    "line",
    [
        "OOM when allocating tensor with shape[9] and type float on /job:localhost/device:CPU:0 by allocator cpu",
        "grpc.StatusCode.RESOURCE_EXHAUSTED: Received message larger than max (553433 vs. 4194304)",
        "E external/xla/stream_executor failed to allocate 7.50GiB from device: CUDA_ERROR_OUT_OF_MEMORY: out of memory",
        "a memorable round",
    ],
)
def test_what_is_something_else_is_not_taken_for_it(line: str) -> None:
    assert said_by(line, on_gpu("client-1", "0")) == ()


def test_a_process_without_a_gpu_is_not_watched_for_it() -> None:
    plan = LaunchPlan("r", "R", "f", "t", "run", "/run", {}, (on_gpu("a", gpus="none"),))
    memory = OutOfMemory(plan, lambda name: True, lambda text, level, process: None)
    assert memory.matcher(plan.processes[0]) is None


def test_who_shares_that_gpu_is_named_and_what_helps_is_a_command() -> None:
    clients = [
        on_gpu("client-1", "1"),
        on_gpu("client-2", "0"),
        on_gpu("client-3", "1"),
        on_gpu("client-4", "1"),
    ]
    assert said_by(TORCH, *clients, batch_size=64) == (
        (
            "client-1 ran out of memory on gpu 1, which it shares with client-3 and client-4; take a smaller"
            " batch_size (it is 64: --set batch_size=32), fewer clients, or more GPUs (CUDA_VISIBLE_DEVICES names"
            " those that it may use)"
        ),
    )


def test_the_verdict_of_a_real_run_says_it_once(engines: Engines) -> None:
    crash = f"import sys; print({TORCH!r}, file=sys.stderr); sys.exit(1)"
    run = engines.start(
        python("client-1", crash, gpus="auto", on_gpus=("0",)),
        sh("client-2", LOOP, gpus="auto", on_gpus=("0",)),
        sh("client-3", LOOP, gpus="auto", on_gpus=("1",)),
        params={"batch_size": 32},
    )
    result = run.end()
    assert result["verdict"] == "failed"
    assert re.match(
        r"client-1 ended with exit code 1 at \d\d:\d\d:\d\d; client-1 ran out of memory on gpu 0, which it shares"
        r" with client-2; take a smaller batch_size \(it is 32: --set batch_size=16\), fewer clients, or more GPUs",
        result["reason"],
    ), result["reason"]
    assert result["reason"].count("ran out of memory") == 1
    [note] = run.of_kind("note", "client-1")
    assert note["data"]["level"] == "warning"


def test_a_framework_that_hides_it_is_told_apart_from_a_slow_one(engines: Engines) -> None:
    """Its process ends well, but no round was done: the reason says why."""
    run = engines.start(
        sh("client-1", f"echo '{TORCH}'", gpus="auto", on_gpus=("0",)),
        success=Success(rounds=2, metric="accuracy"),
    )
    result = run.end()
    assert result["verdict"] == "failed"
    assert (
        "no global accuracy was ever seen, so no round counts; client-1 ran out of memory on gpu 0"
        in result["reason"]
    )


def test_a_restart_that_fits_is_no_failure(engines: Engines) -> None:
    once = f"if [ -e $FLTUI_MARK ]; then echo fits; else touch $FLTUI_MARK; echo '{TORCH}'; exit 1; fi"
    run = engines.start(
        sh(
            "client-1",
            once,
            gpus="auto",
            on_gpus=("0",),
            restart=Restart(1, 0.1),
            env={"FLTUI_MARK": str(engines.root / "mark")},
        )
    )
    result = run.end()
    assert result["verdict"] == "ok"
    assert result["reason"].startswith("every process ended as the recipe says; tests: ")
    assert "it starts again in 0.1 s (1 of 1)" in result["reason"]
