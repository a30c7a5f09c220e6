"""Where a process spends its time: py-spy beside it, its samples kept under var/ and summed up by function and room."""

import re
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.live.servers.process import end

KEPT = Path("var") / "bench"
RATE = 200
"""Samples a second."""
MOST = 25


@contextmanager
def profiling(pids: Mapping[str, int]) -> Iterator[dict[str, Path]]:
    """Sample these processes while the block runs; gives the files, written when it is left."""
    KEPT.mkdir(parents=True, exist_ok=True)
    files = {name: (KEPT / f"profile-{name.replace(' ', '-')}.txt").resolve() for name in pids}
    with ExitStack() as stack:
        for name, pid in pids.items():
            program = Path(sys.executable).parent / "py-spy"
            how = ["record", "--pid", str(pid), "--format", "raw", "--rate", str(RATE), "--function", "--nonblocking"]
            watching = subprocess.Popen(
                [program, *how, "--output", files[name]], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            stack.callback(end, watching, signal.SIGINT)
        yield files


def summary(file: Path) -> str:
    """Return the share of samples in which a function stood on top, and stood at all: the heaviest, then our own."""
    ours = re.compile(r"\((hub|adapters|contracts)/")
    own: Counter[str] = Counter()
    within: Counter[str] = Counter()
    for line in file.read_text(encoding="utf-8").splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        own[frames[-1]] += int(count)
        within.update(dict.fromkeys(frames, int(count)))
    whole = sum(own.values()) or 1
    lines = [f"{file.name}: {whole} samples", "  itself  with what it calls"]
    top = [name for name, _ in own.most_common(MOST)]
    rooms = [name for name, _ in within.most_common() if ours.search(name)][: 2 * MOST]
    shown = dict.fromkeys([*top, *rooms])
    lines += [f"  {100 * own[name] / whole:5.1f} %  {100 * within[name] / whole:5.1f} %  {name}" for name in shown]
    return "\n".join(lines)
