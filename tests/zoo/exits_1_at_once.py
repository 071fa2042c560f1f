"""Ends with exit code 1 before it has done anything."""

import sys

sys.exit(1)
