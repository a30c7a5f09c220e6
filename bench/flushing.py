"""What one flush to the disk costs, by PostgreSQL's own program: the floor under every transaction."""

import re
import subprocess
from pathlib import Path

from bench.figures import Figure
from bench.servers import Servers

_LINE = re.compile(r"^\s*fdatasync\s+(?P<rate>[\d.]+) ops/sec\s+(?P<each>\d+) usecs/op", re.MULTILINE)


def measure(servers: Servers, folder: Path, seconds: int) -> list[Figure]:
    """Run pg_test_fsync for so many seconds a test; the first block of its answer is one write of 8 kB."""
    if servers.programs is None:
        return [Figure("one flush (pg_test_fsync)", "not measured: the server is not ours")]
    program = servers.programs / "pg_test_fsync"
    file = folder / "flushed"
    done = subprocess.run([program, "-s", str(seconds), "-f", file], capture_output=True, text=True, check=True)
    found = _LINE.search(done.stdout)
    if found is None:
        raise RuntimeError("pg_test_fsync does not name fdatasync")
    return [Figure("one flush, 8 kB, fdatasync (pg_test_fsync)", f"{found['each']} us")]
