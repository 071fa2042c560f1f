"""A plugin that ends `make test-frameworks` with the count of the recipes that ran, and why one did not.

tests/conftest.py loads it, so that it is there in the process that gathers what pytest-xdist's workers report.
"""

from __future__ import annotations

import pytest
from having_recipes import count, shipped


def of_all_recipes(config: pytest.Config) -> bool:
    """Whether everything was asked for (`make test-frameworks`), and not some tests of it."""
    asked = config.args_source is pytest.Config.ArgsSource.TESTPATHS and not config.option.keyword
    here = not hasattr(config, "workerinput") and not config.option.collectonly
    return asked and here and config.option.markexpr in ("frameworks", "frameworks and not long")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A recipe that should have run and did not fails the whole."""
    well = session.exitstatus == pytest.ExitCode.OK
    if well and of_all_recipes(session.config) and recipes_of(session.config)[2]:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """`ran 11, skipped 0`, and why one was skipped."""
    if not of_all_recipes(config):
        return
    ran, skipped, wrong = recipes_of(config)
    terminalreporter.section("recipes")
    for recipe, reason in skipped.items():
        terminalreporter.write_line(f"{recipe}: {reason}")
    for recipe, reason in wrong.items():
        terminalreporter.write_line(f"{recipe}: {reason}, so this is a failure", red=True)
    terminalreporter.write_line(f"ran {len(ran)}, skipped {len(skipped)}")


def recipes_of(config: pytest.Config) -> tuple[list[str], dict[str, str], dict[str, str]]:
    """The count of this session, from the reports of its tests."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = [report for found in reporter.stats.values() for report in found] if reporter else []
    noted = [pair for report in reports for pair in getattr(report, "user_properties", ())]
    return count(noted, shipped())
