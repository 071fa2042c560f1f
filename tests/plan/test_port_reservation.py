"""Ports are chosen where nobody else takes them, held while a run lives, and name their owner when busy."""

from __future__ import annotations

import json
import os
import random
import socket
import subprocess
import sys
from collections.abc import Callable

import pytest

from fltui.facts.codec import to_json
from fltui.facts.plan import LaunchPlan
from fltui.facts.site import state_folder
from fltui.plan.ports import PortBusy, bind, ephemeral_range, is_free, reserve

Plan = Callable[..., LaunchPlan]
BODY = """\
params: {port: {type: port, default: auto}}
ports: {server: "${{ params.port }}", node: {replicas: 2}}
files: {f: {text: "at ${{ ports.server }}"}}
processes:
  s:
    role: server
    argv: [serve, "127.0.0.1:${{ ports.server }}"]
    env: {PORT: "${{ ports.server }}"}
    ready: [{port: server}, {http: "http://127.0.0.1:${{ ports.server }}/"}, {log: "on ${{ ports.node-2 }}"}]
"""


def close(locks: list[int]) -> None:
    for lock in locks:
        os.close(lock)


def test_a_bound_plan_has_numbers_everywhere(plan_of: Plan) -> None:
    bound = bind(plan_of(BODY), {"server": 7001, "node-1": 7002, "node-2": 7003})
    assert "${{" not in json.dumps(to_json(bound))
    process = bound.processes[0]
    assert process.argv == ("serve", "127.0.0.1:7001")
    assert process.env["PORT"] == "7001"
    assert process.ready is not None
    assert process.ready.checks[0].port == 7001
    assert process.ready.checks[2].line == "on 7003"
    assert bound.files[0].text == "at 7001"
    assert [port.number for port in bound.ports] == [7001, 7002, 7003]


def test_free_ports_lie_outside_the_ephemeral_range_and_differ(plan_of: Plan) -> None:
    bound, locks = reserve(plan_of(BODY))
    numbers = [port.number or 0 for port in bound.ports]
    first, last = ephemeral_range()
    assert len(set(numbers)) == len(locks) == 3
    if first >= 11_000:
        assert all(not first <= number <= last for number in numbers)
    close(locks)


def test_two_runs_with_the_same_luck_get_different_ports(plan_of: Plan) -> None:
    plan = plan_of(BODY)
    one, locks = reserve(plan, random.Random(1))
    two, more = reserve(plan, random.Random(1))
    assert {port.number for port in one.ports} & {port.number for port in two.ports} == set()
    close(more)
    again, last = reserve(plan, random.Random(1))
    assert again.ports == two.ports
    close(locks + last)


def test_a_reservation_lives_as_long_as_any_copy_of_its_lock(plan_of: Plan) -> None:
    plan = plan_of(BODY)
    bound, locks = reserve(plan)
    number = bound.ports[0].number
    holder = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, pass_fds=locks)
    close(locks)
    fixed = plan_of(BODY, port=str(number))
    with pytest.raises(PortBusy, match=f"port {number} .server. is reserved by the run run-1"):
        reserve(fixed)
    holder.communicate(b"\n")
    _, locks = reserve(fixed)
    close(locks)


@pytest.mark.parametrize("address", ["127.0.0.1", "0.0.0.0", "::1"])
def test_a_busy_fixed_port_names_the_owner(plan_of: Plan, address: str) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        stranger = socket.create_server((address, 0), family=family)
    except OSError:
        pytest.skip("this machine has no IPv6")
    with stranger:
        number = stranger.getsockname()[1]
        with pytest.raises(PortBusy) as caught:
            reserve(plan_of(BODY, port=str(number)))
        assert f"port {number} (server) belongs to pid {os.getpid()} (" in str(caught.value)
        assert not is_free(number)


def test_a_failed_reservation_gives_everything_back(plan_of: Plan) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        with pytest.raises(PortBusy):
            reserve(plan_of(BODY, port=str(stranger.getsockname()[1])))
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_port_of_an_earlier_run_is_free_again_at_once(plan_of: Plan) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", number))
        accepted, _ = server.accept()
        accepted.close()  # this side closes first: its port stays in TIME_WAIT
        client.close()
    bound, locks = reserve(plan_of(BODY, port=str(number)))
    assert bound.ports[0].number == number
    close(locks)


def test_reservations_are_the_users_own(plan_of: Plan) -> None:
    _, locks = reserve(plan_of(BODY))
    folder = state_folder() / "ports"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in folder.iterdir())
    close(locks)
