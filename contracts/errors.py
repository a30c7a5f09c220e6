"""Three errors, three fates: a message is never tried again, a person must act, or the hub tries again later."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True)
class Problem:
    """One thing wrong with one field: where it stands, what is wrong, what to send instead. Never the value itself."""

    field: str
    detail: str
    remedy: str = ""


class Fate(StrEnum):
    """What intake does with a bad message (promise G9)."""

    REFUSED = "refused"
    UNUSABLE = "unusable"
    HELD = "held"


class InvalidMessage(Exception):
    """The sender's message cannot be used and will not be tried again.

    `refused`: unsafe or unreadable (400), only size and digest are kept. `unusable`: no reference, or neither name nor
    description (422), the raw message is kept and an operator is asked. `held`: understood to be ours but written in a
    newer way than this hub reads (202 with a warning), kept with a task.
    """

    def __init__(self, fate: Fate, title: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(title)
        self.fate = fate
        self.title = title
        self.problems = tuple(problems)


class Undeliverable(Exception):
    """The recipient's side refused this dispatch for good; a person must act. `reason` carries no personal data."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class RetryLater(Exception):
    """The recipient could not take it now.

    `maybe_received` is true when the bytes may have arrived although no answer did: then ask before sending again.
    `not_before` is the partner's own wish (Retry-After), UTC, if it gave one.
    """

    def __init__(self, reason: str, *, maybe_received: bool, not_before: datetime | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.maybe_received = maybe_received
        self.not_before = not_before
