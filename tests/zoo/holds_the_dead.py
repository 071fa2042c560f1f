"""Traces PID as a debugger does and never lets go: with `exit`, not even out of its own death.

Not part of any run: a person's debugger. Says "tracing" when it does.
"""

import ctypes
import os
import signal
import sys
import time

PTRACE_SEIZE, O_TRACEEXIT = 0x4206, 0x40

libc = ctypes.CDLL(None, use_errno=True)
libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]
options = O_TRACEEXIT if "exit" in sys.argv[2:] else 0
signal.signal(signal.SIGCHLD, signal.SIG_DFL)
if libc.ptrace(PTRACE_SEIZE, int(sys.argv[1]), None, options) != 0:
    sys.exit(f"cannot trace: {os.strerror(ctypes.get_errno())}")
print("tracing", flush=True)
time.sleep(600)
