"""Resident memory and the time to start: each process once it is ready, after work, and its highest."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import psutil

from bench.children import PER_REPORT, POLICE, children
from bench.figures import Figure, at_most
from bench.hub import Hub, Part, environment, running
from bench.ledger import Ledger, await_count
from bench.sending import sending
from bench.servers import Servers
from bench.throughput import ONE, PATIENCE, hold_ahead, hub_ready

PARTS: Sequence[Part] = ("api", "router", "relay", "deliver")
GOAL_MEGABYTES = 300
CONNECTIONS = 8
KILOBYTES = 1024
"""In a megabyte, for Linux counts in them."""


async def measure(servers: Servers, folder: Path, count: int) -> list[Figure]:
    """Measure the one process on SQLite and the embedded broker, on the real servers, and every part apart."""
    return [
        *await _embedded(folder, count),
        *await _on_servers(servers, folder, ONE, count),
        *await _on_servers(servers, folder, PARTS, count),
    ]


async def _embedded(folder: Path, count: int) -> list[Figure]:
    settings = environment(f"sqlite+aiosqlite:///{folder}/hub-{time.monotonic_ns()}.db", None)
    with running(folder, settings) as hub:
        ready = resident(hub.pids)
        await _send(hub, count)
        token = {"Authorization": f"Bearer {hub.tokens['operator']}"}

        async def sent() -> int:
            # Nobody else may open a SQLite ledger, so the hub is asked.
            async with httpx.AsyncClient(trust_env=False, headers=token, timeout=30) as client:
                return _sent_in((await client.get(f"{hub.urls['hub']}/metrics")).text)

        # Nobody holds anything ahead here: notice, decision request and the request for what is known.
        await await_count(sent, 3 * count, "dispatches sent", PATIENCE)
        return [*_figures("SQLite and embedded broker", hub, ready, count), _started("SQLite and embedded broker", hub)]


async def _on_servers(servers: Servers, folder: Path, parts: Sequence[Part], count: int) -> list[Figure]:
    with servers.database() as database, hub_ready(servers, folder, database, parts) as hub:
        ready = resident(hub.pids)
        ledger = await Ledger.open(database)
        try:
            await hold_ahead(servers, ledger, list(children(count)))
            await _send(hub, count)
            await ledger.await_raises(PER_REPORT * count, PATIENCE)
        finally:
            await ledger.close()
        what = "PostgreSQL and Kafka"
        return [*_figures(what, hub, ready, count), *([_started(what, hub)] if len(parts) == 1 else [])]


async def _send(hub: Hub, count: int) -> None:
    """Send reports over HTTP to the first process."""
    waiting = children(count)
    async with sending(next(iter(hub.urls.values())), hub.tokens[POLICE], CONNECTIONS) as sender:

        async def one_after_another() -> None:
            for child in waiting:
                await sender.send(child)

        await asyncio.gather(*(one_after_another() for _ in range(CONNECTIONS)))


def resident(pids: Mapping[str, int], line: str = "VmRSS") -> dict[str, float]:
    """Return the resident megabytes of each process with its children, by name; `VmHWM` gives the highest so far."""
    found = {}
    for name, pid in pids.items():
        process = psutil.Process(pid)
        found[name] = sum(_status(one.pid, line) for one in (process, *process.children(recursive=True)))
    return found


def _status(pid: int, line: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(each.split()[1]) for each in lines if each.startswith(f"{line}:")) / KILOBYTES


def _figures(what: str, hub: Hub, ready: Mapping[str, float], count: int) -> list[Figure]:
    rows = []
    after, most = resident(hub.pids), resident(hub.pids, "VmHWM")
    for name, highest in most.items():
        told = f"{name}, {what}: ready {ready[name]:.0f} MB, after {count:,} reports {after[name]:.0f} MB, highest"
        whole = name == "hub"
        rows.append(at_most(told, highest, GOAL_MEGABYTES, "MB") if whole else Figure(told, f"{highest:.0f} MB"))
    return rows


def _started(what: str, hub: Hub) -> Figure:
    return Figure(f"hub, {what}: command to ready", f"{next(iter(hub.ready_after.values())):.1f} s")


def _sent_in(metrics: str) -> int:
    lines = [line for line in metrics.splitlines() if line.startswith("hub_dispatches{") and '"sent"' in line]
    return sum(int(float(line.rpartition(" ")[2])) for line in lines)
