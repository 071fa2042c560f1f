"""Whether something can be downloaded at all: asked first, since the libraries that download try for minutes."""

from __future__ import annotations

import urllib.error
import urllib.request

TIMEOUT_S = 5.0


def why_unreachable(url: str) -> str | None:
    """Why `url` cannot be had, or None when its server answers."""
    named = url.partition("?")[0]
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=TIMEOUT_S):
            return None
    except urllib.error.HTTPError as error:
        return f"{named} answers {error.code} {error.reason}"
    except (OSError, ValueError) as error:
        return f"{named} does not answer ({getattr(error, 'reason', error)})"
