"""How far one consumer has read, as the ledger knows it, and going back to there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aiokafka import TopicPartition

from hub.channel.record import Record
from hub.ledger import positions, restoring
from hub.ledger.engine import Tx
from hub.ledger.positions import Behind, Place, Span


class Progress:
    """One consumer's place in the log; `group` is its name in the ledger and at the broker."""

    def __init__(self, group: str) -> None:
        self.group = group
        self._sought: dict[Place, int] = {}

    async def note(self, tx: Tx, records: Sequence[Record], now: datetime) -> frozenset[int]:
        """Note records as read, in the transaction of what is made of them.

        Returns which of them, by number, an earlier state of this ledger had read already: what they cause may have
        left. Raises Behind when records before them are not known as read: roll back, then `go_back`.
        """
        advanced = await positions.advance(tx, self.group, _spans(records), self._sought)
        if advanced.restored:
            await restoring.note_restored(tx, now)
        until = {place: position.until for place, position in advanced.positions.items()}
        return frozenset(n for n, one in enumerate(records) if one.offset < until[one.topic, one.partition])

    def go_back(self, kafka: Any, behind: Behind) -> None:
        """Read next what the ledger does not know."""
        for (topic, partition), gap in behind.gaps.items():
            place = TopicPartition(topic, partition)
            if place in kafka.assignment():
                self._sought[topic, partition] = gap.end
                kafka.seek(place, gap.first)

    def done(self, records: Sequence[Record]) -> None:
        """Say that a batch is committed: whatever was sought before it has been found."""
        for one in records:
            self._sought.pop((one.topic, one.partition), None)


def rounds(records: Sequence[Record], again: frozenset[int]) -> list[tuple[list[Record], bool]]:
    """Cut a batch so that what is read again comes one event of each episode at a time, as it came the first time.

    Only then are the same dispatches made again under the same ids. Returns parts in order, each with whether it is
    read again; usually one.
    """
    if not again:
        return [(list(records), False)]
    parts: list[list[Record]] = []
    turn: dict[bytes | None, int] = {}
    for number in sorted(again):
        key = records[number].key
        turn[key] = turn.get(key, -1) + 1
        parts += [[]] if turn[key] == len(parts) else []
        parts[turn[key]].append(records[number])
    new = [one for number, one in enumerate(records) if number not in again]
    return [(part, True) for part in parts] + ([(new, False)] if new else [])


def _spans(records: Sequence[Record]) -> dict[Place, Span]:
    spans: dict[Place, Span] = {}
    for one in records:
        place = (one.topic, one.partition)
        first = spans[place].first if place in spans else one.offset
        spans[place] = Span(first, one.offset + 1)
    return spans
