"""The named points at which a process of the hub is killed, each a seam of the code. The only place that lists them.

A seam is `module:attribute`; a function that is imported by name is wrapped where it is used.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

MIGRATING_STEPS = 12
"""How many steps of the migrations have been made when the point in their middle is reached."""


@dataclass(frozen=True)
class Seam:
    """Where code is wrapped; the point lies `before` the call or `after` it; `when` judges its result and arguments."""

    where: str
    side: Literal["before", "after"] = "after"
    when: Callable[[Any, Sequence[Any]], bool] = lambda *_: True


@dataclass(frozen=True)
class Point:
    """A moment at which a process can die; `part` is what the process serves, `any` is whichever comes first."""

    name: str
    part: str
    seams: tuple[Seam, ...]


def _sent_something(sent: Any, _: Sequence[Any]) -> bool:
    return bool(sent.done)


def _taken(answer: Any, _: Sequence[Any]) -> bool:
    return answer.status in (200, 202)


def _laid(_: Any, arguments: Sequence[Any]) -> bool:
    return bool(arguments[1])


class _Steps:
    """Counts the steps of a migration; so a process dies in the middle of it and not at its first step."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, *_: Any) -> bool:
        self.made += 1
        return self.made >= MIGRATING_STEPS


MIGRATING = Point(
    "in the middle of a migration", "any", (Seam("alembic.operations.base:AbstractOperations.invoke", when=_Steps()),)
)
STORED = Point("stored, not committed", "api", (Seam("hub.ledger.outbox:add"),))
ACCEPTED = Point("committed, not answered 202", "api", (Seam("hub.api.intake:take"),))
PRODUCED = Point("produced, not marked", "relay", (Seam("hub.channel.relay:send_batch", when=_sent_something),))
PLANNED = Point("routed, not committed", "router", (Seam("hub.channel.batch:keep"),))
ROUTED = Point("routed and committed, not acknowledged", "router", (Seam("hub.channel.router:handle_batch"),))
CLAIMED = Point("claimed, not sent", "deliver", (Seam("hub.delivery.deliverer:attempt", "before"),))
IN_MESH = Point("in MESH, not recorded", "deliver", (Seam("adapters.health.mesh:Mesh.send", when=_taken),))
AT_WEBHOOK = Point(
    "answered by the webhook, not recorded",
    "deliver",
    (Seam("adapters.authorities.deliver:AuthoritiesAdapter.deliver"),),
)
LAID_READY = Point(
    "laid ready for inbox or topic, not committed",
    "deliver",
    (Seam("hub.ledger.collecting:place", when=_laid), Seam("hub.app:topic_record")),
)

POINTS = (MIGRATING, STORED, ACCEPTED, PRODUCED, PLANNED, ROUTED, CLAIMED, IN_MESH, AT_WEBHOOK, LAID_READY)
