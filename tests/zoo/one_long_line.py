"""One line of 10 MB, a word behind it, and the end of line at last."""

import sys

sys.stdout.write("x" * 10_000_000 + "found at the end\n" + "the next line\n")
