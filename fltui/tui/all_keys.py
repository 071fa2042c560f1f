"""Every binding of every screen, for the keymap and for docs/keys.md.

`python -m fltui.tui.all_keys` prints that page.
"""

from __future__ import annotations

from fltui.tui.screens.browser_keys import BROWSER_KEYS
from fltui.tui.screens.history_keys import HISTORY_KEYS
from fltui.tui.screens.keys import Key, everywhere
from fltui.tui.screens.replay import REPLAY_KEYS
from fltui.tui.screens.run_keys import RUN_KEYS
from fltui.tui.screens.sweeps_keys import SWEEPS_KEYS

SCREENS: dict[str, tuple[Key, ...]] = {
    "The recipe browser": BROWSER_KEYS,
    "A run": RUN_KEYS,
    "A replay, besides those of a run": REPLAY_KEYS,
    "History": HISTORY_KEYS,
    "Sweeps": SWEEPS_KEYS,
}


TOGETHER: tuple[tuple[Key, ...], ...] = (
    BROWSER_KEYS,
    (*RUN_KEYS, *REPLAY_KEYS),
    HISTORY_KEYS,
    SWEEPS_KEYS,
)
"""The keys that act on one screen, so that none of them may have two meanings."""


def page() -> str:
    """docs/keys.md."""
    lines = [
        "# Keys",
        "",
        "`?` shows those of the present screen. In `config.toml` (`fltui locate` prints its folder) each can",
        'be changed by its id: `[keys]`, then `"run.detach" = "ctrl+d"`.',
    ]
    for title, keys in SCREENS.items():
        lines += ["", f"## {title}", "", "| key | id | what it does |", "|---|---|---|"]
        for key in keys:
            does = key.help or _implied(key)
            lines.append(f"| `{key.shown}` | `{key.id}` | {does} |")
    lines += [
        "",
        "## On every screen",
        "",
        "These cannot be changed.",
        "",
        "| key | what it does |",
        "|---|---|",
    ]
    lines += [f"| `{shown}` | {does} |" for shown, does in everywhere()]
    return "\n".join(lines) + "\n"


def _implied(key: Key) -> str:
    if key.id.startswith("run.pane_"):
        return f"the pane with the letter {key.key}"
    return f"to {key.key} tenths of the run"


if __name__ == "__main__":
    print(page(), end="")
