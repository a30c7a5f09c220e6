"""Start a server as a child process that never outlives the tests, find it a port, and wait until it answers."""

import contextlib
import ctypes
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

_PR_SET_PDEATHSIG = 1


class Unavailable(Exception):
    """A server cannot be had on this machine; the message says which part is missing and how to get it."""


def free_ports(count: int) -> list[int]:
    """Ask the operating system for so many different free loopback ports."""
    with contextlib.ExitStack() as held:
        sockets = [held.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [each.getsockname()[1] for each in sockets]


def accepts(port: int) -> bool:
    """Say whether something listens on a loopback port."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def spawn(
    command: Sequence[str | Path], log: Path, *, user: str | None = None, env: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """Start a command with its output in a log file; the kernel kills it when the tests die, however they die."""
    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=log.parent,
            env=env,
            user=user,
            group=user,
            extra_groups=None if user is None else [],
            start_new_session=True,
            preexec_fn=_die_with_parent,
        )


def end(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM, patience: float = 15.0) -> None:
    """Ask a process to end, and kill it after `patience` seconds."""
    process.send_signal(how)
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait_for(answers: Callable[[], bool], *, what: str, patience: float = 60.0, log: Path | None = None) -> None:
    """Ask again and again until it is so; RuntimeError with the end of the log after `patience` seconds."""
    deadline = time.monotonic() + patience
    while not answers():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{what}: not so after {patience:.0f} s\n{tail(log)}")
        time.sleep(0.1)


def tail(log: Path | None, lines: int = 20) -> str:
    """Give the last lines of a log."""
    if log is None or not log.exists():
        return ""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


@contextlib.contextmanager
def running(process: subprocess.Popen[bytes], how: signal.Signals = signal.SIGTERM) -> Iterator[None]:
    """End the process when the block is left."""
    try:
        yield
    finally:
        end(process, how)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
