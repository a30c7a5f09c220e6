"""What partners write to their own topics, into a real ledger."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID

import orjson
import pytest
from sqlalchemy import select

from contracts.adapter import Document, Partner, PartnerKind, Reading
from contracts.codes import SubjectKind
from contracts.envelope import CONTENT_TYPE, Event, Reference, derived_id, event_of, from_kafka, to_structured
from contracts.errors import Fate, InvalidMessage
from contracts.events import ClockFell, Data, DecisionRecorded, MissingReported
from contracts.person import Identifiers, Person, SubjectFacts
from hub.channel.partners_in import take_in
from hub.channel.record import Record
from hub.channel.topics import INVALID, from_topic
from hub.ledger import outbox, tables, tasks
from hub.ledger.engine import Ledger
from hub.routing.directory import Directory
from tests.unit.channel.parts import NOW

POLICE = Partner(name="norfolk-police", kind=PartnerKind.POLICE, code="E23000024")
TOPIC = from_topic(POLICE.name)
PARTNERS = {TOPIC: POLICE}
DIRECTORY = Directory({}, {})


def nothing(adapter: str, document: Document) -> Reading:
    raise AssertionError("no document was sent")


def report(number: int = 1, *, source: str = POLICE.source, data: Data | None = None) -> Event:
    facts = SubjectFacts(
        kind=SubjectKind.CHILD,
        person=Person(surname="Example", date_of_birth=date(2012, 5, 1)),
        identifiers=Identifiers(police_person_reference=f"P-{number}"),
    )
    return event_of(
        data or MissingReported(subjects=(facts,)),
        id=derived_id("event", "norfolk-police", number),
        source=source,
        occurred_at=NOW,
        recorded_at=NOW,
        references=(Reference(kind="police_report", issuer="E23000024", value=f"R-{number}"),),
    )


def own_id(event: Event) -> UUID:
    return derived_id("event", POLICE.name, event.id, 0)


def structured(event: Event, offset: int = 0) -> Record:
    headers = (("content-type", CONTENT_TYPE.encode()), ("ce_id", str(event.id).encode()))
    return Record(TOPIC, 0, offset, None, headers, to_structured(event))


def binary(event: Event, offset: int = 0) -> Record:
    row = outbox.record_of(event, NOW)
    return Record(TOPIC, 0, offset, row.key, tuple(row.headers.items()), row.value)


def document(body: bytes = b"<report/>", *, source: str = POLICE.source, offset: int = 0) -> Record:
    headers = (
        ("ce_id", b"message-1"),
        ("ce_source", source.encode()),
        ("hub_route", b"police/compact"),
        ("content-type", b"application/xml"),
    )
    return Record(TOPIC, 0, offset, None, headers, body)


async def stored(ledger: Ledger) -> list[UUID]:
    async with ledger.read() as tx:
        return list((await tx.execute(select(tables.event.c.id))).scalars())


async def fates(ledger: Ledger) -> list[str]:
    async with ledger.read() as tx:
        return sorted((await tx.execute(select(tables.message.c.fate))).scalars())


@pytest.mark.parametrize("form", [structured, binary])
async def test_a_canonical_event_goes_through_intake(ledger: Ledger, form: Callable[[Event], Record]) -> None:
    await take_in([form(report())], ledger, PARTNERS, nothing, DIRECTORY, NOW)
    assert await stored(ledger) == [own_id(report())]
    async with ledger.read() as tx:
        (row,) = await outbox.unpublished(tx, 10)
        event = from_kafka(row.headers, row.value, row.key)
        assert event.episode_id is not None


async def test_redelivery_and_repetition_take_it_in_once(ledger: Ledger) -> None:
    one = structured(report())
    await take_in([one, replace(one, offset=7)], ledger, PARTNERS, nothing, DIRECTORY, NOW)
    await take_in([one], ledger, PARTNERS, nothing, DIRECTORY, NOW)
    assert await stored(ledger) == [own_id(report())]
    assert await fates(ledger) == ["accepted"]


@pytest.mark.parametrize(
    "record",
    [
        structured(report(source="/partners/rotherham-council")),
        binary(report(source="/partners/rotherham-council")),
        document(source="/partners/rotherham-council"),
        document(source=""),
        Record(TOPIC, 0, 0, None, (("ce_source", None), ("ce_type", b"missing.person.reported.v1")), b"{}"),
    ],
)
async def test_a_record_under_another_name_is_invalid_and_alerts_once(ledger: Ledger, record: Record) -> None:
    await take_in([record, replace(record, offset=1)], ledger, PARTNERS, nothing, DIRECTORY, NOW)
    assert await stored(ledger) == []
    async with ledger.read() as tx:
        rows = await outbox.unpublished(tx, 10)
        assert [row.topic for row in rows] == [INVALID, INVALID]
        assert orjson.loads(rows[0].value)["reason"] == "The record's source is not the topic's partner."
        assert [task.kind for task in await tasks.list_open(tx)] == ["invalid_record"]


async def test_a_document_is_read_by_the_adapter_that_its_route_names(ledger: Ledger) -> None:
    seen: list[tuple[str, Document]] = []

    def read(adapter: str, given: Document) -> Reading:
        seen.append((adapter, given))
        return Reading(events=(report(),))

    await take_in([document()], ledger, PARTNERS, read, DIRECTORY, NOW)
    ((adapter, given),) = seen
    assert (adapter, given.route, given.partner, given.body) == ("police", "compact", POLICE, b"<report/>")
    assert (given.message_id, given.content_type) == ("message-1", "application/xml")
    assert await stored(ledger) == [report().id]


async def test_one_bad_document_never_holds_back_the_next(ledger: Ledger) -> None:
    def read(adapter: str, given: Document) -> Reading:
        if given.body == b"broken":
            raise InvalidMessage(Fate.UNUSABLE, "No name.", [])
        if given.body == b"bug":
            raise ZeroDivisionError
        return Reading(events=(report(),))

    def named(body: bytes, offset: int) -> Record:
        made = document(body, offset=offset)
        return replace(made, headers=(("ce_id", body), *made.headers[1:]))

    batch = [named(b"broken", 0), named(b"bug", 1), named(b"fine", 2)]
    await take_in(batch, ledger, PARTNERS, read, DIRECTORY, NOW)
    assert await stored(ledger) == [report().id]
    assert await fates(ledger) == ["accepted", "held", "unusable"]
    async with ledger.read() as tx:
        assert len(await tasks.list_open(tx)) == 2


async def test_what_cannot_be_read_at_all_gets_a_letter_and_a_task(ledger: Ledger) -> None:
    headers = (("content-type", CONTENT_TYPE.encode()), ("ce_id", b"x"))
    await take_in([Record(TOPIC, 0, 0, None, headers, b"{garbage")], ledger, PARTNERS, nothing, DIRECTORY, NOW)
    assert await fates(ledger) == ["refused"]
    async with ledger.read() as tx:
        (letter,) = await outbox.unpublished(tx, 10)
        assert letter.topic == INVALID
        assert len(await tasks.list_open(tx)) == 1


async def test_the_same_id_with_other_bytes_is_a_conflict_and_a_task(ledger: Ledger) -> None:
    def read(adapter: str, given: Document) -> Reading:
        return Reading(events=(report(1 if given.body == b"one" else 2),))

    await take_in([document(b"one"), document(b"two", offset=1)], ledger, PARTNERS, read, DIRECTORY, NOW)
    assert await stored(ledger) == [report(1).id]
    async with ledger.read() as tx:
        assert [task.kind for task in await tasks.list_open(tx)] == ["message_conflict"]


async def test_a_partner_cannot_state_what_only_the_hub_states(ledger: Ledger) -> None:
    fell = report(data=ClockFell(rule="x", due_at=NOW))
    await take_in([structured(fell)], ledger, PARTNERS, nothing, DIRECTORY, NOW)
    assert await stored(ledger) == []
    assert await fates(ledger) == ["unusable"]


async def test_a_partner_cannot_record_a_decision_that_it_was_not_asked_for(ledger: Ledger) -> None:
    said = report(data=DecisionRecorded(decision="rotherham.P16.circulate-to-areas", answer=True, decided_by="x"))
    await take_in([structured(said)], ledger, PARTNERS, nothing, DIRECTORY, NOW)
    assert await stored(ledger) == []
    assert await fates(ledger) == ["unusable"]


async def test_the_database_failing_is_nobodys_bad_message(ledger: Ledger) -> None:
    def read(adapter: str, given: Document) -> Reading:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await take_in([document()], ledger, PARTNERS, read, DIRECTORY, NOW)
    assert await fates(ledger) == []
