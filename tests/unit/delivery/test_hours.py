"""In hours and out of them: what is new goes by the hour, what follows it goes where it went (promise G6)."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.adapter import Channel, Endpoint
from contracts.dispatch import Action, Dispatch
from hub.routing.directory import Beside, Directory
from tests.unit.delivery.outside import ENDPOINTS, ENTRIES, GP, World, dispatch_to

DAY, NIGHT = datetime(2026, 3, 4, 16, 59, tzinfo=UTC), datetime(2026, 3, 4, 17, 1, tzinfo=UTC)
NIGHT_DESK = Endpoint(id="night", adapter="test", channel=Channel.MESH, address="YROTHGP9")
RAISE, UPDATE, WITHDRAW = (dispatch_to(GP, number, action) for number, action in enumerate(Action, start=1))


@pytest.fixture
def by_hour(world: World) -> World:
    """A partner with a desk for the night."""
    world.directory = Directory({**ENDPOINTS, "night": NIGHT_DESK}, dict(ENTRIES), {GP.key: Beside("night")})
    return world


async def send(world: World, dispatch: Dispatch, at: datetime) -> None:
    world.clock.at = at
    await world.add(dispatch)
    await world.drain()


@pytest.mark.parametrize(("at", "name"), [(DAY, "gp"), (NIGHT, "night")])
async def test_what_is_new_goes_by_the_hour(by_hour: World, at: datetime, name: str) -> None:
    await send(by_hour, RAISE, at)
    assert by_hour.partner.received == [(name, RAISE.id)]


@pytest.mark.parametrize(("first", "then", "name"), [(DAY, NIGHT, "gp"), (NIGHT, NIGHT + timedelta(hours=17), "night")])
@pytest.mark.parametrize("following", [UPDATE, WITHDRAW], ids=["update", "withdrawal"])
async def test_what_follows_goes_where_the_raise_went(
    by_hour: World, first: datetime, then: datetime, name: str, following: Dispatch
) -> None:
    await send(by_hour, RAISE, first)
    await send(by_hour, following, then)
    assert [where for where, _ in by_hour.partner.received] == [name, name]


async def test_what_never_left_by_day_goes_to_the_desk_of_the_night(by_hour: World) -> None:
    by_hour.partner.behaviour["gp"] = ["down"]
    await send(by_hour, RAISE, DAY)
    by_hour.clock.at = NIGHT + timedelta(minutes=10)
    await by_hour.drain()
    assert by_hour.partner.received == [("night", RAISE.id)]


async def test_what_may_lie_at_the_desk_of_the_day_is_asked_for_there(by_hour: World) -> None:
    by_hour.partner.behaviour["gp"] = ["lost"]
    await send(by_hour, RAISE, DAY)
    by_hour.clock.at = NIGHT + timedelta(minutes=10)
    await by_hour.drain()
    assert by_hour.partner.sent_to("night") == []
    assert by_hour.partner.asked == [RAISE.id]
