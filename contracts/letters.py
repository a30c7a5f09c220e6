"""Letters of the invalid-message channel and of the dead letters: ids, reasons and digests, never the content.

Whoever needs the content finds it in the ledger, where access is checked.
"""

from uuid import UUID

from pydantic import AwareDatetime

from contracts.errors import Fate
from contracts.person import Facts


class ProblemNote(Facts):
    """One thing wrong with one field: where, what, and what to send instead; never the value."""

    field: str
    detail: str
    remedy: str = ""


class InvalidRecord(Facts):
    """`missing.record.invalid.v1`: a record that could not be read, where it stands in the log, and why."""

    fate: Fate
    reason: str
    problems: tuple[ProblemNote, ...] = ()
    topic: str
    partition: int
    offset: int
    digest: str
    size: int
    event_id: UUID | None = None
    source: str | None = None
    at: AwareDatetime


class DeadEvent(Facts):
    """`missing.event.dead.v1`: an event that broke the fold or the routing of its episode."""

    reason: str
    event_id: UUID
    episode_id: UUID
    type: str
    source: str | None = None
    at: AwareDatetime
