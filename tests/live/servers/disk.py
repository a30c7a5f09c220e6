"""A disk of its own, in memory, full when a test wants it to be: it shrinks to what is used, and grows again."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.live.servers.process import Unavailable

MEGABYTES = 4096
"""Its size; memory is taken only for what is written."""

_TRIES = 20
_KILOBYTE = 1024


@dataclass(frozen=True)
class Disk:
    """A mounted disk, whose folder everybody may enter."""

    folder: Path

    def fill(self) -> None:
        """Leave no room at all. RuntimeError where that cannot be done."""
        # What is written in between makes it too small at once: then it is tried again with more.
        for _ in range(_TRIES):
            used = shutil.disk_usage(self.folder).used // _KILOBYTE
            if _mount("-o", f"remount,size={used}k", str(self.folder)) is None:
                return
        raise RuntimeError(f"{self.folder} cannot be made smaller")

    def clear(self) -> None:
        """Give back all the room that there was. RuntimeError where that cannot be done."""
        if reason := _mount("-o", f"remount,size={MEGABYTES}m", str(self.folder)):
            raise RuntimeError(f"{self.folder} cannot be made larger: {reason}")


@contextlib.contextmanager
def small_disk() -> Iterator[Disk]:
    """Mount an empty disk; Unavailable where this user may not mount."""
    if os.geteuid() != 0:
        raise Unavailable("a disk that can be made full is mounted, which needs root")
    folder = Path(tempfile.mkdtemp(prefix="hub-disk-"))
    if reason := _mount("-t", "tmpfs", "-o", f"size={MEGABYTES}m,mode=0755", "tmpfs", str(folder)):
        folder.rmdir()
        raise Unavailable(f"a disk that can be made full cannot be mounted: {reason}")
    try:
        yield Disk(folder)
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def _mount(*arguments: str) -> str | None:
    """Mount; returns why not, or None when it worked."""
    done = subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)
    return None if done.returncode == 0 else done.stderr.strip()
