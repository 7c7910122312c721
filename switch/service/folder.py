"""The folder of a network's books: whose it is, and who holds it now.

A folder with files in it is used only when its mark says that they are ours, so that a slip of
`--data-dir` and `--fresh` together can never clear somebody's home. Each party's books have a
lock of their own, held by the kernel for as long as the process lives: what a crash leaves is no
lock.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

MARK = "guichet.network"


class FolderError(Exception):
    """The folder cannot be used: not ours, another network's, or held by another process."""


class DataFolder:
    """The books of one network."""

    def __init__(self, path: Path, network: str) -> None:
        self.path = path
        self._network = network
        self._locks: dict[str, int] = {}

    def hold(self, parts: Iterable[str]) -> None:
        """Take the books of these parts, until `release`. Raises FolderError; then none is held.

        The folder is made when there is none.
        """
        try:
            self._mark()
            for part in parts:
                self._lock(part)
        except OSError as error:
            self.release()
            raise FolderError(f"{self.path} cannot be used: {error.strerror}") from None
        except FolderError:
            self.release()
            raise

    def release(self) -> None:
        """Let go of what is held."""
        for descriptor in self._locks.values():
            os.close(descriptor)
        self._locks.clear()

    def clear(self, part: str, names: Iterable[str]) -> None:
        """Remove these files and folders of a part that is held, whatever SQLite laid beside them.

        Raises FolderError.
        """
        if part not in self._locks:
            raise FolderError(f"the books of {part} are not held")
        try:
            for name in names:
                target = self.path / name
                if target.is_dir():
                    shutil.rmtree(target)
                for suffix in ("", "-wal", "-shm", "-journal"):
                    if not target.is_dir():
                        target.with_name(target.name + suffix).unlink(missing_ok=True)
        except OSError as error:
            raise FolderError(f"{self.path} cannot be cleared: {error.strerror}") from None

    def _mark(self) -> None:
        mark = self.path / MARK
        self.path.mkdir(parents=True, exist_ok=True)
        if not mark.exists():
            if any(not each.name.startswith(MARK) for each in self.path.iterdir()):
                raise FolderError(
                    f"{self.path} holds other files: give --data-dir an empty or a new folder"
                )
            # Put in place whole, for another part may be starting beside us.
            written = mark.with_name(f"{MARK}.{os.getpid()}")
            written.write_text(f"{self._network}\n")
            written.replace(mark)
        owner = mark.read_text().strip()
        if owner != self._network:
            raise FolderError(
                f"{self.path} holds the books of the network '{owner}', not '{self._network}': "
                "give another --data-dir"
            )

    def _lock(self, part: str) -> None:
        descriptor = os.open(self.path / f"{part}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise FolderError(
                f"{self.path} is in use: another process holds the books of {part}; "
                "stop it, or give another --data-dir"
            ) from None
        self._locks[part] = descriptor
