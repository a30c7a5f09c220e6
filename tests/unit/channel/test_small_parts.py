"""The channel's small parts by themselves."""

import asyncio
import ssl
from collections.abc import Sequence
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import ConsumerRecord
from hypothesis import given
from hypothesis import strategies as st

from contracts.adapter import Wire
from contracts.codes import SubjectKind
from contracts.dispatch import Action, Dispatch, Kind, WithdrawalReason
from contracts.envelope import Event
from contracts.topics import load_topics
from hub.channel.broker import Connection, keep_every_record
from hub.channel.isolate import plan_in_isolation
from hub.channel.letters import topic_record
from hub.channel.pulse import Pulse
from hub.channel.recovery import _lost
from hub.channel.topics import DEAD, EPISODE, INVALID, all_topics, from_topic, to_topic
from hub.channel.window import BadWindow, TooManyBad
from tests.unit.channel.parts import CASE_TEAM, NOW, found, missing


def _stops(outcomes: Sequence[bool]) -> bool:
    window = BadWindow()
    for bad in outcomes:
        try:
            window.check([bad])
        except TooManyBad:
            return True
        window.keep([bad])
    return False


@pytest.mark.parametrize(
    ("outcomes", "stops"),
    [
        ([True] * 19, False),
        ([True] * 20, True),
        ([False] * 80 + [True] * 20, False),
        ([False] * 79 + [True] * 21, True),
        ([False] * 500 + [True] * 21, True),
        (([False] * 9 + [True]) * 100, False),
        (([False] * 4 + [True]) * 100, False),
        (([False] * 3 + [True]) * 100, True),
    ],
)
def test_more_than_a_fifth_and_at_least_twenty_of_the_last_hundred_stop(outcomes: list[bool], stops: bool) -> None:
    assert _stops(outcomes) is stops


@given(st.lists(st.booleans(), max_size=300), st.integers(1, 50))
def test_the_limit_does_not_depend_on_how_records_are_cut_into_batches(outcomes: list[bool], size: int) -> None:
    window, stopped = BadWindow(), False
    for start in range(0, len(outcomes), size):
        try:
            window.check(outcomes[start : start + size])
        except TooManyBad:
            stopped = True
            break
        window.keep(outcomes[start : start + size])
    assert stopped is _stops(outcomes)


def test_the_end_is_the_last_to_be_blamed() -> None:
    """Two events that break only together: the report is set aside, `found` stays."""
    episode = uuid4()
    report, end = missing(episode), found(episode)

    def planner(events: Sequence[Event]) -> list[Event]:
        if len(events) == 2:
            raise ValueError("only together")
        return list(events)

    planned = plan_in_isolation([report, end], (), planner)
    assert planned.plan == [end]
    assert list(planned.set_aside) == [report.id]


@given(st.lists(st.booleans(), min_size=1, max_size=12))
def test_exactly_the_breaking_events_are_set_aside(breaks: list[bool]) -> None:
    episode = uuid4()
    events = [missing(episode, str(number)) for number in range(len(breaks))]
    bad = {event.id for event, broken in zip(events, breaks, strict=True) if broken}

    def planner(given_: Sequence[Event]) -> set[Any]:
        if any(event.id in bad for event in given_):
            raise KeyError("a name")
        return {event.id for event in given_}

    planned = plan_in_isolation(events, (), planner)
    assert set(planned.set_aside) == bad
    assert planned.plan == ({event.id for event in events} - bad or None)
    assert all("a name" not in reason for reason in planned.set_aside.values())


def raw(*headers: tuple[str, bytes | None]) -> "ConsumerRecord[bytes, bytes]":
    return ConsumerRecord("t", 0, 5, 0, 0, b"k", b"v", None, 1, 1, headers)


@pytest.mark.parametrize("many", [True, False])
async def test_the_parser_hands_on_null_and_unreadable_headers(many: bool) -> None:
    record = raw(("a", None), ("b", b"\xff"), ("c", b"fine"))
    seen: list[Any] = []

    async def original(message: Any) -> Any:
        records = message if many else (message,)
        seen.extend({name: value.decode() for name, value in one.headers} for one in records)
        return SimpleNamespace(raw_message=message)

    message: Any = (record, record) if many else record
    parsed = await keep_every_record(message, original)
    assert seen == [{"a": "", "b": "�", "c": "fine"}]
    assert parsed.raw_message is message


def test_a_password_is_never_sent_in_the_clear() -> None:
    with pytest.raises(ValueError, match="without TLS"):
        Connection("127.0.0.1:1", username="hub", password="x")
    secured = Connection("127.0.0.1:1", username="hub", password="geheim", ssl_context=ssl.create_default_context())
    assert secured.client_options()["security_protocol"] == "SASL_SSL"
    assert "geheim" not in repr(secured)


def test_every_topic_of_the_contract_is_made_and_partners_get_their_pair() -> None:
    names = [topic.name for topic in all_topics(["norfolk-council", "dwp"], 3)]
    assert {EPISODE, DEAD, INVALID} <= set(names)
    assert {make(who) for who in ("norfolk-council", "dwp") for make in (from_topic, to_topic)} <= set(names)
    assert len(names) == len(set(names)) == sum(2 if topic.is_template else 1 for topic in load_topics())
    assert {topic.retention for topic in all_topics([])} == {timedelta(days=7)}


def test_a_partners_copy_names_nobody_in_key_and_headers() -> None:
    withdrawal = Dispatch(
        id=uuid4(),
        episode_id=uuid4(),
        episode_reference="MC-1",
        subject_id=uuid4(),
        subject_kind=SubjectKind.CHILD,
        recipient=CASE_TEAM,
        kind=Kind.NOTICE,
        thread="notice",
        action=Action.WITHDRAW,
        revision=2,
        grounds=(),
        due_at=NOW,
        created_at=NOW,
        reason=WithdrawalReason.FOUND,
    )
    row = topic_record(withdrawal, Wire(b"{}", "application/json", {"x-name": "Example"}), to_topic("norfolk-council"))
    assert (row.topic, row.key) == ("missing.to.norfolk-council.v1", str(withdrawal.episode_id).encode())
    assert row.headers["ce_id"] == str(withdrawal.id).encode()
    assert row.headers["ce_type"] == b"missing.dispatch.withdrawn.v1"
    assert all(name.startswith("ce_") or name == "content-type" for name in row.headers)


@pytest.mark.parametrize(
    ("highest", "ends", "embedded", "lost"),
    [
        ({("t", 0): 4}, {("t", 0): 5}, False, False),
        ({("t", 0): 4}, {("t", 0): 4}, False, True),
        ({("t", 0): 4}, {}, False, True),
        ({}, {("t", 0): 0}, False, False),
        ({("t", 0): 4}, {("t", 0): 1}, True, False),
    ],
)
def test_an_end_below_what_was_published_means_lost_data(
    highest: dict[tuple[str, int], int], ends: dict[tuple[str, int], int], embedded: bool, lost: bool
) -> None:
    assert _lost(highest, ends, embedded) is lost


async def test_a_beat_while_the_loop_works_is_not_forgotten() -> None:
    pulse = Pulse()
    pulse.beat()
    await asyncio.wait_for(pulse.wait(600), 10)
    pulse.stop()
    await asyncio.wait_for(pulse.pause(600), 10)
    await asyncio.wait_for(pulse.wait(600), 10)


def test_one_bad_event_among_many_costs_few_plans() -> None:
    episode = uuid4()
    events = [missing(episode, str(number)) for number in range(200)]
    bad, plans = events[137].id, 0

    def planner(usable: Sequence[Event]) -> int:
        nonlocal plans
        plans += 1
        if any(one.id == bad for one in usable):
            raise ZeroDivisionError
        return len(usable)

    planned = plan_in_isolation(events, (), planner)
    assert (planned.plan, set(planned.set_aside)) == (199, {bad})
    assert plans < 25
