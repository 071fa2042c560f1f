"""A child that has closed its terminal is not dead, and closing our end would make it so."""

from __future__ import annotations

from engines import Engines, sh


def test_a_child_without_stdin_may_close_its_output_and_live_on(engines: Engines) -> None:
    """coreutils close stdout before they exit: in that moment nobody has the terminal open."""
    run = engines.start(sh("client-1", "echo said; exec >&- 2>&-; sleep 1; exit 0", stdin="null"))
    result = run.end()
    assert result["verdict"] == "ok", result["reason"]
    assert run.log("client-1") == b"said\n"


def test_what_is_written_after_the_terminal_was_opened_again_is_recorded(engines: Engines) -> None:
    again = "exec >&- 2>&-; sleep 1; exec >/dev/tty 2>&1; seq 1 20000"
    run = engines.start(sh("client-1", again, stdin="null"))
    assert run.end()["verdict"] == "ok"
    assert run.log("client-1").count(b"\n") == 20000
