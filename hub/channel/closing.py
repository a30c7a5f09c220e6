"""Clocks whose rule is gone since another set of rules was loaded: closed, and never silently."""

from collections.abc import Sequence
from datetime import datetime

from contracts.envelope import derived_id
from hub.ledger import audit, tasks
from hub.ledger.engine import Tx
from hub.ledger.tasks import Task
from hub.routing.book import Book
from hub.routing.plan import ClockDue

RULE_GONE = "rule_gone"


async def close(tx: Tx, ended: Sequence[ClockDue], book: Book, now: datetime) -> None:
    """Record of clocks that run no more which of them ended because no rule is loaded that set them.

    Each is sealed into the audit, and a task stands in the episode's timeline until a person has seen to it. Do it
    last: others wait for the audit until the transaction ends.
    """
    closed = [clock for clock in ended if clock.rule not in book.clock_rules]
    if not closed:
        return
    await tasks.open_all(tx, [_task(clock, book) for clock in closed], now)
    await audit.append_all(tx, [("clock_closed", _sealed(clock, book)) for clock in closed], now)


def _task(clock: ClockDue, book: Book) -> Task:
    return Task(
        id=derived_id("task-rule-gone", clock.id, book.versions),
        kind=RULE_GONE,
        title="A clock was closed: its rule is not among those loaded now. See whether the duty still stands.",
        detail={
            "rule": clock.rule,
            "subject": str(clock.subject_id),
            "due": clock.due_at.isoformat(),
            "loaded": book.versions,
        },
        episode_id=clock.episode_id,
    )


def _sealed(clock: ClockDue, book: Book) -> dict[str, object]:
    return {
        "clock": clock.id,
        "episode": clock.episode_id,
        "rule": clock.rule,
        "reason": RULE_GONE,
        "loaded": book.versions,
    }
