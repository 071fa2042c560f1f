"""Is traced by a child of its own, as by a debugger: no signal but SIGKILL gets through to it.

Arguments: the file that says when it is traced.
"""

import ctypes
import os
import signal
import sys
import time
from pathlib import Path

PTRACE_SEIZE = 0x4206

me = os.getpid()
if os.fork() == 0:
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    libc = ctypes.CDLL(None, use_errno=True)
    libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
    if libc.ptrace(PTRACE_SEIZE, me, None, None) != 0:
        sys.exit(f"cannot trace: {os.strerror(ctypes.get_errno())}")
    Path(sys.argv[1]).write_text("traced")
    time.sleep(600)  # never looks at its tracee: each signal leaves that stopped
time.sleep(600)
