"""Partners as a model: events arrive in some order, every arrival is planned, and partners hold what reached them.

No I/O. What a real ledger and deliverers do is played by a seeded generator: a dispatch goes at once, waits unsent, or
is in doubt (it may have left, and it may have arrived).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from random import Random
from uuid import UUID

from contracts.dispatch import FOUND_THREAD, Action, Content, Dispatch, Kind
from contracts.envelope import Event
from hub.routing.book import Book
from hub.routing.plan import Issued, Plan, plan
from tests.stories.events import START

Key = tuple[UUID, str, str]
# Told once, about a moment that has passed: there is nothing to withdraw.
SAID_ONCE = (Kind.INFORMATION, Kind.REMINDER, Kind.CARE_CONTEXT_REQUEST, Kind.TRACE_REQUEST)
LATER = START + timedelta(days=60)


def after_the_find(thread: str) -> bool:
    """Say whether a thread is news of the find, or what is to be done because of it."""
    return thread == Kind.FOUND_NOTICE.value or thread.startswith((FOUND_THREAD, Kind.REMINDER.value))


@dataclass
class Partners:
    """Everybody outside. `held` is what each recipient holds live; the counters are what must stay at nought."""

    book: Book
    rng: Random
    echo: bool = False
    events: list[Event] = field(default_factory=list)
    issued: list[Issued] = field(default_factory=list)
    arrived: set[UUID] = field(default_factory=set)
    held: dict[Key, Content] = field(default_factory=dict)
    ever: set[Key] = field(default_factory=set)
    stood_down: set[Key] = field(default_factory=set)
    double_raises: int = 0
    late_raises: int = 0
    strangers_withdrawn: int = 0
    talking_withdrawals: int = 0
    last: Plan | None = None

    def arrive(self, event: Event, now: datetime | None = None) -> Plan:
        """Let one event come in; plan; some of what waits goes out."""
        self.events.append(event)
        now = now or LATER + timedelta(minutes=len(self.events))
        self.last = outcome = plan(self.events, self.issued, self.book, now)
        self._close(outcome.cancelled)
        for dispatch in outcome.dispatches:
            self._issue(dispatch)
        if self.echo:
            self.events += outcome.events
        self._some_go()
        return outcome

    def settle(self) -> None:
        """Let everything go out that still waits, and clear up what is in doubt."""
        for number in range(len(self.issued)):
            self._send(self.issued[number])

    @property
    def alerts(self) -> set[Key]:
        """What is live, the news of the find aside."""
        return {key for key in self.held if not after_the_find(key[2])}

    def _close(self, ids: Iterable[UUID]) -> None:
        for dispatch_id in ids:
            place = next(n for n, one in enumerate(self.issued) if one.dispatch.id == dispatch_id)
            assert not self.issued[place].may_have_left, "what may have left cannot be closed"
            self.issued[place] = replace(self.issued[place], state="cancelled")

    def _issue(self, dispatch: Dispatch) -> None:
        self.late_raises += self._late(dispatch)
        one = Issued(dispatch, "pending", False)
        self.issued.append(one)
        chance = self.rng.random()
        if chance < 0.5:
            self._send(one)
        elif chance < 0.75 and not self._behind(one):
            self._doubt(one)

    def _late(self, dispatch: Dispatch) -> bool:
        subject = self.last.episode.subject(dispatch.subject_id) if self.last else None
        ended = subject is not None and subject.status.ended
        return ended and dispatch.action is not Action.WITHDRAW and not after_the_find(dispatch.thread)

    def _some_go(self) -> None:
        for number in range(len(self.issued)):
            if self.rng.random() < 0.3:
                self._send(self.issued[number])

    def _behind(self, one: Issued) -> bool:
        earlier = [other for other in self._thread(one) if other.dispatch.revision < one.dispatch.revision]
        return any(other.state in ("pending", "doubtful") for other in earlier)

    def _thread(self, one: Issued) -> list[Issued]:
        return [other for other in self.issued if other.key == one.key]

    def _doubt(self, one: Issued) -> None:
        self._state(one, "doubtful")
        if self.rng.random() < 0.5:
            self._receive(one.dispatch)

    def _send(self, one: Issued) -> None:
        if one.state == "doubtful" and one.dispatch.id not in self.arrived and self._ended_since(one):
            self._never_arrived(one)
        elif one.state in ("pending", "doubtful") and not self._behind(one):
            self._state(one, "sent")
            self._receive(one.dispatch)

    def _ended_since(self, one: Issued) -> bool:
        return one.dispatch.action is not Action.WITHDRAW and any(
            later.dispatch.action is Action.WITHDRAW and later.state == "pending"
            for later in self._thread(one)
            if later.dispatch.revision > one.dispatch.revision
        )

    def _never_arrived(self, one: Issued) -> None:
        self._state(one, "cancelled", left=False)
        thread = self._thread(one)
        if not any(other.may_have_left for other in thread if other.dispatch.action is not Action.WITHDRAW):
            self._close(other.dispatch.id for other in thread if other.state == "pending")

    def _state(self, one: Issued, state: str, *, left: bool = True) -> None:
        place = next(n for n, other in enumerate(self.issued) if other.dispatch.id == one.dispatch.id)
        self.issued[place] = replace(one, state=state, may_have_left=left)

    def _receive(self, dispatch: Dispatch) -> None:
        if dispatch.id in self.arrived:
            return
        self.arrived.add(dispatch.id)
        key = (dispatch.subject_id, dispatch.recipient.key, dispatch.thread)
        if dispatch.action is Action.WITHDRAW:
            self.strangers_withdrawn += key not in self.ever
            self.talking_withdrawals += dispatch.content != Content()
            self.held.pop(key, None)
            self.stood_down.add(key)
            return
        self.ever.add(key)
        if dispatch.kind not in SAID_ONCE:
            self.late_raises += self._late(dispatch)
            self.double_raises += dispatch.action is Action.RAISE and key in self.held
            self.held[key] = dispatch.content
            self.stood_down.discard(key)


def play(book: Book, events: Sequence[Event], seed: object, *, echo: bool = False) -> Partners:
    """Let events arrive in the order given and everything settle."""
    partners = Partners(book, Random(str(seed)), echo)
    for event in events:
        partners.arrive(event)
    partners.settle()
    return partners
