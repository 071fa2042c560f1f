"""Writes docs/first-run.md: the first run in a terminal, as tmux saw it after each key.

python docs/capture_first_run.py      needs tmux and the environment digits (`make demo` builds it)
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import time

from draw_screens import CHECKOUT, DOCS, FLTUI, SITE, site

COLUMNS, ROWS = 100, 30
HEAD = """# The first run, key by key

`fltui` in a terminal of {columns}x{rows}, after `make demo`. `python docs/capture_first_run.py` pressed the
keys below in tmux and wrote down what it showed; nothing is edited.

"""
# (what is pressed, the text that is waited for, what to see)
KEYS = [
    ("", "Flower", "`fltui` opens on the recipes. What a run would need stands beside them, what acts at the bottom."),
    ("Enter", "round 1/3", "**First key: Enter.** The federation starts: server, clients, our evaluator. Who runs, which round, how good, what to press: all at once."),
    ("", "3 of 3 rounds", "No key: it comes to its verdict by itself."),
    ("g", "who connects", "**Second key: `g`.** Who connected to whom."),
    ("Escape", "3 of 3 rounds", "**Third key: Esc.**"),
    ("q", "recipes", "**Fourth key: `q`.** Back at the recipes: the cell tells how it went."),
]  # fmt: skip


class Tmux:
    def __init__(self) -> None:
        self._words = ["tmux", "-u", "-f", os.devnull, "-S", str(SITE / "tmux")]
        run = shlex.join(FLTUI)
        self("new-session", "-d", "-s", "first", "-x", str(COLUMNS), "-y", str(ROWS), run)

    def __call__(self, *words: str) -> str:
        return subprocess.run([*self._words, *words], check=True, capture_output=True, text=True).stdout

    def until(self, text: str, timeout_s: float = 90.0) -> str:
        """The screen once `text` is on it, and what is drawn once a second too."""
        deadline = time.monotonic() + timeout_s
        while text not in self.screen():
            if time.monotonic() > deadline:
                raise SystemExit(f"{text!r} is not on the screen:\n{self.screen()}")
            time.sleep(0.1)
        time.sleep(1.2)
        return self.screen()

    def screen(self) -> str:
        return "\n".join(line.rstrip() for line in self("capture-pane", "-p", "-t", "first").splitlines())


def main() -> None:
    parts = [HEAD.format(columns=COLUMNS, rows=ROWS)]
    with site():
        tmux = Tmux()
        try:
            for key, shows, says in KEYS:
                if key:
                    tmux("send-keys", "-t", "first", key)
                parts.append(f"{says}\n\n```text\n{tmux.until(shows)}\n```\n\n")
        finally:
            tmux("kill-server")
    (DOCS / "first-run.md").write_text("".join(parts).rstrip() + "\n")
    print(f"{DOCS.relative_to(CHECKOUT)}/first-run.md", file=sys.stderr)


if __name__ == "__main__":
    main()
