"""Commands that speak to a running hub: the real API behind a real server."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn

from adapters.police import ADAPTER as POLICE
from contracts.adapter import Partner, PartnerKind
from hub.api.app import create_api
from hub.api.services import Reader, Services
from hub.app import now
from hub.ledger import partners
from hub.ledger.engine import open_ledger, upgrade
from hub.routing.directory import Directory
from tests.unit.cli.conftest import Run


@dataclass
class Running:
    """A hub that listens, with a token of a force and one of an operator."""

    url: str
    police: str
    operator: str


async def _serve(url: str, running: Running, ready: threading.Event, stop: threading.Event) -> None:
    await upgrade(url)
    ledger = await open_ledger(url)
    cast = (("police", PartnerKind.POLICE, "E23000024"), ("operator", PartnerKind.OPERATOR, None))
    async with ledger.begin() as tx:
        for name, kind, code in cast:
            token = partners.new_token()
            setattr(running, name, token)
            partner = Partner(name=name, kind=kind, code=code)
            await partners.add(tx, partner, partners.hash_token(token), now(), now() + timedelta(days=1))
    readers = {"police": Reader(POLICE.routes, POLICE.read)}
    services = Services(ledger=ledger, readers=readers, directory=Directory({}, {}), now=now)
    server = uvicorn.Server(uvicorn.Config(create_api(services), port=0, log_level="critical", lifespan="off"))
    server.capture_signals = nullcontext  # type: ignore[method-assign, assignment]
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - the server rings no bell
        await asyncio.sleep(0.01)
    running.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    ready.set()
    await asyncio.to_thread(stop.wait)
    server.should_exit = True
    await task
    await ledger.close()


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """The API on a free port, in a thread of its own."""
    hub, ready, stop = Running("", "", ""), threading.Event(), threading.Event()
    url = f"sqlite+aiosqlite:///{tmp_path}/served.db"
    thread = threading.Thread(target=lambda: asyncio.run(_serve(url, hub, ready, stop)), daemon=True)
    thread.start()
    assert ready.wait(30)
    yield hub
    stop.set()
    thread.join(30)


REPORT = (
    "report", "--no-ask", "--force-code", "E23000024", "--reference", "NIGHT-1", "--surname", "Example",
    "--birth", "2012-03-14", "--missing-since", "2026-11-21T21:00:00Z", "--home-authority", "E08000018",
)  # fmt: skip


def test_report_then_trace(hub: Run, running: Running) -> None:
    sent = hub(*REPORT, "--url", running.url, HUB_TOKEN=running.police)
    assert sent.exit_code == 0, sent.output
    answer = json.loads(sent.stdout)
    assert answer["reference"].startswith("MC-")
    assert answer["warnings"]
    traced = hub("trace", answer["episode"], "--url", running.url, "--json", HUB_TOKEN=running.operator)
    assert traced.exit_code == 0, traced.output
    assert [event["type"] for event in json.loads(traced.stdout)["events"]] == ["missing.person.reported.v1"]
    shown = hub("trace", answer["episode"], "--url", running.url, HUB_TOKEN=running.operator)
    assert "missing.person.reported.v1" in shown.stdout


def test_report_asks_for_what_is_not_given(hub: Run, running: Running) -> None:
    from typer.testing import CliRunner

    from hub.cli import app

    asked = ["E23000024", "Norfolk", "NIGHT-2", "Example", "", "", "", "red coat", "", "", "station", "high", "Sgt 1"]
    environment = {"HUB_TOKEN": running.police}
    done = CliRunner().invoke(app, ["report", "--url", running.url], input="\n".join(asked) + "\n", env=environment)
    assert done.exit_code == 0, done.output


def test_what_the_hub_refuses_is_told_field_by_field(hub: Run, running: Running) -> None:
    done = hub("report", "--no-ask", "--surname", "CANARY", "--url", running.url, HUB_TOKEN=running.police)
    assert done.exit_code == 1
    assert "header.reportReference" in done.stderr
    assert "CANARY" not in done.stderr
    denied = hub("trace", "MC-AAAA-AAAA", "--url", running.url, HUB_TOKEN=running.police)
    assert (denied.exit_code, "404" in denied.stderr) == (1, True)


def test_health(hub: Run, running: Running) -> None:
    assert hub("health", "--url", running.url).exit_code == 0
    assert hub("health", "--url", running.url, "--live").exit_code == 0
    gone = hub("health", "--url", "http://127.0.0.1:9")
    assert (gone.exit_code, "does not answer" in gone.stderr) == (1, True)


@pytest.mark.parametrize("command", [("trace", "x"), REPORT])
def test_a_token_is_needed(hub: Run, command: tuple[str, ...]) -> None:
    assert hub(*command, HUB_TOKEN="").exit_code == 2
