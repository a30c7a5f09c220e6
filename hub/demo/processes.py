"""Starting and ending the demo's other processes: one for each stand-in, and the MESH sandbox."""

import asyncio
import json
import os
import secrets
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from hub.demo.cast import PARTNERS, STAND_INS, StandIn

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SANDBOX_PYTHON = ROOT / ".venv-mesh" / "bin" / "python"


@dataclass
class Company:
    """The running processes: addresses by name, the partners' tokens, and the secrets that the hub shares with them."""

    folder: Path
    urls: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    processes: list[Process] = field(default_factory=list)

    def environment(self) -> Mapping[str, str]:
        """Return what the hub must know of them, as environment variables."""
        names = {f"HUB_{name.upper()}_URL": url for name, url in self.urls.items()}
        secret = {f"HUB_SECRET_{name.upper()}": key for name, key in self.keys.items()}
        return {**names, **secret, "HUB_MESH_POLL_SECONDS": "0.3"}


def free_port() -> int:
    """Ask the operating system for a free loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


@asynccontextmanager
async def company(folder: Path, hub: str) -> AsyncIterator[Company]:
    """Start the sandbox and every stand-in, and end them all with the block. Nothing is waited for yet."""
    running = Company(folder)
    running.tokens = {partner.name: secrets.token_urlsafe(32) for partner in PARTNERS}
    running.keys = _keys()
    try:
        sandbox = await _start_sandbox(running)
        for stand_in in STAND_INS:
            running.urls[stand_in.adapter] = f"http://127.0.0.1:{free_port()}"
        early = [one for one in STAND_INS if one.adapter != "health"]
        await asyncio.gather(*(_start(one, hub, running) for one in early))
        running.urls["mesh"] = await _sandbox_url(sandbox)
        await _start(next(one for one in STAND_INS if one.adapter == "health"), hub, running)
        yield running
    finally:
        await _end(running.processes)


def _keys() -> dict[str, str]:
    keys = {"mesh_password": "password", "mesh_shared_key": "TestKey", "webhook_signing_key": secrets.token_urlsafe(32)}
    keys |= {f"{name}_token": secrets.token_urlsafe(32) for name in ("police", "homeoffice", "dwp")}
    return keys | {"dwp_client_id": "missing-children-hub", "dwp_client_secret": secrets.token_urlsafe(32)}


async def _start_sandbox(running: Company) -> Process:
    command = (
        str(SANDBOX_PYTHON),
        "-P",
        str(HERE / "mesh_sandbox_launcher.py"),
        "--mailboxes",
        str(HERE / "mesh"),
        "--with-parent",
    )
    process = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=DEVNULL, start_new_session=True)
    running.processes.append(process)
    return process


async def _sandbox_url(process: Process) -> str:
    line = await process.stdout.readline() if process.stdout else b""
    if not line:
        raise RuntimeError("The MESH sandbox did not start; run `make clean` and then `make run` again.")
    return str(json.loads(line)["url"])


async def _start(stand_in: StandIn, hub: str, running: Company) -> None:
    own = running.folder / f"{stand_in.adapter}-tokens.json"
    tokens = {name: running.tokens[name] for name in stand_in.partners}
    private = {"tokens": tokens, "settings": _shared_settings(stand_in.adapter, running)}
    own.touch(mode=0o600)
    own.write_text(json.dumps(private), encoding="utf-8")
    command = [sys.executable, "-m", f"adapters.{stand_in.adapter}.simulator"]
    command += ["--port", running.urls[stand_in.adapter].rsplit(":", 1)[1], "--hub", hub, "--token-file", str(own)]
    for setting in stand_in.settings:
        command += ["--set", setting]
    log = (running.folder / f"{stand_in.adapter}.log").open("wb")
    process = await asyncio.create_subprocess_exec(
        *command, stdin=DEVNULL, stdout=log, stderr=log, cwd=ROOT, start_new_session=True, env=dict(os.environ)
    )
    running.processes.append(process)


def _shared_settings(adapter: str, running: Company) -> dict[str, str]:
    keys = running.keys
    match adapter:
        case "authorities":
            return {"signing_key": keys["webhook_signing_key"]}
        case "health":
            return {"mesh": f"{running.urls['mesh']}/messageexchange", "shared_key": keys["mesh_shared_key"]}
        case _:
            start = f"{adapter}_"
            return {name.removeprefix(start): key for name, key in keys.items() if name.startswith(start)}


async def _end(processes: list[Process]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            process.terminate()
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(process.wait() for process in processes)), timeout=3)
    for process in processes:
        with suppress(ProcessLookupError):
            process.kill()
