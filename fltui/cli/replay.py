"""`fltui replay`: a finished run plays again, in the app or as lines."""

from __future__ import annotations

import time

import click

from fltui.cli.app import open_app
from fltui.cli.errors import UsageError
from fltui.cli.progress import lines_of
from fltui.cli.stderr_lines import StderrLines
from fltui.cli.summary import summary_lines
from fltui.cli.wording import clock_text
from fltui.record.manifest import read_manifest
from fltui.record.runs import find_run
from fltui.record.snapshot import begin

_LOOK_S = 0.05


@click.command()
@click.argument("run")
@click.option("--speed", default="1", metavar="N", help="0.5 to 50 times as fast.")
@click.option("--headless", is_flag=True, help="Print it as `--run` did, and end.")
def replay(run: str, speed: str, headless: bool) -> int | None:
    """Play RUN again with the clock; long silences are skipped. Needs no framework, GPU or network."""
    from fltui.workshop.replay import NothingToReplay, Playhead, Recording, speed_of

    folder = find_run(run)
    try:
        times, recording = speed_of(speed), Recording.read(folder)
    except (ValueError, NothingToReplay) as error:
        raise UsageError(str(error)) from None
    if not headless:
        return open_app("add --headless to print the replay", run=folder, replay=times)
    lines = StderrLines.on_stderr()
    head, snapshot, at = Playhead(recording, times), begin(read_manifest(folder)), 0
    while True:
        head.advance(time.monotonic())
        count = recording.count_at(head.t)
        snapshot, news = lines_of(recording.rows[at:count], snapshot)
        at = count
        for line in news:
            lines.say(f"{clock_text(line.t - recording.start)}  {line.text}", line.tone)
        if head.at_end:
            break
        time.sleep(_LOOK_S)
    for text in summary_lines(snapshot.result) if snapshot.result is not None else ():
        lines.say(text)
    return None
