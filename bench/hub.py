"""The hub under measurement: its own commands as processes of this machine, in a folder without a developer's .env."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from bench.children import COUNCIL, POLICE, ROTHERHAM
from tests.live.servers.process import end, free_ports, spawn, tail, wait_for

ROOT = Path(__file__).resolve().parents[1]
DIRECTORY = ROOT / "bench" / "directory.yaml"
PARTNERS = ((POLICE, "police", "E23000011"), (COUNCIL, "authority", ROTHERHAM), ("operator", "operator", ""))
Part = str | None
"""Parts of `hub serve --only`, joined by a plus, or None for all in one process."""


@dataclass
class Hub:
    """Running processes and the addresses of their APIs by name, the partners' tokens, seconds until each was ready."""

    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    ready_after: dict[str, float] = field(default_factory=dict)

    @property
    def pids(self) -> dict[str, int]:
        """Process numbers by name."""
        return {name: process.pid for name, process in self.processes.items()}


def environment(database: str, kafka: str | None, **more: str) -> dict[str, str]:
    """Return the least settings of a hub that is measured."""
    settings = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DATABASE_URL": database,
        "HUB_ENVIRONMENT": "bench",
        # One partner sends here what a whole country does not: how many requests it may send is not what is measured.
        "HUB_RATE_PER_SECOND": "100000",
        "HUB_RATE_BURST": "100000",
        "HUB_DIRECTORY_FILE": str(DIRECTORY),
        "HUB_PROCEDURES_FOLDER": str(ROOT / "bench" / "procedures"),
        **more,
    }
    return settings | ({"KAFKA_BOOTSTRAP_SERVERS": kafka} if kafka else {})


def add_partners(folder: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Add every partner with the hub's own command; returns their tokens by name."""
    tokens = {}
    for name, kind, code in PARTNERS:
        command = [sys.executable, "-m", "hub", "partner", "add", name, "--kind", kind]
        done = subprocess.run(
            [*command, *(("--code", code) if code else ())],
            cwd=folder,
            env=dict(settings),
            capture_output=True,
            text=True,
            check=True,
        )
        tokens[name] = done.stdout.strip()
    return tokens


@contextmanager
def running(folder: Path, settings: Mapping[str, str], parts: Sequence[Part] = (None,)) -> Iterator[Hub]:
    """Run one process for each part and wait until every one is ready."""
    hub = Hub(tokens=add_partners(folder, settings))
    with ExitStack() as stack:
        begun = time.monotonic()
        for number, (part, port) in enumerate(zip(parts, free_ports(len(parts)), strict=True), start=1):
            name = f"hub {part}" if part else "hub" if len(parts) == 1 else f"hub {number}"
            own = {**settings, "HUB_API_PORT": str(port), "HUB_INSTANCE": str(number)}
            command = [sys.executable, "-m", "hub", "serve", *_only(part)]
            log = folder / f"{name.replace(' ', '-')}.log"
            process = spawn(command, log, env=own)
            stack.callback(end, process, signal.SIGTERM)
            hub.processes[name], hub.urls[name] = process, f"http://127.0.0.1:{port}"
        for name, url in hub.urls.items():
            log = folder / f"{name.replace(' ', '-')}.log"
            wait_for(lambda url=url: is_ready(url), what=f"{name} is ready", log=log)  # type: ignore[misc]
            hub.ready_after[name] = time.monotonic() - begun
        yield hub
        for name, process in hub.processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"{name} ended by itself\n{tail(folder / f'{name}.log')}")


def _only(part: Part) -> list[str]:
    return [word for one in (part.split("+") if part else ()) for word in ("--only", one)]


def is_ready(url: str) -> bool:
    """Ask a hub whether it is ready."""
    try:
        return httpx.get(f"{url}/health/ready", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False
