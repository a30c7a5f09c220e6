"""One process per SQLite ledger: a lock file beside it, which the system releases however its holder dies."""

import fcntl
import os
from pathlib import Path
from typing import Self


class LedgerBusy(Exception):
    """Another process has this SQLite ledger open."""


class FileLock:
    """An exclusive lock on `<database>.lock`, held while the file is open."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor: int | None = descriptor

    @classmethod
    def take(cls, database: str) -> Self:
        """Take the lock or raise LedgerBusy, naming the holder's process number."""
        Path(database).parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(f"{database}.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(descriptor, 20, 0).decode(errors="replace").strip() or "unknown"
            os.close(descriptor)
            raise LedgerBusy(_sentence(database, holder)) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return cls(descriptor)

    def release(self) -> None:
        """Let the next process in; a second call does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _sentence(database: str, holder: str) -> str:
    return (
        f"The ledger {database} is in use by another process (number {holder}); SQLite serves one process only. "
        "Stop that process, or set DATABASE_URL to a PostgreSQL server, which serves many."
    )
