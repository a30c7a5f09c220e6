"""The compose file's services start together on an empty database; their own healthchecks say that they are ready."""

import asyncio
from dataclasses import replace

import pytest

from hub.demo.cast import PARTNERS
from hub.ledger.upgrading import HEAD
from tests.live.journeys.stage import Stage
from tests.live.servers.postgres import query
from tests.live.servers.process import free_ports

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
SERVICES = ("api", "router", "relay", "deliverer")


async def test_the_file_names_the_four_services(stage: Stage) -> None:
    assert tuple(stage.services) == SERVICES


@pytest.mark.parametrize("name", SERVICES)
async def test_a_service_answers_its_healthcheck_and_says_what_it_checked(stage: Stage, name: str) -> None:
    service = stage.services[name]
    assert await service.healthcheck() == 0
    answer = await stage.client.get(f"{service.url}/health/ready")
    assert answer.status_code == 200
    assert answer.json()["ready"] is True
    assert {"ledger", "outbox", "lag", "router"} <= answer.json()["checks"].keys()


async def test_a_healthcheck_fails_where_nothing_answers(stage: Stage) -> None:
    running = stage.services["api"]
    absent = replace(running, here={**running.here, "HUB_API_PORT": str(free_ports(1)[0])})
    assert await absent.healthcheck() != 0


@pytest.mark.parametrize("name", ["router", "relay", "deliverer"])
async def test_only_the_api_takes_anything_in(stage: Stage, name: str) -> None:
    answer = await stage.client.post(f"{stage.services[name].url}/intake/police/reports", content=b"<x/>")
    assert answer.status_code == 404


async def test_thirteen_processes_at_once_on_an_empty_database_made_it_once(stage: Stage) -> None:
    versions = await asyncio.to_thread(
        query, stage.database, "select string_agg(version_num, ',') from alembic_version"
    )
    assert versions == HEAD
    names = await asyncio.to_thread(query, stage.database, "select string_agg(name, ',' order by name) from partner")
    assert names.split(",") == sorted(partner.name for partner in PARTNERS)
