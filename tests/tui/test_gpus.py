"""GPUs in the app, from the record of a real engine on the fake NVML library: two of them, one that
disappears, a driver that hangs, none at all."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from app_pilot import screen_of, text_of, until, until_gone, until_shown
from engines import Engines, sh
from fake_driver import Driver, build_library
from textual.pilot import Pilot

from fltui.facts.records import Resource
from fltui.record.snapshot import begin, fold
from fltui.tui.app import FltuiApp


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("nvml"))


@pytest.fixture
def driver(library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Driver:
    made = Driver(tmp_path / "scenario")
    made.says("count=0\n")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(library.parent))
    monkeypatch.setenv("FAKE_NVML", str(tmp_path / "scenario"))
    monkeypatch.delenv("FLTUI_GPU", raising=False)
    return made


def two(ours: int) -> str:
    """Our process on both GPUs, a stranger's (pid 1, init) on the first."""
    return (
        "count=2\n"
        f"0.util=37\n0.used=3900\n0.total=24000\n0.temp=61\n0.power=71500\n0.proc={ours}:900\n0.proc=1:3000\n"
        f"1.util=5\n1.used=60\n1.total=24000\n1.temp=44\n1.proc={ours}:55\n"
    )


async def until_line(pilot: Pilot[int], *words: str) -> None:
    def stand() -> bool:
        return any(all(word in line for word in words) for line in text_of(pilot).splitlines())

    await until(pilot, stand, f"{words} do not stand in one line")


def needs_real_pids() -> None:
    from fltui.probe.nvml import _sees_all_pids

    if not _sees_all_pids():
        pytest.skip("in a pid namespace NVML's pids are the host's: nobody's memory can be told apart")


async def test_two_gpus_stand_in_the_strip_and_in_the_panes_title(engines: Engines, driver: Driver) -> None:
    needs_real_pids()
    run = engines.start(sh("client-1", "while :; do echo tick; sleep 0.1; done"))
    driver.says(two(run.pid_of("client-1")))
    async with FltuiApp(run.folder).run_test(size=(200, 50)) as pilot:
        await until_line(pilot, "gpu0", "37%", "900 MB of 24 GB")
        await until_line(pilot, "others 3.0 GB", "61 C", "72 W")
        await until_line(pilot, "gpu1", "5%", "60 MB of 24 GB")
        await until_line(pilot, "a client-1", "gpu 955 MB")
        await pilot.resize_terminal(80, 24)
        await until_line(pilot, "cpu", "ram", "gpu0 37%", "gpu1 5%")
    run.ask(do="stop", force=True)
    run.end()


async def test_a_gpu_that_disappears_is_told_and_comes_back(engines: Engines, driver: Driver) -> None:
    run = engines.start(sh("client-1", "while :; do echo tick; sleep 0.1; done"))
    scenario = two(run.pid_of("client-1"))
    driver.says(scenario)
    async with FltuiApp(run.folder).run_test(size=(200, 50)) as pilot:
        await until_line(pilot, "gpu0", "37%")
        driver.says(scenario + "0.lost=1\n")
        await until_shown(pilot, "gpu0 is gone", 30)
        await until_line(pilot, "gpu1", "5%")
        driver.says(scenario)
        await until_gone(pilot, "gpu0 is gone", 30)
        await until_line(pilot, "gpu0", "37%")
    run.ask(do="stop", force=True)
    run.end()


async def test_a_driver_that_hangs_for_ten_seconds_holds_up_no_key(engines: Engines, driver: Driver) -> None:
    run = engines.start(sh("client-1", "while :; do echo tick $((n=n+1)); sleep 0.05; done"))
    scenario = two(run.pid_of("client-1"))
    driver.says(scenario)
    async with FltuiApp(run.folder).run_test(size=(120, 34)) as pilot:
        await until_line(pilot, "gpu0", "37%")
        driver.says(scenario + "hang_ms=10000\n")
        await until_shown(pilot, "the driver does not answer", 30)
        slowest = 0.0
        for _ in range(6):
            before = screen_of(pilot).zoomed
            began = time.monotonic()
            await pilot.press("z")
            await until(pilot, lambda b=before: screen_of(pilot).zoomed is not b, "z did nothing")
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < 8.0, "ten seconds would be the driver's"
        size = (run.folder / "logs" / "client-1.log").stat().st_size
        await until(
            pilot,
            lambda: (run.folder / "logs" / "client-1.log").stat().st_size > size,
            "the run stands still",
        )
        driver.says(scenario)
        await until_gone(pilot, "the driver does not answer", 40)
        await until_line(pilot, "gpu0", "37%")
    run.ask(do="stop", force=True)
    run.end()


@pytest.mark.parametrize("size", [(200, 50), (80, 24)])
async def test_none_is_one_quiet_word(
    engines: Engines, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("FLTUI_GPU", "none")
    run = engines.start(sh("client-1", "while :; do echo tick; sleep 0.1; done"))
    async with FltuiApp(run.folder).run_test(size=size) as pilot:
        await until_shown(pilot, "no gpu")
        await until(pilot, lambda: screen_of(pilot).snapshot.gpu_state == "none", "the engine did not look")
        assert text_of(pilot).count("no gpu") == 1
        assert "switched off" not in text_of(pilot)
    run.ask(do="stop", force=True)
    run.end()


async def test_a_title_names_the_gpu_that_a_client_was_given(engines: Engines, driver: Driver) -> None:
    driver.says("count=1\n0.util=3\n0.used=10\n0.total=24000\n")
    loop = "while :; do echo tick; sleep 0.1; done"
    run = engines.start(sh("client-1", loop, gpus="auto", on_gpus=("0",)), sh("server", loop, role="server"))
    async with FltuiApp(run.folder).run_test(size=(200, 50)) as pilot:
        await until_line(pilot, "client-1", "gpu 0 assigned")
        assert text_of(pilot).count("assigned") == 1
        needs_real_pids()
        driver.says(f"count=1\n0.util=3\n0.used=910\n0.total=24000\n0.proc={run.pid_of('client-1')}:900\n")
        await until_line(pilot, "client-1", "gpu 0 900 MB")
    run.ask(do="stop", force=True)
    run.end()


async def test_eight_gpus_fit_and_what_is_not_known_is_not_claimed(tmp_path: Path) -> None:
    from synthetic_runs import SyntheticRun, held

    run = SyntheticRun(tmp_path / "run")
    folder = run.waiting()
    run.writer.resources(
        Resource(
            run.clock(), gpu=str(n), utilisation=10.0 * n, memory_mb=1000.0, total_mb=24000.0, celsius=50.0
        )
        for n in range(8)
    )
    with held(folder):
        async with FltuiApp(folder).run_test(size=(200, 50)) as pilot:
            for n in range(8):
                await until_line(pilot, f"gpu{n}", f"{10 * n}%", "1.0 GB of 24 GB in use")
            assert "others" not in text_of(pilot)
            await pilot.resize_terminal(80, 24)
            await until_line(pilot, "gpu0 0%", "+")
    run.writer.close()


def test_what_the_driver_says_of_itself_is_part_of_the_snapshot() -> None:
    from fltui.facts.records import Event

    snapshot = begin({})
    for state in ("ok", "silent"):
        snapshot = fold(snapshot, Event(1.0, "gpu", data={"state": state, "text": f"it is {state}"}))
    assert (snapshot.gpu_state, snapshot.gpu_text) == ("silent", "it is silent")
    snapshot = fold(snapshot, Resource(1.0, gpu="0", utilisation=1.0))
    snapshot = fold(snapshot, Resource(9.0, gpu="1", utilisation=1.0))
    assert [row.gpu for row in snapshot.lost_gpus] == ["0"]
