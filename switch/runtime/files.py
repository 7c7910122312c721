"""Small files that matter: written by one at a time, and whole or not at all."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PRIVATE = 0o600
"""For its owner alone."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Nobody else holds the lock that `path` is, a file made when there is none.

    Raises OSError; waits for who holds it.
    """
    lock = os.open(path, os.O_CREAT | os.O_RDWR, PRIVATE)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)


def replace_file(
    path: Path, data: bytes, mode: int = PRIVATE, *, unfinished: Path | None = None
) -> None:
    """`data` as a whole file in place of what there was, on the disk when this returns.

    Until then it is `unfinished`, beside it: the same name with `.new` behind it unless said. What
    a cut left of that goes. Raises OSError, and what there was is left.
    """
    fresh = path.with_name(f"{path.name}.new") if unfinished is None else unfinished
    fresh.unlink(missing_ok=True)
    file = os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_EXCL, mode)
    with os.fdopen(file, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
