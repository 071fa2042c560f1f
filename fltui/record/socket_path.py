"""The control socket of a run: bound and reached although a socket's path may have only 107 bytes.

`<run>/control.sock` is named through `/proc/self/fd/DIR/control.sock`, which is short whatever the
folder is called. Where the file system refuses sockets it lies in a private folder under the
temporary directory, which the manifest names as `socket`.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fltui.record.manifest import RunFolderError, read_manifest, update_manifest

SOCKET = "control.sock"
_ELSEWHERE = "fltui-"
_REFUSED = frozenset(
    {errno.EPERM, errno.EOPNOTSUPP, errno.EINVAL, errno.ENOSYS, errno.EROFS, errno.ENXIO, errno.EACCES}
)


def listen(folder: Path, backlog: int = 16) -> socket.socket:
    """A listening socket (0600) of the run in `folder`; a stale one is replaced.

    The caller holds the run's lock. Raises OSError when no folder takes a socket.
    """
    try:
        return _listen_in(Path(folder), backlog)
    except OSError as error:
        if error.errno not in _REFUSED:
            raise
    elsewhere = Path(tempfile.mkdtemp(prefix=_ELSEWHERE))
    listener = _listen_in(elsewhere, backlog)
    update_manifest(folder, socket=str(elsewhere))
    return listener


def connect(folder: Path, timeout_s: float = 5.0) -> socket.socket:
    """A connection to the supervisor of the run in `folder`.

    Raises FileNotFoundError or ConnectionRefusedError when nobody listens there.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    connection.settimeout(timeout_s)
    try:
        with _short_path(socket_folder(folder)) as path:
            connection.connect(path)
    except BaseException:
        connection.close()
        raise
    return connection


def remove(folder: Path) -> None:
    """Removes the socket of a run that has ended, and the folder made for it elsewhere."""
    where = socket_folder(folder)
    elsewhere = where != Path(folder)
    if elsewhere and not where.name.startswith(_ELSEWHERE):
        return  # no folder of ours, whatever a manifest says
    with contextlib.suppress(OSError):  # gone, or on a disk that takes no writing: it is in nobody's way
        (where / SOCKET).unlink(missing_ok=True)
        if elsewhere:
            where.rmdir()


def socket_folder(folder: Path) -> Path:
    """The folder that holds the socket: the run's own, or the one that its manifest names."""
    if (Path(folder) / SOCKET).exists():
        return Path(folder)
    try:
        return Path(read_manifest(folder).get("socket") or folder)
    except RunFolderError:
        return Path(folder)


def _listen_in(folder: Path, backlog: int) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
    try:
        (folder / SOCKET).unlink(missing_ok=True)
        with _short_path(folder) as path:
            listener.bind(path)
            os.chmod(path, 0o600)
        listener.listen(backlog)
    except BaseException:
        listener.close()
        raise
    return listener


@contextlib.contextmanager
def _short_path(folder: Path) -> Iterator[str]:
    fd = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{fd}/{SOCKET}"
    finally:
        os.close(fd)
