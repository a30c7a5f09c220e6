"""What a sender hears while a server is away, and that all goes on when it is back, without a restart of the hub."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest

from hub.demo import reading
from hub.demo.stories import STORIES
from tests.live.channel.harness import until
from tests.live.journeys.player import again, story
from tests.live.recovery.site import PATIENCE, Site, found, report

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
REPORT, WHEREABOUTS, DECISION, FOUND = STORIES["away"].steps
Mend = Callable[[], Awaitable[None]]
Strike = Callable[[Site], Awaitable[Mend]]


def kind(answer: httpx.Response) -> str:
    """Return what kind of problem an answer is, after checking that it is one that a sender can act on."""
    assert answer.status_code == 503, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) > 0
    return str(answer.json()["type"].rpartition(":")[2])


async def refused(site: Site, number: int) -> str:
    """Send reports, each of another child, until one is refused; returns what kind of problem it got."""
    kinds: list[str] = []

    async def so() -> bool:
        answer = await site.post(report(number + len(kinds)))
        kinds.append("" if answer.status_code == 202 else kind(answer))
        return bool(kinds[-1])

    await until(so, "a report is refused", PATIENCE)
    return kinds[-1]


async def to_its_end(site: Site, number: int) -> str:
    """Report a child and have it found; returns what its receivers counted."""
    episode = (await site.until_accepted(report(number)))["episode"]
    await site.told(episode)
    await site.until_accepted(found(number))
    return await site.once_each([await site.ended(episode)])


async def test_without_a_broker_a_report_is_kept_and_its_sender_told_to_telephone(site: Site) -> None:
    processes = [one.process for one in site.stage.services.values()]
    await asyncio.to_thread(site.kafka.kill)
    body = report(2000)
    told: list[httpx.Response] = []
    try:

        async def told_to_telephone() -> bool:
            told.append(await site.post(body))
            return told[-1].status_code != 202

        await until(told_to_telephone, "intake says that nobody is told", PATIENCE)
    finally:
        await asyncio.to_thread(site.kafka.start)
    assert kind(told[-1]) == "not-passed-on"
    assert "telephone" in told[-1].json()["detail"]
    answer = await site.until_accepted(body)
    assert answer["receipt"] == told[-1].json()["receipt"]
    # A child who is found before anybody was told is nobody's business any more.
    await site.told(answer["episode"])
    await site.until_accepted(found(2000))
    print(f"broker away: {await site.once_each([await site.ended(answer['episode'])])}")
    assert [one.process for one in site.stage.services.values()] == processes


async def killed(site: Site) -> Mend:
    await asyncio.to_thread(site.postgres.kill)
    return lambda: asyncio.to_thread(site.postgres.start)


async def frozen(site: Site) -> Mend:
    site.postgres.freeze()

    async def thaw() -> None:
        site.postgres.thaw()

    return thaw


async def full(site: Site) -> Mend:
    site.disk.fill()

    async def clear() -> None:
        site.disk.clear()
        # PostgreSQL itself gives up when it can write no log; then whoever made room starts it again.
        if site.postgres.process is not None and site.postgres.process.poll() is not None:
            await asyncio.to_thread(site.postgres.start)

    return clear


STRIKES: dict[str, Strike] = {"killed": killed, "frozen": frozen, "its disk is full": full}


@pytest.mark.parametrize("name", STRIKES)
async def test_without_a_database_nothing_is_accepted_and_all_goes_on_when_it_is_back(site: Site, name: str) -> None:
    number = 3000 + 100 * list(STRIKES).index(name)
    processes = [one.process for one in site.stage.services.values()]
    before = (await site.until_accepted(report(number)))["episode"]
    await site.told(before)
    mend = await STRIKES[name](site)
    try:
        assert await refused(site, number + 1) == "ledger-unavailable"
    finally:
        await mend()
    await site.all_well()
    await site.until_accepted(found(number))
    print(f"database, {name}: {await site.once_each([await site.ended(before)])}")
    print(f"afterwards: {await to_its_end(site, number + 50)}")
    assert [one.process for one in site.stage.services.values()] == processes


@pytest.mark.parametrize("mode", ["down", "slow"])
async def test_while_one_partner_is_out_the_others_are_told(site: Site, mode: str) -> None:
    stage = site.stage
    player = story(stage, "away", again(20 + ["down", "slow"].index(mode)))
    homes = f"{stage.company.urls['authorities']}/mode"
    (await stage.client.post(homes, json={"mode": mode})).raise_for_status()
    try:
        await player.send(REPORT)
        line = await player.watch(
            lambda line: all(reading.has_been_told(line, role, "notice") for role in ("duty_team@E10000020",)),
            "whoever does not depend on it is told",
        )
        if mode == "down":
            assert not reading.has_been_told(line, "case_team", "notice")
    finally:
        (await stage.client.post(homes, json={"mode": "ok"})).raise_for_status()
    await player.told(REPORT)
    await player.send(FOUND)
    print(f"one partner {mode}: {await site.once_each([await player.ended()])}")


async def test_a_client_that_sends_before_it_listens_hears_that_its_message_is_too_large(site: Site) -> None:
    url, token = httpx.URL(site.stage.url), site.stage.company.tokens["norfolk-police"]
    body = bytes(50_000_000)
    head = (
        f"POST /intake/police/reports HTTP/1.1\r\nHost: {url.host}\r\nAuthorization: Bearer {token}\r\n"
        f"Content-Type: application/xml\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    reader, writer = await asyncio.open_connection(url.host, url.port)
    writer.write(head.encode() + body)
    await writer.drain()
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"application/problem+json" in answer
