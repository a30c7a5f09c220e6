"""The hub's processes as a supervisor keeps them: whatever dies is started again at once, and its death is judged."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from tests.chaos.armed import Armoury
from tests.live.channel.harness import until
from tests.live.servers.process import end, free_ports, spawn, tail

ROOT = Path(__file__).resolve().parents[2]
LOOK_SECONDS = 0.1
PARTS: Mapping[str, str] = {
    "api": "api",
    "router": "router",
    "relay": "relay",
    "deliver-1": "deliver",
    "deliver-2": "deliver",
}
"""Each process by its name, and the part that it serves."""


@dataclass
class HubProcess:
    """One process of the hub; `part` is what it serves, or None for everything."""

    name: str
    part: str | None
    folder: Path
    environment: Mapping[str, str] = field(repr=False)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.environment['HUB_API_PORT']}"

    @property
    def log(self) -> Path:
        """Where it writes."""
        return self.folder / f"{self.name}.log"

    def start(self) -> None:
        """Start it and wait for nothing."""
        only = ["--only", self.part] if self.part else []
        command = [sys.executable, "-m", "tests.chaos.launcher", "serve", *only]
        self.process = spawn(command, self.log, env=self.environment)

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        assert self.process is not None
        with suppress(ProcessLookupError):
            os.kill(self.process.pid, number)

    async def until_ready(self, client: httpx.AsyncClient, patience: float = 120.0) -> None:
        """Wait until it answers that it lives."""
        await until(lambda: self.lives(client), f"{self.name} lives", patience)

    async def lives(self, client: httpx.AsyncClient) -> bool:
        """Say whether it answers."""
        try:
            return (await client.get(f"{self.url}/health/live")).is_success
        except httpx.TransportError:
            return False


@dataclass
class Supervisor:
    """Keeps the processes running. A death at an armed point was wanted, one in `excused` time may be; others are not.

    `unexplained` says which were not, with the end of the log.
    """

    processes: Mapping[str, HubProcess]
    armoury: Armoury
    say: Callable[[str], None]
    unexplained: list[str] = field(default_factory=list)
    excused: int = 0

    async def watch(self) -> None:
        """Start again whatever ends, for ever."""
        while True:
            for one in self.processes.values():
                if one.process is not None and one.process.poll() is not None:
                    self._judge(one, one.process)
                    one.start()
            await asyncio.sleep(LOOK_SECONDS)

    def of_part(self, part: str) -> list[HubProcess]:
        """Return the processes that serve a part."""
        return [one for one in self.processes.values() if one.part == part]

    @asynccontextmanager
    async def excusing(self, longer: float) -> AsyncIterator[None]:
        """Excuse deaths while the block runs, and for some seconds more: a server that they need is away."""
        self.excused += 1
        try:
            yield
        finally:
            asyncio.get_running_loop().call_later(longer, self._excuse_no_more)

    def _excuse_no_more(self) -> None:
        self.excused -= 1

    def _judge(self, one: HubProcess, process: subprocess.Popen[bytes]) -> None:
        points = self.armoury.hit_by(process.pid)
        if points:
            self.say(f"{one.name} killed: {points[-1]}")
        elif self.excused:
            self.say(f"{one.name} ended ({process.returncode}) without the server that it needs")
        else:
            self.unexplained.append(f"{one.name} ended by itself with {process.returncode}\n{tail(one.log, 8)}")
            self.say(f"{one.name} ended by itself ({process.returncode})")


def hub_processes(
    folder: Path, parts: Mapping[str, str | None], port: int, common: Mapping[str, str]
) -> dict[str, HubProcess]:
    """Make the hub's processes, none started: the first has the port, `common` is the environment of all."""
    made = {}
    ports = [port, *free_ports(len(parts) - 1)]
    for (name, part), own_port in zip(parts.items(), ports, strict=True):
        own = {"HUB_API_PORT": str(own_port), "HUB_INSTANCE": name, "PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
        made[name] = HubProcess(name, part, folder, {**common, **own})
    return made


@asynccontextmanager
async def supervised(
    processes: Mapping[str, HubProcess], armoury: Armoury, say: Callable[[str], None]
) -> AsyncIterator[Supervisor]:
    """Start every process, keep all of them running while the block runs, and end them."""
    supervisor = Supervisor(processes, armoury, say)
    for one in processes.values():
        one.start()
    watching = asyncio.create_task(supervisor.watch())
    try:
        yield supervisor
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
        _end([one.process for one in processes.values() if one.process is not None])


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        if process.poll() is None:
            end(process, signal.SIGKILL)
