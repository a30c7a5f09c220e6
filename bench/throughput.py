"""Throughput, open loop, to the end: all reports wait at once; done when every dispatch is rendered and durable.

Delivery is excluded: every endpoint is an inbox, for which the deliverer renders, checks against the FHIR
models where it is a FHIR message, and lays ready in the ledger.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import typer

from bench.children import COUNCIL, PER_REPORT, POLICE, Child, care_context, children, report
from bench.figures import Figure, at_least
from bench.hub import Hub, Part, environment, running
from bench.ledger import Ledger, await_count
from bench.loading import await_groups, load, records_of
from bench.processor import Meter
from bench.profile import KEPT, profiling, summary
from bench.sending import Sender, sending
from bench.servers import Servers

PATIENCE = 60.0
REPORT = {"hub_route": "police/reports", "content-type": "application/xml"}
"""The headers of a report on a partner's own topic."""
CONNECTIONS = 16
ONE_GOAL, TWO_GOAL = 640, 1_000
FROM_POLICE, FROM_COUNCIL = f"missing.from.{POLICE}.v1", f"missing.from.{COUNCIL}.v1"
GROUPS = ("hub-router", f"hub-partners-{POLICE}", f"hub-partners-{COUNCIL}")
ONE: Sequence[Part] = (None,)
TWO: Sequence[Part] = (None, None)
APART: Sequence[Part] = ("router+relay", "deliver")
TOPICS = ("missing.episode.v1", FROM_POLICE, FROM_COUNCIL)


@dataclass(frozen=True)
class Throughput:
    """Reports, seconds from the first one's consumption to the last dispatch, processor seconds by process.

    `stages`: seconds until the last event was published, the last dispatch routed, the last one laid ready.
    """

    reports: int
    seconds: float
    processor: dict[str, float]
    dispatches: int
    stages: dict[str, float]

    @property
    def rate(self) -> float:
        """Reports a second."""
        return self.reports / self.seconds

    @property
    def per_thousand(self) -> dict[str, float]:
        """Processor seconds for a thousand reports, by process."""
        return {name: 1000 * used / self.reports for name, used in self.processor.items()}


async def from_topic(
    servers: Servers, folder: Path, parts: Sequence[Part], count: int, *, profiled: bool = False
) -> Throughput:
    """Measure reports that wait on the police's own topic; `profiled` also samples the hub, which slows it a little."""
    with servers.database() as database, hub_ready(servers, folder, database, parts) as hub:
        ledger = await Ledger.open(database)
        try:
            wanted = list(children(count))
            await hold_ahead(servers, ledger, wanted)
            now = datetime.now(UTC)
            bodies = [(f"MP-26-{child.reference}/1", report(child, now)) for child in wanted]
            rows = records_of(bodies, POLICE, **REPORT)
            with profiling(hub.pids) if profiled else nullcontext():
                meter = Meter(hub.pids | servers.processes)
                await asyncio.to_thread(load, servers.kafka, FROM_POLICE, rows)
                return await finish(ledger, meter, count)
        finally:
            await ledger.close()


async def over_http(servers: Servers, folder: Path, count: int) -> Throughput:
    """Measure reports over HTTP to the one-process hub, each connection sending its next as soon as it may."""
    with servers.database() as database, hub_ready(servers, folder, database, ONE) as hub:
        ledger = await Ledger.open(database)
        try:
            wanted = list(children(count))
            await hold_ahead(servers, ledger, wanted)
            meter = Meter(hub.pids | servers.processes)
            waiting = iter(wanted)
            async with sending(hub.urls["hub"], hub.tokens[POLICE], CONNECTIONS) as sender, asyncio.TaskGroup() as work:
                for _ in range(CONNECTIONS):
                    work.create_task(_send_on(sender, waiting))
            return await finish(ledger, meter, count)
        finally:
            await ledger.close()


async def _send_on(sender: Sender, waiting: Iterator[Child]) -> None:
    for child in waiting:
        await sender.send(child)


async def finish(ledger: Ledger, meter: Meter, count: int) -> Throughput:
    """Wait for the last dispatch and say what it took."""
    await ledger.await_raises(PER_REPORT * count, PATIENCE)
    ended, used = time.time(), meter.read()
    dispatches = sum(number for *_, number in await ledger.kinds())
    return Throughput(count, ended - await ledger.begun_at(), used, dispatches, await ledger.stages())


@contextmanager
def hub_ready(servers: Servers, folder: Path, database: str, parts: Sequence[Part]) -> Iterator[Hub]:
    """Run the hub on an empty database until its consumer groups hold every partition."""
    with running(folder, environment(database, servers.kafka), parts) as hub:
        await_groups(servers.kafka, GROUPS, TOPICS, members=max(1, parts.count(None)))
        yield hub


async def hold_ahead(servers: Servers, ledger: Ledger, wanted: Sequence[Child]) -> None:
    """Let the authority say what it holds about each child, before any of them is reported; not measured."""
    now = datetime.now(UTC)
    bodies = [(child.reference, care_context(child, now)) for child in wanted]
    rows = records_of(bodies, COUNCIL, **{"content-type": "application/cloudevents+json"})
    await asyncio.to_thread(load, servers.kafka, FROM_COUNCIL, rows)
    await await_count(ledger.kept_ahead, len(wanted), "care contexts kept ahead", PATIENCE)


async def measure(servers: Servers, folder: Path, count: int) -> list[Figure]:
    """Measure one process, two alike, two with the parts apart, and one over HTTP."""
    one = await from_topic(servers, folder, ONE, count)
    two = await from_topic(servers, folder, TWO, count)
    apart = await from_topic(servers, folder, APART, count)
    http = await over_http(servers, folder, count)
    return [
        at_least("one process", one.rate, ONE_GOAL, "reports/s"),
        *_details("one process", one),
        at_least("two processes alike", two.rate, TWO_GOAL, "reports/s"),
        *_details("two processes alike", two),
        at_least("two processes, router and relay in one", apart.rate, TWO_GOAL, "reports/s"),
        *_details("router and relay in one", apart),
        Figure(f"one process, over HTTP on {CONNECTIONS} connections", f"{http.rate:,.0f} reports/s"),
        *_details("over HTTP", http),
    ]


async def profile(servers: Servers, folder: Path, count: int) -> list[Figure]:
    """Sample the one-process hub at work; the samples are kept under var/, the summary is printed."""
    await from_topic(servers, folder, ONE, count, profiled=True)
    typer.echo(summary(KEPT / "profile-hub.txt"))
    return []


def _details(what: str, measured: Throughput) -> list[Figure]:
    stages = ", ".join(f"{name.replace('_', ' ')} {each:.1f} s" for name, each in measured.stages.items())
    used = ", ".join(f"{name} {each:.2f} s" for name, each in measured.per_thousand.items())
    return [
        Figure(f"{what}: all of {measured.reports:,} reports are", stages),
        Figure(f"{what}: processor time for 1,000 reports", used),
    ]
