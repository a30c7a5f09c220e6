"""A disk that is full when a test wants it to be: a file system in memory, of a size that nobody outgrows."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.live.servers.process import Unavailable

MEGABYTES = 256


@dataclass
class SmallDisk:
    """A mounted file system."""

    folder: Path

    def fill(self) -> None:
        """Leave not one block free."""
        with self._ballast.open("ab", buffering=0) as ballast, contextlib.suppress(OSError):
            while True:
                ballast.write(bytes(65_536))

    def clear(self) -> None:
        """Give the space back."""
        self._ballast.unlink(missing_ok=True)

    @property
    def _ballast(self) -> Path:
        return self.folder / "ballast"


@contextlib.contextmanager
def small_disk(megabytes: int = MEGABYTES) -> Iterator[SmallDisk]:
    """Mount one; Unavailable where this user may not mount."""
    if os.geteuid() != 0:
        raise Unavailable("a full disk is tried on a mount of its own, which needs root")
    folder = Path(tempfile.mkdtemp(prefix="hub-disk-"))
    folder.chmod(0o755)
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=1777", "tmpfs", str(folder)]
    done = subprocess.run(mounted, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Unavailable(f"a full disk is tried on a mount of its own: {done.stderr.strip()}")
    try:
        yield SmallDisk(folder)
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)
        folder.rmdir()
