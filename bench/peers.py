"""Measures the peer as the hub is measured: same reports, same servers, once the group has settled, to the end."""

import asyncio
import signal
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import asyncpg
import orjson
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from bench.children import PER_REPORT, POLICE, Child, children, report
from bench.figures import Figure
from bench.ledger import await_count
from bench.loading import await_groups, load, records_of
from bench.processor import Meter
from bench.servers import Servers
from tests.live.servers.process import running, spawn

PARTITIONS = 6
PATIENCE = 60.0
ROOT = Path(__file__).resolve().parents[1]
SCHEMA = ROOT / "bench" / "peer" / "schema.sql"
CONTEXT = {
    "case_team_name": "Rotherham Children in Need Team 2",
    "case_team_phone": "01632 960101",
    "out_of_hours_phone": "01632 960102",
    "gp_practice": "YROTHGP1",
    "service_0_19": "YROTH019",
}


async def measure(servers: Servers, folder: Path, count: int) -> list[Figure]:
    """Measure one process and two, with every FHIR message checked, and one and two without."""
    rows = []
    for unchecked in (False, True):
        for processes in (1, 2):
            rate, used = await _run(servers, folder, count, processes, unchecked=unchecked)
            how = "unchecked" if unchecked else "every FHIR message checked"
            each = ", ".join(f"{name} {1000 * seconds / count:.1f} s" for name, seconds in used.items())
            number = "one process" if processes == 1 else "two processes"
            rows.append(Figure(f"peer, {number}, {how}", f"{rate:,.0f} reports/s; processor for 1,000: {each}"))
    return rows


async def _run(
    servers: Servers, folder: Path, count: int, processes: int, *, unchecked: bool
) -> tuple[float, dict[str, float]]:
    tag = f"bench.{uuid4().hex[:8]}"
    with servers.database() as url, _topics(servers.kafka, tag) as topic, ExitStack() as stack:
        plain = url.replace("+asyncpg", "", 1)
        database = await asyncpg.connect(plain)
        await _prepare(database, list(children(count)))
        command = [sys.executable, "-m", "bench.peer.program", "--kafka", servers.kafka, "--database", plain]
        command += ["--group", tag, "--topic", topic, "--out", tag, *(["--unchecked"] if unchecked else [])]
        pids = {}
        for number in range(1, processes + 1):
            process = spawn(command, folder / f"peer-{number}.log", env={"PYTHONPATH": str(ROOT)})
            stack.enter_context(running(process, signal.SIGTERM))
            pids[f"peer {number}"] = process.pid
        await asyncio.to_thread(await_groups, servers.kafka, [tag], [topic], members=processes)
        now = datetime.now(UTC)
        bodies = [(f"MP-26-{child.reference}/1", report(child, now)) for child in children(count)]
        meter = Meter(pids | servers.processes)
        await asyncio.to_thread(load, servers.kafka, topic, records_of(bodies, POLICE))

        async def laid_ready() -> int:
            return int(await database.fetchval("SELECT count(*) FROM dispatch"))

        await await_count(laid_ready, PER_REPORT * count, "the peer's dispatches", PATIENCE)
        ended, used = time.time(), meter.read()
        begun = await database.fetchval("SELECT min(received_at) FROM message")
        await database.close()
    return count / (ended - begun.timestamp()), used


async def _prepare(database: asyncpg.Connection, wanted: Sequence[Child]) -> None:
    await database.execute(SCHEMA.read_text(encoding="utf-8"))
    held = [(f"ROT-{child.reference}", orjson.dumps(CONTEXT).decode()) for child in wanted]
    await database.executemany("INSERT INTO context VALUES ($1, $2)", held)


@contextmanager
def _topics(bootstrap: str, tag: str) -> Iterator[str]:
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    names = [f"{tag}.{name}" for name in ("reports", "episode", "case_team", "yroth019", "yrothgp1")]
    for made in admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in names]).values():
        made.result()
    try:
        yield names[0]
    finally:
        for gone in admin.delete_topics(names).values():
            gone.result()
