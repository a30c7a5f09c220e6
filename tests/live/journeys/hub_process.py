"""One service of the compose file as a process of this machine: started, asked for its health, killed, restarted."""

import asyncio
import signal
import subprocess
import sys
from asyncio.subprocess import DEVNULL
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.live.channel.harness import until
from tests.live.journeys.compose import ROOT, ComposeService
from tests.live.servers.process import end, spawn, tail

COPIED = ("contracts", "adapters", "hub")
PATIENCE = 120.0


def app_folder(folder: Path) -> Path:
    """Make a folder that holds what the image's working directory holds, and no developer's .env."""
    made = folder / "app"
    made.mkdir()
    for name in COPIED:
        (made / name).symlink_to(ROOT / name, target_is_directory=True)
    return made


@dataclass
class HubProcess:
    """A service; `here` replaces what the file says of places that exist only inside compose."""

    service: ComposeService
    folder: Path
    here: Mapping[str, str] = field(repr=False)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def environment(self) -> dict[str, str]:
        """What the process gets: the file's own environment, moved to this machine, and a path to find python on."""
        return {"PATH": f"{Path(sys.executable).parent}:/usr/bin:/bin", **self.service.environment, **self.here}

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.here['HUB_API_PORT']}"

    @property
    def log(self) -> Path:
        """Where it writes."""
        return self.folder / f"{self.service.name}.log"

    def start(self) -> None:
        """Start it and wait for nothing."""
        command = [sys.executable, "-m", "hub", *self.service.command]
        self.process = spawn(command, self.log, env=self.environment)

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self.process is not None
        end(self.process, signal.SIGKILL)

    def ask_to_end(self) -> None:
        """Ask it to end, as compose would."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def await_end(self) -> int:
        """Wait until it has ended, 30 s at most before it is killed; returns its exit code."""
        assert self.process is not None
        try:
            return self.process.wait(30)
        except subprocess.TimeoutExpired:
            self.kill()
            return self.process.wait()

    async def healthcheck(self) -> int:
        """Run the service's own healthcheck once; returns its exit code."""
        check = await asyncio.create_subprocess_exec(
            *self.service.healthcheck, env=self.environment, cwd=self.folder, stdout=DEVNULL, stderr=DEVNULL
        )
        return await check.wait()

    async def until_healthy(self) -> None:
        """Run the healthcheck until it succeeds."""

        async def healthy() -> bool:
            assert self.process is not None
            assert self.process.poll() is None, f"{self.service.name} ended by itself\n{tail(self.log)}"
            return await self.healthcheck() == 0

        await until(healthy, f"{self.service.name} is healthy", PATIENCE)

    async def kill_and_restart(self) -> None:
        """Kill it, start it again, and wait until it is healthy."""
        self.kill()
        self.start()
        await self.until_healthy()
