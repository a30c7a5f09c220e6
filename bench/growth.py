"""What an event costs when few episodes are held, and when many are."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.children import PER_REPORT, POLICE, Child, children, report
from bench.figures import Figure, at_most
from bench.holding import episodes, multiply, remember
from bench.hub import Hub
from bench.ledger import Ledger
from bench.loading import load, records_of
from bench.processor import Meter
from bench.servers import Servers
from bench.throughput import FROM_POLICE, ONE, PATIENCE, REPORT, hold_ahead, hub_ready

SEED = 100
"""Episodes of the real history that is copied."""
GOAL_RATIO = 1.2


async def measure(
    servers: Servers, folder: Path, few: int, many: int, count: int, quiet_seconds: float = 5.0
) -> list[Figure]:
    """Measure `count` reports with `few` episodes held, then as many with `many`.

    Before each measurement half as many reports warm everything, and the servers get some quiet.
    """
    with servers.database() as database, hub_ready(servers, folder, database, ONE) as hub:
        ledger = await Ledger.open(database)
        try:
            await _work(servers, ledger, hub, list(children(SEED)))
            await remember(ledger.connection)
            await multiply(ledger.connection, 1, few // SEED - 1)
            await _work(servers, ledger, hub, list(children(count // 2, SEED)))
            await asyncio.sleep(quiet_seconds)
            held_few = await episodes(ledger.connection)
            cost_few = await _work(servers, ledger, hub, list(children(count, SEED + count)))
            await multiply(ledger.connection, few // SEED, many // SEED - 1)
            await _work(servers, ledger, hub, list(children(count // 2, SEED + 2 * count)))
            await asyncio.sleep(quiet_seconds)
            held_many = await episodes(ledger.connection)
            cost_many = await _work(servers, ledger, hub, list(children(count, SEED + 3 * count)))
            size = await ledger.connection.fetchval("SELECT pg_database_size(current_database())")
        finally:
            await ledger.close()
    return [
        Figure(f"processor time for a report, hub and PostgreSQL, {held_few:,} episodes held", _said(cost_few)),
        Figure(f"the same, {held_many:,} episodes held ({size / 2**30:.1f} GB)", _said(cost_many)),
        at_most("the one against the other", sum(cost_many) / sum(cost_few), GOAL_RATIO, "x", digits=2),
    ]


def _said(cost: Sequence[float]) -> str:
    return " + ".join(f"{1000 * each:.2f} ms" for each in cost)


async def _work(servers: Servers, ledger: Ledger, hub: Hub, wanted: Sequence[Child]) -> tuple[float, float]:
    """Take reports through to their dispatches; returns processor seconds for a report, of the hub and PostgreSQL."""
    await hold_ahead(servers, ledger, wanted)
    before, now = await ledger.last_laid_ready(), datetime.now(UTC)
    bodies = [(f"MP-26-{child.reference}/1", report(child, now)) for child in wanted]
    meter = Meter(hub.pids | {"PostgreSQL": servers.processes["PostgreSQL"]})
    await asyncio.to_thread(load, servers.kafka, FROM_POLICE, records_of(bodies, POLICE, **REPORT))
    await ledger.await_raises(PER_REPORT * len(wanted), PATIENCE, before)
    used = meter.read()
    return used["hub"] / len(wanted), used["PostgreSQL"] / len(wanted)
