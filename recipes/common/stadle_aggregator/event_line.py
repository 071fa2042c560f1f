"""What happens, one JSON object a line: for people the time and a sentence, for programs the facts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from metric_line import print_line

Tell = Callable[..., None]


def tell(event: str, message: str, level: str = "info", **facts: Any) -> None:
    """Prints `{"time": "12:00:01", "level": "info", "message": "…", "event": "averaged", "round": 1}`."""
    clock = time.strftime("%H:%M:%S")
    print_line(json.dumps({"time": clock, "level": level, "message": message, "event": event, **facts}))
