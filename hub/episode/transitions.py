"""The lifecycle of one subject within an episode, as a table. Pure."""

from enum import StrEnum

from contracts.events import EventType


class Status(StrEnum):
    """Where one subject stands. `unreported`: something was said, but nobody has reported the subject missing yet."""

    UNREPORTED = "unreported"
    CONCERN = "concern"
    ABSENT = "absent"
    MISSING = "missing"
    FOUND = "found"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """Say whether the episode is over for this subject."""
        return self in (Status.FOUND, Status.CANCELLED)


_EVERY = tuple(Status)
_OPEN = (Status.UNREPORTED, Status.CONCERN, Status.ABSENT, Status.MISSING)
_TABLE: tuple[tuple[EventType, tuple[Status, ...], Status], ...] = (
    (EventType.CONCERN_RAISED, (Status.UNREPORTED,), Status.CONCERN),
    (EventType.ABSENCE_REPORTED, (Status.UNREPORTED, Status.CONCERN, Status.MISSING), Status.ABSENT),
    (EventType.MISSING_REPORTED, _EVERY, Status.MISSING),
    (EventType.FOUND, _OPEN, Status.FOUND),
    (EventType.RETURNED, _OPEN, Status.FOUND),
    (EventType.FOUND_RETRACTED, (Status.FOUND,), Status.MISSING),
    (EventType.CANCELLED, _EVERY, Status.CANCELLED),
)
TRANSITIONS: dict[tuple[Status, EventType], Status] = {
    (before, event): after for event, befores, after in _TABLE for before in befores
}


def after(status: Status, event: EventType) -> Status:
    """Return the status after an event; an event that says nothing about the status leaves it."""
    return TRANSITIONS.get((status, event), status)
