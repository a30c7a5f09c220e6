"""What partners write to their own topics: into intake like what comes over HTTP, never under another name."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from faststream.kafka import KafkaBroker

from contracts.adapter import Document, Partner, Reading
from contracts.envelope import CONTENT_TYPE, Event, from_structured
from contracts.errors import Fate, InvalidMessage, Problem
from hub.canonical import owned
from hub.channel.broker import Connection
from hub.channel.consumer import BatchConsumer
from hub.channel.decode import read_event
from hub.channel.invalid import BadRecord, keep_invalid
from hub.channel.isolate import reason_of
from hub.channel.letters import record_id
from hub.channel.progress import Progress
from hub.channel.record import Record
from hub.channel.topics import Topic, from_topic
from hub.ledger import inbox, intake, positions
from hub.ledger.engine import Ledger
from hub.ledger.faults import not_the_data
from hub.ledger.intake import Incoming
from hub.ledger.sql import chunks
from hub.routing.directory import Directory
from hub.standing import check_of

GROUP = "hub-partners"
CONSUMER = "partners"
ROUTE_HEADER = "hub_route"
CANONICAL = "canonical"

Read = Callable[[str, Document], Reading]


class WrongSource(Exception):
    """A record's `ce_source` is not the partner whose topic it stands on."""


class PartnersIn:
    """Reads `missing.from.<partner>.v1` of every partner given.

    A record is a canonical CloudEvent (binary mode, or structured by its content type), or, with a header `hub_route`
    of `<adapter>/<route>`, a document as that adapter reads it: `read(adapter, document)`. Its `ce_source` must be the
    partner's own either way. `wake` is called after each commit.
    """

    def __init__(
        self,
        broker: KafkaBroker,
        connection: Connection,
        partners: Sequence[Partner],
        partitions: int,
        ledger: Ledger,
        read: Read,
        directory: Directory,
        *,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        instance: str | None = None,
        group: str = GROUP,
    ) -> None:
        self._partners = {from_topic(partner.name): partner for partner in partners}
        self._ledger = ledger
        self._read = read
        self._directory = directory
        self._clock = clock
        self._wake = wake
        topics = [Topic(name, partitions) for name in self._partners]
        self.consumer = BatchConsumer(
            broker, connection, topics, self._take, group=group, clock=clock, instance=instance
        )

    async def _take(self, records: list[Record]) -> None:
        await take_in(
            records,
            self._ledger,
            self._partners,
            self._read,
            self._directory,
            self._clock(),
            self.consumer.progress,
        )
        self._wake()


async def take_in(
    records: Sequence[Record],
    ledger: Ledger,
    partners: Mapping[str, Partner],
    read: Read,
    directory: Directory,
    now: datetime,
    progress: Progress | None = None,
) -> None:
    """Take records of partner topics into the ledger, many in one transaction; a bad one never holds back the next.

    `directory` says to whom the hub has sent what: only they may answer it. Raises Behind when `progress` lies before
    these records, ReadingAgain while a restored ledger does not know all episodes yet.
    """
    for some in chunks(records, intake.TOGETHER):
        found = {record_id(one): await _incoming(one, partners[one.topic], read, directory, now) for one in some}
        async with ledger.begin() as tx:
            await positions.require_all_read(tx)
            if progress is not None:
                await progress.note(tx, some, now)
            fresh = await inbox.claim(tx, CONSUMER, found, now)
            new = [one for id, one in found.items() if id in fresh]
            incoming = [one for one in new if isinstance(one, Incoming)]
            await intake.accept_all(tx, incoming, now=now, held=_held)
            await keep_invalid(tx, [one for one in new if isinstance(one, BadRecord)], now)


async def _incoming(
    record: Record, partner: Partner, read: Read, directory: Directory, now: datetime
) -> Incoming | BadRecord:
    """Read a record. Over HTTP a sender hears that its message is refused; here a letter and a task must say so."""
    # Reading takes its time: others have their turn in between.
    await asyncio.sleep(0)
    document, adapter = _document(record, partner, now), _adapter(record)
    try:
        reading = _reading(record, document, read)
    except WrongSource:
        return _under_another_name(record, partner)
    except InvalidMessage as error:
        return BadRecord(record, error) if error.fate is Fate.REFUSED else Incoming(document, adapter, error)
    except Exception as error:
        if not_the_data(error):
            raise
        return Incoming(document, adapter, _held(error))
    return Incoming(document, adapter, reading, check_of(reading, partner, directory, _not_theirs))


def _reading(record: Record, document: Document, read: Read) -> Reading:
    if record.text(ROUTE_HEADER) is None:
        event = _canonical(record, document)
        return Reading(events=(event,), message_id=str(event.id))
    if record.text("ce_source") != document.partner.source:
        raise WrongSource
    return read(_adapter(record), document)


def _not_theirs(_: Event) -> InvalidMessage:
    problem = Problem("type", "is for whom the hub sent the request or the notice to", "answer your own only")
    return InvalidMessage(Fate.UNUSABLE, "The event is not the sender's to state.", [problem])


def _held(error: Exception) -> InvalidMessage:
    return InvalidMessage(Fate.HELD, "The record could not be taken in.", [Problem("record", reason_of(error))])


def _canonical(record: Record, document: Document) -> Event:
    structured = (record.text("content-type") or "").startswith(CONTENT_TYPE)
    source = document.partner.source
    if not structured and record.text("ce_source") != source:
        raise WrongSource
    event = from_structured(record.value, recorded_at=document.received_at) if structured else read_event(record)
    if event.source != source:
        raise WrongSource
    return owned(event, document)


def _adapter(record: Record) -> str:
    return (record.text(ROUTE_HEADER) or CANONICAL).partition("/")[0]


def _document(record: Record, partner: Partner, now: datetime) -> Document:
    headers = {name: text for name in record.attributes() if (text := record.text(name)) is not None}
    return Document(
        partner=partner,
        route=(record.text(ROUTE_HEADER) or f"{CANONICAL}/{record.topic}").partition("/")[2],
        body=record.value,
        content_type=record.text("content-type") or "application/json",
        received_at=now,
        message_id=record.text("ce_id"),
        headers=headers,
    )


def _under_another_name(record: Record, partner: Partner) -> BadRecord:
    """A record under another's name: nothing of it is taken in; one alert per partner and day."""
    problem = Problem("ce_source", f"is not {partner.source}", "write only to your own topic, under your own name")
    error = InvalidMessage(Fate.REFUSED, "The record's source is not the topic's partner.", [problem])
    return BadRecord(record, error)
