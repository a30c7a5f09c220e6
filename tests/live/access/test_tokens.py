"""Tokens at a running API on PostgreSQL, while another process changes them."""

import asyncio
from dataclasses import replace

import pytest

from tests.live.access.guarded import Guarded
from tests.live.journeys.hub_process import HubProcess
from tests.live.servers.postgres import query
from tests.live.servers.process import free_ports

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
NAME = "suffolk-police"


async def statuses(guarded: Guarded, *tokens: str) -> list[int]:
    return [await guarded.status(token) for token in tokens]


async def test_from_the_first_token_to_the_last(guarded: Guarded) -> None:
    (first,) = await guarded.partner("add", NAME, "--kind", "police", "--code", "E23000025")
    assert await statuses(guarded, first) == [200]
    (second,) = await guarded.partner("rotate", NAME)
    assert await statuses(guarded, first, second) == [200, 200], "the old one works on for a while"
    _, out, _ = await guarded.trying("rotate", NAME, HUB_TOKEN_OVERLAP_HOURS="0")
    third = out.strip()
    assert await statuses(guarded, first, second, third) == [401, 401, 200]
    await guarded.partner("revoke", NAME)
    assert await statuses(guarded, first, second, third) == [401, 401, 401], "at once, at a process that knew it"


async def test_a_token_ends_on_its_day(guarded: Guarded) -> None:
    (token,) = await guarded.partner("rotate", NAME)
    assert await statuses(guarded, token) == [200]
    change = f"update partner_token set expires_at = now() where partner = '{NAME}'"
    await asyncio.to_thread(query, guarded.stage.database, change)
    assert await statuses(guarded, token) == [401]


async def test_the_settings_limit_a_partner_and_an_address(guarded: Guarded) -> None:
    running = guarded.stage.services["api"]
    few = {"HUB_RATE_PER_SECOND": "0.001", "HUB_RATE_BURST": "3", "HUB_FAILURES_PER_MINUTE": "3"}
    here = {**running.here, **few, "HUB_API_PORT": str(free_ports(1)[0])}
    limited: HubProcess = replace(running, service=replace(running.service, name="limited-api"), here=here)
    limited.start()
    try:
        await limited.until_healthy()

        async def asked(token: str) -> tuple[int, bool]:
            headers = {"Authorization": f"Bearer {token}"}
            answer = await guarded.stage.client.get(f"{limited.url}/inbox", headers=headers)
            return answer.status_code, "retry-after" in answer.headers

        tokens = guarded.stage.company.tokens
        assert [await asked("wrong") for _ in range(4)] == [(401, False)] * 3 + [(429, True)]
        assert [await asked(tokens["dwp"]) for _ in range(4)] == [(200, False)] * 3 + [(429, True)]
        assert await asked(tokens["home-office"]) == (200, False)
    finally:
        limited.kill()
