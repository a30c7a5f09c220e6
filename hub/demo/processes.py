"""Starting and ending the demo's other processes: one for each stand-in, and the MESH sandbox."""

import asyncio
import json
import os
import runpy
import secrets
import socket
import sys
import threading
import time
from asyncio.subprocess import DEVNULL
from asyncio.subprocess import Process as Child
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from multiprocessing import get_context
from multiprocessing.context import ForkServerContext
from multiprocessing.process import BaseProcess
from pathlib import Path

import psutil

from hub.demo.cast import PARTNERS, STAND_INS, StandIn

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SANDBOX_PYTHON = ROOT / ".venv-mesh" / "bin" / "python"


@dataclass
class Company:
    """The running processes: addresses by name, the partners' tokens, and the secrets that the hub shares with them."""

    folder: Path
    cast: Sequence[StandIn] = STAND_INS
    urls: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    places: dict[str, socket.socket] = field(default_factory=dict, repr=False)
    sandbox: Child | None = None
    stand_ins: list[BaseProcess] = field(default_factory=list)

    def environment(self) -> Mapping[str, str]:
        """Return what the hub must know of them, as environment variables."""
        names = {f"HUB_{name.upper()}_URL": url for name, url in self.urls.items()}
        secret = {f"HUB_SECRET_{name.upper()}": key for name, key in self.keys.items()}
        return {**names, **secret, "HUB_MESH_POLL_SECONDS": "0.3"}


def free_port() -> int:
    """Ask the operating system for a free loopback port."""
    with socket.create_server(("127.0.0.1", 0)) as held:
        return int(held.getsockname()[1])


def prepare(folder: Path, stand_ins: Sequence[StandIn] = STAND_INS) -> Company:
    """Choose addresses, tokens and keys; nothing runs yet. Whoever has tokens of the hub's making replaces them."""
    prepared = Company(folder, stand_ins)
    # Held until whoever it is for starts, or some connection on its way out might take it meanwhile.
    names = ("mesh", *(one.adapter for one in stand_ins))
    prepared.places = {name: socket.create_server(("127.0.0.1", 0)) for name in names}
    prepared.urls = {name: f"http://127.0.0.1:{place.getsockname()[1]}" for name, place in prepared.places.items()}
    prepared.tokens = {partner.name: secrets.token_urlsafe(32) for partner in PARTNERS}
    prepared.keys = _keys()
    return prepared


@asynccontextmanager
async def company(prepared: Company, hub: str) -> AsyncIterator[Company]:
    """Start the sandbox and every stand-in, and end them all with the block. Nothing is waited for yet."""
    try:
        prepared.sandbox = await _start_sandbox(_port(prepared, "mesh"))
        # In a thread: each start waits for the server process that forks it, and the hub can load meanwhile.
        starting = asyncio.create_task(asyncio.to_thread(_start_all, hub, prepared))
        try:
            yield prepared
        finally:
            await starting
    finally:
        await _end(prepared)


def _start_all(hub: str, prepared: Company) -> None:
    for stand_in in prepared.cast:
        _start(stand_in, hub, prepared)


def _port(prepared: Company, name: str) -> str:
    """Give up the hold on a port and return it."""
    place = prepared.places.pop(name)
    port = place.getsockname()[1]
    place.close()
    return str(port)


def _keys() -> dict[str, str]:
    keys = {"mesh_password": "password", "mesh_shared_key": "TestKey", "webhook_signing_key": secrets.token_urlsafe(32)}
    keys |= {f"{name}_token": secrets.token_urlsafe(32) for name in ("police", "homeoffice", "dwp")}
    return keys | {"dwp_client_id": "missing-children-hub", "dwp_client_secret": secrets.token_urlsafe(32)}


async def _start_sandbox(port: str) -> Child:
    command = (
        str(SANDBOX_PYTHON),
        "-P",
        str(HERE / "mesh_sandbox_launcher.py"),
        "--mailboxes",
        str(HERE / "mesh"),
        "--with-parent",
        "--port",
        port,
    )
    return await asyncio.create_subprocess_exec(*command, stdout=DEVNULL, stderr=DEVNULL, start_new_session=True)


def _start(stand_in: StandIn, hub: str, running: Company) -> None:
    """Start `python -m adapters.<adapter>.simulator` from a server process that has loaded what all of them need."""
    own = running.folder / f"{stand_in.adapter}-tokens.json"
    tokens = {name: running.tokens[name] for name in stand_in.partners}
    private = {"tokens": tokens, "settings": _shared_settings(stand_in.adapter, running)}
    own.touch(mode=0o600)
    own.write_text(json.dumps(private), encoding="utf-8")
    arguments = ["--port", _port(running, stand_in.adapter), "--hub", hub, "--token-file", str(own)]
    for setting in stand_in.settings:
        arguments += ["--set", setting]
    log = running.folder / f"{stand_in.adapter}.log"
    process = _context().Process(target=_stand_in, args=(stand_in.adapter, arguments, log, os.getpid()), daemon=True)
    process.start()
    running.stand_ins.append(process)


@cache
def _context() -> ForkServerContext:
    context = get_context("forkserver")
    context.set_forkserver_preload(["adapters.simulation"])
    return context


def _stand_in(adapter: str, arguments: list[str], log: Path, parent: int) -> None:
    os.setsid()
    with log.open("wb") as output:
        os.dup2(output.fileno(), 1)
        os.dup2(output.fileno(), 2)
    threading.Thread(target=_end_with, args=(parent,), daemon=True).start()
    module = f"adapters.{adapter}.simulator"
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _end_with(parent: int) -> None:
    while psutil.pid_exists(parent):
        time.sleep(1.0)
    os._exit(0)


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


async def _end(running: Company) -> None:
    for place in running.places.values():
        place.close()
    for stand_in in running.stand_ins:
        stand_in.terminate()
    if running.sandbox is not None:
        with suppress(ProcessLookupError):
            running.sandbox.kill()
        await running.sandbox.wait()
    for stand_in in running.stand_ins:
        await asyncio.to_thread(stand_in.join, 2.0)
        stand_in.kill()
