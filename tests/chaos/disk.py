"""A disk of its own for the ledger, in memory, that can be made full: it shrinks to what is used, and grows again."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

MEGABYTES = 4096
"""Its size; memory is taken only for what is written."""

_TRIES = 20
_KILOBYTE = 1024


class NoDisk(Exception):
    """A disk cannot be mounted here: only root can."""


@dataclass(frozen=True)
class Disk:
    """A mounted disk."""

    folder: Path

    def fill(self) -> None:
        """Leave no room at all."""
        for _ in range(_TRIES):
            used = shutil.disk_usage(self.folder).used // _KILOBYTE
            if _mount("-o", f"remount,size={used}k", str(self.folder)):
                return
        raise NoDisk(f"{self.folder} cannot be made smaller")

    def clear(self) -> None:
        """Give back all the room that there was."""
        if not _mount("-o", f"remount,size={MEGABYTES}m", str(self.folder)):
            raise NoDisk(f"{self.folder} cannot be made larger")


@contextmanager
def mounted(folder: Path) -> Iterator[Disk]:
    """Mount an empty disk; NoDisk where this is not allowed."""
    folder.mkdir(parents=True)
    if os.geteuid() != 0 or not _mount("-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(folder)):
        raise NoDisk("no disk that can be made full: mounting one needs root and a machine that allows it")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def _mount(*arguments: str) -> bool:
    return subprocess.run(["mount", *arguments], capture_output=True, check=False).returncode == 0
