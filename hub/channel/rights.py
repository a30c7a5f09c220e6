"""What a partner's Kafka user may do: use its own pair of topics and consumer groups of its own name. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from hub.channel.topics import from_topic, to_topic


class Resource(StrEnum):
    """What a right is about, in Kafka's words."""

    TOPIC = "topic"
    GROUP = "group"


class Operation(StrEnum):
    """What may be done with it, in Kafka's words."""

    READ = "read"
    WRITE = "write"
    DESCRIBE = "describe"


@dataclass(frozen=True, order=True)
class Right:
    """One right; `prefixed` means every name that begins with `name`."""

    resource: Resource
    name: str
    operation: Operation
    prefixed: bool = False


def partner_rights(partner: str) -> tuple[Right, ...]:
    """Return everything that a partner's user may do; what is not here is refused.

    Its groups begin with its name and a dot. No partner's name and no group of the hub has a dot in it: the name alone
    would give `norfolk` the groups of `norfolk-police`, and `hub-router` the router's.
    """
    return (
        Right(Resource.TOPIC, from_topic(partner), Operation.WRITE),
        Right(Resource.TOPIC, from_topic(partner), Operation.DESCRIBE),
        Right(Resource.TOPIC, to_topic(partner), Operation.READ),
        Right(Resource.TOPIC, to_topic(partner), Operation.DESCRIBE),
        Right(Resource.GROUP, f"{partner}.", Operation.READ, prefixed=True),
    )
