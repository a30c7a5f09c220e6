"""A full disk under a SQLite ledger: 503, nothing half kept, and it goes on when there is room again."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
import structlog
from sqlalchemy import func, select

from adapters.police import ADAPTER as POLICE
from contracts.adapter import Partner, PartnerKind
from hub.api.app import create_api
from hub.api.services import Reader, Services
from hub.ledger import partners, tables
from hub.ledger.engine import Ledger, open_ledger, upgrade
from hub.routing.directory import Directory
from tests.live.recovery.site import report
from tests.live.servers.disk import Disk, small_disk

pytestmark = pytest.mark.live
NOW = datetime.now(UTC)
PATH = "/intake/police/reports"


@pytest.fixture
def disk() -> Iterator[Disk]:
    with small_disk() as mounted:
        yield mounted


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """No log on the terminal: an unconfigured one would draw every error with its local variables."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory(), wrapper_class=structlog.BoundLogger)
    yield
    structlog.reset_defaults()


async def rows(ledger: Ledger) -> tuple[int, int, int]:
    """Return how many messages, events and outbox rows there are."""
    async with ledger.read() as tx:
        counts = [
            (await tx.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (tables.message, tables.event, tables.outbox)
        ]
    return counts[0], counts[1], counts[2]


async def test_a_full_disk_is_503_until_there_is_room(disk: Disk) -> None:
    url = f"sqlite+aiosqlite:///{disk.folder}/hub.db"
    await upgrade(url)
    ledger = await open_ledger(url)
    token = partners.new_token()
    async with ledger.begin() as tx:
        police = Partner(name="norfolk-police", kind=PartnerKind.POLICE, code="E23000024")
        await partners.add(tx, police, partners.hash_token(token), NOW, NOW + timedelta(days=1))
    readers = {"police": Reader(POLICE.routes, POLICE.read)}
    app = create_api(Services(ledger, readers, Directory({}, {}), lambda: NOW))
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/xml"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub.example", headers=headers) as client:
        assert (await client.post(PATH, content=report(1))).status_code == 202
        disk.fill()
        accepted, answer = 1, await client.post(PATH, content=report(2))
        while answer.status_code == 202:
            accepted += 1
            answer = await client.post(PATH, content=report(1 + accepted))
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert answer.json()["type"].endswith(":ledger-unavailable")
        disk.clear()
        assert await rows(ledger) == (accepted,) * 3
        assert (await client.post(PATH, content=report(1 + accepted))).status_code == 202
        assert await rows(ledger) == (accepted + 1,) * 3
    await ledger.close()
    print(f"{accepted} accepted before the disk was full, all of them there")
