"""Points are armed with files: one process takes an armed point's file away, notes the hit in its place, and dies."""

import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Armoury:
    """A folder with a file for each armed point, and one for each hit: `<point>.<process>.<nanoseconds>`."""

    folder: Path

    def prepare(self) -> None:
        """Make the folders."""
        for each in (self._armed, self._hit):
            each.mkdir(parents=True, exist_ok=True)

    def arm(self, point: str) -> None:
        """Let the next process that reaches this point take it."""
        (self._armed / point).touch()

    def disarm(self, point: str) -> None:
        """Let nobody take it any more."""
        (self._armed / point).unlink(missing_ok=True)

    def is_armed(self, point: str) -> bool:
        """Say whether nobody has taken it yet."""
        return (self._armed / point).exists()

    def take(self, point: str) -> bool:
        """Take an armed point; of several processes one gets it."""
        hit = self._hit / f"{point}.{os.getpid()}.{time.time_ns()}"
        try:
            (self._armed / point).rename(hit)
        except FileNotFoundError:
            return False
        return True

    def die_at(self, point: str) -> None:
        """Die at once, as in a power cut, if this point is armed."""
        if self.take(point):
            os.kill(os.getpid(), signal.SIGKILL)

    def hits(self, point: str) -> int:
        """Return how often a point has been hit."""
        return sum(path.name.rsplit(".", 2)[0] == point for path in self._hit.iterdir())

    def hit_by(self, process: int) -> list[str]:
        """Return the points that a process has hit."""
        found = (path.name.rsplit(".", 2) for path in self._hit.iterdir())
        return [point for point, number, _ in found if int(number) == process]

    @property
    def _armed(self) -> Path:
        return self.folder / "armed"

    @property
    def _hit(self) -> Path:
        return self.folder / "hit"
