"""The command line: one file a group of commands. Data goes to stdout, everything else to stderr."""

import os
import signal
import sys

# Ctrl-C in the tenth of a second in which the command still imports ends it without a traceback;
# `main` then takes signals as it should. Only as the command itself: not in whoever imports us.
if os.path.basename(sys.argv[0]) == "fltui" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
