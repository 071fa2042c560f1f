"""What comes before the first round is told with its count, and no longer than that."""

from __future__ import annotations

import pytest
from engines import Engines, python, sh, watch

from fltui.engine.preparation import count_in
from fltui.facts.plan import LineRule
from fltui.record.snapshot import snapshot_of


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("embedding [##--] 4,096 of 67,349 train sentences, 12 a second", (4096, 67349)),
        ("agent-1 registered; agents connected: 1 of 3", (1, 3)),
        ("step 7/10", (7, 10)),
        ("downloading: 37.5 % done", (37, 100)),
        ("loading bert: 34 MB on disk", None),
        ("on 24/11/2026 at 10:15", None),
        ("version 1.2 of 3", None),
        ("5 of 3", None),
        ("0 of 0", None),
        ("9999999999999 of 99999999999999", None),
    ],
)
def test_a_count_is_read_from_a_line(text: str, count: tuple[int, int] | None) -> None:
    assert count_in(text) == count


def test_a_preparation_is_told_until_the_first_round_at_most_once_a_second_and_to_its_last_word(
    engines: Engines,
) -> None:
    counts = "import time\nfor n in range(1, 31): print('embedding', n, 'of 30'); time.sleep(0.02)\ntime.sleep(1.5)"
    run = engines.start(
        python("prepare", counts, role="tool"),
        watch=watch(progress=(LineRule("prepare", "^embedding"),)),
    )
    assert run.end()["verdict"] == "ok"
    told = [event["data"] for event in run.of_kind("progress", "prepare")]
    assert told[0] == {"text": "embedding 1 of 30", "done": 1, "total": 30}
    assert told[-1] == {"text": "embedding 30 of 30", "done": 30, "total": 30}
    assert 2 <= len(told) <= 3
    assert snapshot_of(run.folder).processes["prepare"].progress is None  # it has ended


def test_a_round_ends_it(engines: Engines) -> None:
    run = engines.start(
        sh("prepare", "echo loading; echo round 1; echo loading more", role="tool"),
        watch=watch(
            progress=(LineRule("prepare", "^loading"),),
            round_started=LineRule("prepare", r"round (?P<round>\d+)"),
        ),
    )
    run.end()
    assert [event["data"]["text"] for event in run.of_kind("progress")] == ["loading"]


def test_of_a_framework_only_what_counts_is_told_and_without_its_prefix(engines: Engines) -> None:
    run = engines.start(
        sh(
            "server",
            "echo 'INFO | Request received for path :7'; echo 'INFO | registered 1 of 3'",
            role="server",
            line_parts=r"^(?P<level>\w+) \| (?P<message>.*)$",
        ),
        watch=watch(progress=(LineRule("server", "."),)),
    )
    run.end()
    assert [event["data"] for event in run.of_kind("progress")] == [
        {"text": "registered 1 of 3", "done": 1, "total": 3}
    ]
