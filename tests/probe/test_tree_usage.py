"""What a process tree used, over everything that happens in a tree."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable

from fltui.facts.records import Resource
from fltui.probe.processes import Entry, ProcessTable
from fltui.probe.tree_usage import TreeUsage, Usage, resource

MB = 1024 * 1024


def entry(
    pid: int, cpu_s: float, waited: float = 0.0, *, ppid: int = 1, start: int = 0, state: str = "S"
) -> Entry:
    return Entry(pid, ppid, pid, pid, state, start or pid, cpu_s, waited, 10 * MB)


def sample(usage: TreeUsage, now: float, *entries: Entry, pids: set[int] | None = None) -> Usage:
    table = ProcessTable({one.pid: one for one in entries})
    members = {one.pid for one in entries if one.lives} if pids is None else pids
    return usage.sample(table, {"server": members}, now)["server"]


def test_percent_is_of_one_core_since_the_sample_before() -> None:
    usage = TreeUsage()
    assert sample(usage, 0.0, entry(5, 1.0)).cpu_percent is None
    assert sample(usage, 2.0, entry(5, 4.0)).cpu_percent == 150.0
    assert sample(usage, 4.0, entry(5, 4.0)).cpu_percent == 0.0


def test_a_child_that_its_parent_reaped_is_counted_once() -> None:
    usage = TreeUsage()
    sample(usage, 0.0, entry(5, 1.0), entry(6, 2.0, ppid=5))
    after = sample(usage, 1.0, entry(5, 1.0, waited=2.5))
    assert after.cpu_s == 3.5
    assert after.processes == 1


def test_a_child_that_nobody_of_its_tree_reaped_is_kept() -> None:
    usage = TreeUsage()
    sample(usage, 0.0, entry(5, 1.0), entry(6, 2.0, ppid=1))
    assert sample(usage, 1.0, entry(5, 1.0)).cpu_s == 3.0
    assert sample(usage, 2.0, entry(5, 1.5)).cpu_s == 3.5


def test_the_time_of_a_whole_tree_that_ended_stays() -> None:
    usage = TreeUsage()
    sample(usage, 0.0, entry(5, 1.0), entry(6, 2.0, ppid=5))
    assert sample(usage, 1.0) == Usage(0.0, 3.0, 0.0, 20.0, 0)
    assert usage.usage("server").cpu_s == 3.0


def test_a_leader_that_is_a_zombie_still_counts_its_last_moments() -> None:
    usage = TreeUsage()
    sample(usage, 0.0, entry(5, 1.0))
    after = sample(usage, 1.0, entry(5, 1.8, state="Z"), pids=set())
    assert (after.cpu_s, after.processes, after.rss_mb) == (1.8, 0, 0.0)


def test_a_pid_that_was_given_again_is_another_process() -> None:
    usage = TreeUsage()
    sample(usage, 0.0, entry(5, 10.0, start=100))
    assert sample(usage, 1.0, entry(5, 0.5, start=900)).cpu_s == 10.5


def test_a_total_never_falls() -> None:
    usage = TreeUsage()
    sample(usage, 0.0, entry(5, 1.0), entry(6, 4.0, ppid=5))  # the parent ignores SIGCHLD: nobody reaps
    assert sample(usage, 1.0, entry(5, 1.0)).cpu_s == 5.0


def test_memory_is_that_of_living_members_and_the_highest_is_kept() -> None:
    usage = TreeUsage()
    sample(usage, 0.0, entry(5, 0.0), entry(6, 0.0, ppid=5), entry(7, 0.0, ppid=5))
    after = sample(usage, 1.0, entry(5, 0.0))
    assert (after.rss_mb, after.max_rss_mb) == (10.0, 30.0)


def test_a_tree_that_was_never_sampled_used_nothing() -> None:
    assert TreeUsage().usage("nobody") == Usage()


def test_a_row_is_rounded_for_the_file() -> None:
    row = resource("server", Usage(12.3, 1.23456, 99.987, 100.0, 2), 1000.12345, gpu_memory_mb=5.0)
    assert row == Resource(
        1000.123, "server", None, cpu_percent=12.3, cpu_s=1.23, rss_mb=100.0, processes=2, gpu_memory_mb=5.0
    )


def test_a_real_tree_of_short_lived_workers_is_measured(
    run_python: Callable[..., subprocess.Popen[str]],
    line_of: Callable[..., str],
) -> None:
    process = run_python(
        """
        import os, time
        for worker in range(4):
            if os.fork() == 0:
                end = time.process_time() + 0.25
                while time.process_time() < end:
                    pass
                os._exit(0)
            os.wait()
        print("worked")
        input()
        """
    )
    usage = TreeUsage()
    highest = 0.0

    def look() -> Usage:
        table = ProcessTable.read()
        tree = {"tree": {process.pid} | table.descendants(process.pid)}
        return usage.sample(table, tree, time.monotonic())["tree"]

    deadline = time.monotonic() + 30
    while look().cpu_s < 0.9:  # the kernel counts in ticks of 10 ms
        highest = max(highest, usage.usage("tree").cpu_percent or 0.0)
        time.sleep(0.05)
        assert time.monotonic() < deadline
    assert line_of(process) == "worked"
    now = look()
    assert 0.9 <= now.cpu_s < 2.0
    assert highest > 20.0
    assert now.max_rss_mb >= now.rss_mb > 1.0
    assert now.processes == 1
