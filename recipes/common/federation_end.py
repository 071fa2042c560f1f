"""How the server tells the evaluator that no further round will come, and why.

    python -m federation_end WORK "flwr run ended, but the ServerApp never said so"

says it for a server that died silently.
"""

from __future__ import annotations

import sys
from pathlib import Path

OK = "ok"


def declare_end(work: Path, reason: str = OK) -> None:
    """Says that the federation has ended: "ok", or a sentence about what went wrong."""
    half = work / ".federation-end"
    half.write_text(reason)
    half.replace(work / "federation-end")


def declared_end(work: Path) -> str | None:
    """What the server said about its end, or None while it goes on."""
    try:
        return (work / "federation-end").read_text()
    except FileNotFoundError:
        return None


if __name__ == "__main__":
    folder, otherwise = Path(sys.argv[1]), sys.argv[2]
    if declared_end(folder) is None:
        declare_end(folder, otherwise)
    print(f"the federation's end: {declared_end(folder)}")
