"""`python -m fltui.engine`: the guard of one run. A Launch comes on standard input."""

from __future__ import annotations

import sys

from fltui.engine.guard import main

sys.exit(main())
