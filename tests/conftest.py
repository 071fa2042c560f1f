"""Every test gets its own state, cache and config folders, so that none can see another's runs."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

pytest_plugins = ["count_recipes"]


def pytest_configure(config: pytest.Config) -> None:
    """Signals that `nohup` or a script's `&` had ignored are as ever: what is tested must not inherit that."""
    for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, handler)


@pytest.fixture(autouse=True)
def own_site(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Points XDG state and config at a fresh folder; the cache stays shared unless a test moves it."""
    site = tmp_path_factory.mktemp("site")
    monkeypatch.setenv("XDG_STATE_HOME", str(site / "state"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(site / "config"))
    return site


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A run in which every test was skipped has shown nothing: it ends as one that found no test (5)."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or session.exitstatus != 0 or session.config.option.collectonly:
        return
    if not reporter.stats.get("passed"):
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED
