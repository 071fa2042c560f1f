"""`python -m fltui`: the command `fltui`, where its script is not on PATH."""

from __future__ import annotations

import sys

if __name__ == "__main__":
    sys.argv[0] = "fltui"  # so that it behaves, and is recorded, as the command

    from fltui.cli.main import main

    main()
