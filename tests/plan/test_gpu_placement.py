"""Which process gets which GPU: pure claims about the plan, the GPUs and the caller's choice."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fltui.facts.plan import LaunchPlan, Process
from fltui.plan.describe import describe
from fltui.plan.gpu_placement import TooFewGpus, place, pool_of, with_gpus
from fltui.probe.gpu_reading import GpuPart, GpuReading

BODY = """\
env: {{{env}}}
processes:
  server: {{role: server, argv: [x]}}
  client: {{role: client, replicas: 3, argv: [x]{more}}}
  driver: {{role: driver, argv: [x]}}
  evaluate: {{role: evaluator, argv: [x]}}
"""


def gpu(index: int, free: float | None = 8000.0, uuid: str = "") -> GpuReading:
    used = None if free is None else 8000.0 - free
    return GpuReading(index, uuid or f"GPU-{index}aaa", "Fake", memory_mb=used, total_mb=8000.0)


def clients(count: int, gpus: str = "auto") -> list[Process]:
    return [Process(f"client-{n}", "client", "client", ("x",), "/", gpus=gpus) for n in range(1, count + 1)]


def labels(placed: LaunchPlan) -> dict[str, tuple[str, ...]]:
    return {process.name: process.on_gpus for process in placed.processes}


def variable(plan: LaunchPlan, name: str) -> dict[str, str | None]:
    return {process.name: process.env.get(name) for process in plan.processes}


@pytest.fixture
def planned(plan_of: Callable[..., LaunchPlan]) -> Callable[..., LaunchPlan]:
    def plan(more: str = "", env: str = "") -> LaunchPlan:
        return plan_of(BODY.format(more=more, env=env))

    return plan


# -- who gets what -----------------------------------------------------------------------------------


def test_clients_and_the_driver_get_one_each_the_others_none(planned: Callable[..., LaunchPlan]) -> None:
    plan = with_gpus(planned(), [gpu(0), gpu(1), gpu(2), gpu(3)], {})
    assert labels(plan) == {
        "server": (),
        "client-1": ("0",),
        "client-2": ("1",),
        "client-3": ("2",),
        "driver": ("3",),
        "evaluate": (),
    }
    assert variable(plan, "CUDA_VISIBLE_DEVICES") == {
        "server": "",
        "client-1": "GPU-0aaa",
        "client-2": "GPU-1aaa",
        "client-3": "GPU-2aaa",
        "driver": "GPU-3aaa",
        "evaluate": "",
    }


def test_the_one_with_most_free_memory_comes_first() -> None:
    placed = place(clients(2), pool_of([gpu(0, 3000), gpu(1, 7000), gpu(2, 5000)], None))
    assert [[g.label for g in gpus] for gpus in placed.values()] == [["1"], ["2"]]


def test_clients_share_only_when_they_outnumber_the_gpus() -> None:
    placed = place(clients(5), pool_of([gpu(0, 3000), gpu(1, 7000)], None))
    assert [gpus[0].label for gpus in placed.values()] == ["1", "0", "1", "0", "1"]


def test_a_gpu_that_somebody_else_has_filled_is_the_last_choice() -> None:
    pool = pool_of([gpu(0, 100), gpu(1, 7000)], None)
    assert {gpus[0].label for gpus in place(clients(3), pool).values()} == {"1"}
    assert [g.label for g in place(clients(1, "2"), pool)["client-1"]] == ["0", "1"]


def test_clients_are_placed_before_a_driver_that_stands_before_them() -> None:
    driver = Process("driver", "driver", "driver", ("x",), "/", gpus="auto")
    placed = place([driver, *clients(1)], pool_of([gpu(0, 3000), gpu(1, 7000)], None))
    assert placed["client-1"][0].label == "1"


def test_a_number_is_that_many_and_share_is_all() -> None:
    pool = pool_of([gpu(0, 3000), gpu(1, 7000), gpu(2, 5000)], None)
    assert [g.label for g in place(clients(1, "2"), pool)["client-1"]] == ["1", "2"]
    assert [g.label for g in place(clients(1, "share"), pool)["client-1"]] == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("there", "visible", "sentence"),
    [
        (2, None, "client-1 asks for 3 GPUs, but there are only 2 here; "),
        (1, None, "client-1 asks for 3 GPUs, but there is only one here; "),
        (0, None, "client-1 asks for 3 GPUs, but there is none here; "),
        (4, "0,1", "client-1 asks for 3 GPUs, but there are only 2 in CUDA_VISIBLE_DEVICES=0,1; "),
    ],
)
def test_more_than_there_are_is_a_sentence(there: int, visible: str | None, sentence: str) -> None:
    pool = pool_of([gpu(n) for n in range(there)], visible)
    with pytest.raises(TooFewGpus) as raised:
        place(clients(1, "3"), pool, visible)
    assert str(raised.value).startswith(sentence)


@given(
    st.lists(st.none() | st.integers(0, 8000), min_size=1, max_size=8),
    st.integers(1, 40),
)
def test_every_client_has_one_and_the_gpus_in_use_have_equally_many(
    free: list[float | None], count: int
) -> None:
    pool = pool_of([gpu(n, mb) for n, mb in enumerate(free)], None)
    placed = place(clients(count), pool)
    assert [len(gpus) for gpus in placed.values()] == [1] * count
    most = max(mb or 0 for mb in free)
    usable = [g for g in pool if g.free_mb is None or g.free_mb >= 0.1 * most]
    have = [sum(gpus == (g,) for gpus in placed.values()) for g in usable]
    assert sum(have) == count
    assert max(have) - min(have) <= 1


# -- the caller's pool -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, ["0", "1", "2"]),
        ("", []),
        ("-1", []),
        ("NoDevFiles", []),
        ("2,0", ["2", "0"]),
        (" 1 , 1", ["1"]),
        ("0,7,1", ["0"]),
        ("GPU-1aaa", ["1"]),
        ("GPU-2", ["2"]),
        ("GPU-", []),
        ("GPU-nobody,0", []),
        ("MIG-4af,0", ["MIG-4af", "0"]),
    ],
)
def test_the_callers_variable_is_read_as_cuda_reads_it(visible: str | None, expected: list[str]) -> None:
    assert [g.label for g in pool_of([gpu(0), gpu(1), gpu(2)], visible)] == expected


DIVIDED = replace(gpu(1), parts=(GpuPart("MIG-4af", 1000.0, 5000.0), GpuPart("MIG-4b0")))


@pytest.mark.parametrize(
    ("visible", "expected"),
    [
        (None, ["0", "1.0", "1.1"]),
        ("1", ["1.0", "1.1"]),
        ("MIG-4b0", ["1.1"]),
        ("GPU-1,0", ["1.0", "1.1", "0"]),
    ],
)
def test_of_a_gpu_that_mig_divides_the_parts_are_used(visible: str | None, expected: list[str]) -> None:
    pool = pool_of([gpu(0), DIVIDED], visible)
    assert [part.label for part in pool] == expected
    memory = {part.label: part.free_mb for part in pool}
    assert memory.get("1.0", 4000.0) == 4000.0
    assert memory.get("1.1") is None


def test_an_empty_pool_hides_the_gpus_from_everybody(planned: Callable[..., LaunchPlan]) -> None:
    plan = with_gpus(planned(), [gpu(0)], {"CUDA_VISIBLE_DEVICES": ""})
    assert set(variable(plan, "CUDA_VISIBLE_DEVICES").values()) == {""}
    assert set(labels(plan).values()) == {()}


# -- variables ---------------------------------------------------------------------------------------


def test_a_machine_without_a_gpu_keeps_its_variables(planned: Callable[..., LaunchPlan]) -> None:
    before = planned()
    after = with_gpus(before, [], {})
    assert [process.env for process in after.processes] == [process.env for process in before.processes]
    assert {process.gpus for process in after.processes} == {"none"}, "nobody is told of one"


def test_without_a_driver_what_the_caller_set_stays_for_those_who_train(
    planned: Callable[..., LaunchPlan],
) -> None:
    plan = with_gpus(planned(), [], {"CUDA_VISIBLE_DEVICES": "0"})
    found = variable(plan, "CUDA_VISIBLE_DEVICES")
    assert (found["client-1"], found["driver"]) == (None, None), "inherited"
    assert (found["server"], found["evaluate"]) == ("", "")


def test_who_has_a_gpu_gets_the_memory_caps_too(planned: Callable[..., LaunchPlan]) -> None:
    plan = with_gpus(planned(), [gpu(0)], {})
    client = plan.processes[1]
    assert client.env["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID"
    assert client.env["TF_FORCE_GPU_ALLOW_GROWTH"] == "true"
    assert client.env["XLA_PYTHON_CLIENT_PREALLOCATE"] == "false"
    assert "TF_FORCE_GPU_ALLOW_GROWTH" not in plan.processes[0].env


def test_the_recipe_and_the_user_may_say_otherwise(planned: Callable[..., LaunchPlan]) -> None:
    plan = planned(env='TF_FORCE_GPU_ALLOW_GROWTH: "false"')
    client = with_gpus(plan, [gpu(0)], {"XLA_PYTHON_CLIENT_PREALLOCATE": "true"}).processes[1]
    assert client.env["TF_FORCE_GPU_ALLOW_GROWTH"] == "false"
    assert "XLA_PYTHON_CLIENT_PREALLOCATE" not in client.env, "the user's own is inherited"


def test_a_recipe_that_chooses_itself_is_left_alone(planned: Callable[..., LaunchPlan]) -> None:
    plan = planned(', env: {CUDA_VISIBLE_DEVICES: "${{ replica.index }}"}')
    plan = with_gpus(plan, [gpu(0), gpu(1)], {})
    assert [variable(plan, "CUDA_VISIBLE_DEVICES")[f"client-{n}"] for n in (1, 2, 3)] == ["0", "1", "2"]
    assert labels(plan)["client-1"] == ()
    assert labels(plan)["driver"] == ("0",)


# -- what a recipe says ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        *(("none", "none"), ("0", "none"), ("auto", "auto"), ("share", "share"), ("02", "2")),
        *(("cpu", "none"), ("cuda", "auto"), ("cuda:1", "share")),
    ],
)
def test_a_wish_may_be_the_text_of_a_device(plan_of: Callable[..., LaunchPlan], text: str, wish: str) -> None:
    body = (
        "params: {where: {type: str, default: auto}}\n"
        'processes: {a: {role: tool, argv: [x], gpus: "${{ params.where }}"}}\n'
    )
    assert plan_of(body, where=text).processes[0].gpus == wish


@pytest.mark.parametrize(
    ("device", "wish"), [("auto", "auto"), ("cpu", "none"), ("cuda:1", "share"), ("tpu", "auto")]
)
def test_where_it_says_nothing_clients_follow_the_device_param(
    plan_of: Callable[..., LaunchPlan], device: str, wish: str
) -> None:
    body = (
        "params: {device: {type: str, default: auto}}\n"
        "processes: {a: {role: client, argv: [x]}, b: {role: server, argv: [x]}}\n"
    )
    assert [process.gpus for process in plan_of(body, device=device).processes] == [wish, "none"]


def test_the_plan_as_text_names_them_where_there_are_any(planned: Callable[..., LaunchPlan]) -> None:
    text = describe(with_gpus(planned(), [gpu(0, 3000)], {}))
    assert "gpu 0: Fake (3.0 of 8.0 GB free), GPU-0aaa\n" in text
    assert text.count("    on gpu 0\n") == 4
    assert "gpu" not in describe(with_gpus(planned(), [], {})).lower()
