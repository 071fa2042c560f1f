"""Runs between the supervisor and a child's own program: `python -I -S -c SHIM PPID FILES UMASK CWD ARGV…`.

Stands alone (imports nothing of fltui), sets what only the child itself can set, and becomes the
program: a session of its own with the terminal on standard output as its controlling terminal (a
killed supervisor then hangs up its children; a new session alone leaves them alive), a signal at
the parent's death, default signal handlers and an empty mask, and the caller's umask and limit of open files.
"""

import ctypes
import fcntl
import os
import resource
import signal
import sys
import termios

_PR_SET_PDEATHSIG = 1


def main() -> None:
    parent, files, umask = map(int, sys.argv[1:4])
    folder, argv = sys.argv[4], sys.argv[5:]
    os.setsid()
    if os.isatty(1):
        fcntl.ioctl(1, termios.TIOCSCTTY, 0)
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != parent:  # it died before the signal was set
        os._exit(1)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
        try:
            signal.signal(number, signal.SIG_DFL)
        except OSError:  # the C library keeps 32 and 33 for itself
            continue
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    os.umask(umask)
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    try:
        os.chdir(folder)
        os.execvp(argv[0], argv)
    except OSError as error:
        what = folder if error.filename == folder else argv[0]
        os.write(2, f"fltui: cannot start {what}: {error.strerror}\n".encode())
        os._exit(127)


main()
