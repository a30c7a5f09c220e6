"""Processor time by process: a process with all its children, those that have ended included."""

from collections.abc import Mapping

import psutil


def seconds(pid: int) -> float:
    """Return the processor seconds that a process and its children have used so far."""
    try:
        process = psutil.Process(pid)
        return _of(process) + sum(_of(child) for child in process.children(recursive=True))
    except psutil.NoSuchProcess:
        return 0.0


def _of(process: psutil.Process) -> float:
    try:
        used = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(used.user + used.system + used.children_user + used.children_system)


class Meter:
    """Measures from its making on; `read` gives the seconds used since by each named process."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._before = {name: seconds(pid) for name, pid in self._pids.items()}

    def read(self) -> dict[str, float]:
        """Return processor seconds since the beginning, by name."""
        return {name: seconds(pid) - self._before[name] for name, pid in self._pids.items()}
