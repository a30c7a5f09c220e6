"""The directory: from a recipient to the endpoint where it is reached, in hours and out of them. Pure.

Out of hours the emergency duty team stands for the social worker of the same authority, and in hours the other way
round (READINGS, Everywhere). What an entry says itself goes before that.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache

from contracts.adapter import Channel, Endpoint
from contracts.codes import Role, is_gss_code
from contracts.dispatch import Post, Recipient
from hub.routing.calendar import LONDON, in_hours
from hub.routing.steps import Steps

_SOCIAL_WORKERS = (Role.CASE_TEAM, Role.DUTY_TEAM)


@dataclass(frozen=True)
class Beside:
    """What an entry names beside its endpoint, by the endpoints' names: out of hours, and the role's manager."""

    out_of_hours: str | None = None
    manager: str | None = None


def _no_boards(authority: str, on: date) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Directory:
    """Who is reached where. `entries` are by recipient key; `boards_of` says in which care boards an authority lies.

    `steps` is after how long what nobody has seen is sent again, and where.
    """

    endpoints: Mapping[str, Endpoint]
    entries: Mapping[str, str]
    beside: Mapping[str, Beside] = field(default_factory=dict)
    boards_of: Callable[[str, date], tuple[str, ...]] = _no_boards
    steps: Steps = field(default_factory=Steps)

    def resolve(self, recipient: Recipient, at: datetime) -> Endpoint | None:
        """Return the endpoint of a recipient at a moment, or None when the directory has no route to it."""
        usual, out_of_hours = self._usual(recipient, at)
        if recipient.post is Post.MANAGER:
            return self._endpoint(self._beside(recipient, at).manager)
        if recipient.post is Post.OUT_OF_HOURS or not in_hours(at, _nation(recipient)):
            usual = out_of_hours or (None if recipient.post else usual)
        return self._endpoint(usual)

    def ways(self, recipient: Recipient, at: datetime) -> tuple[Endpoint, ...]:
        """Return every endpoint where a recipient may be reached at whatever hour, the usual one first."""
        if recipient.post is not None:
            found = [self.resolve(recipient, at)]
        else:
            found = [self._endpoint(name) for name in self._usual(recipient, at)]
        return tuple({one.id: one for one in found if one is not None}.values())

    def roles_of(self, endpoint: Endpoint) -> tuple[Role, ...]:
        """Return the roles that are reached at an endpoint, by day, by night or as their manager."""
        keys = [
            key
            for key, name in self.entries.items()
            for beside in [self.beside.get(key, Beside())]
            if endpoint.id in (name, beside.out_of_hours, beside.manager)
        ]
        return tuple(dict.fromkeys(Role(key.partition("@")[0]) for key in keys))

    def of_partner(self, partner: str) -> tuple[Endpoint, ...]:
        """Return the endpoints that belong to a partner."""
        return tuple(endpoint for endpoint in self.endpoints.values() if endpoint.partner == partner)

    def topic_partners(self) -> list[str]:
        """Return the partners that have Kafka topics of their own: those reached by topic, sorted."""
        endpoints = self.endpoints.values()
        return sorted({one.partner for one in endpoints if one.channel is Channel.TOPIC and one.partner})

    def _usual(self, recipient: Recipient, at: datetime) -> tuple[str | None, str | None]:
        """Return the names of the endpoints in hours and out of them."""
        own, beside = self._named(recipient, at), self._beside(recipient, at)
        if recipient.role in _SOCIAL_WORKERS and own:
            return own, beside.out_of_hours or self._of_role(Role.EMERGENCY_DUTY_TEAM, recipient)
        if recipient.role is Role.EMERGENCY_DUTY_TEAM:
            by_day = next((name for role in _SOCIAL_WORKERS if (name := self._of_role(role, recipient))), None)
            return by_day or own, beside.out_of_hours or own
        return own, beside.out_of_hours

    def _of_role(self, role: Role, recipient: Recipient) -> str | None:
        return self.entries.get(recipient.model_copy(update={"role": role, "post": None}).key)

    def _named(self, recipient: Recipient, at: datetime) -> str | None:
        key = self._key(recipient, at)
        return self.entries[key] if key else None

    def _beside(self, recipient: Recipient, at: datetime) -> Beside:
        return self.beside.get(self._key(recipient, at) or "", Beside())

    def _key(self, recipient: Recipient, at: datetime) -> str | None:
        """Return the key of the entry that holds for a recipient: its own, else that of its only care board."""
        own = recipient.model_copy(update={"post": None}).key if recipient.post else recipient.key
        if own in self.entries:
            return own
        if recipient.authority is None:
            return None
        boards = self.boards_of(recipient.authority, at.astimezone(LONDON).date())
        keys = [f"{recipient.role.value}@{board}" for board in boards]
        # In several boards nobody can tell which one's post it is, unless all name the same endpoint.
        one_way = len({self.entries.get(key) for key in keys}) == 1
        return keys[0] if one_way and keys[0] in self.entries else None

    def _endpoint(self, name: str | None) -> Endpoint | None:
        return self.endpoints[name] if name else None


@lru_cache(maxsize=4096)
def recipient_of(key: str) -> Recipient:
    """Return the recipient whose key this is."""
    role, _, rest = key.partition("@")
    place, _, post = rest.partition("!")
    known = {} if place == "national" else {"authority" if is_gss_code(place) else "organisation": place}
    return Recipient(role=Role(role), post=Post(post) if post else None, **known)


def _nation(recipient: Recipient) -> str:
    place = recipient.authority or recipient.organisation or ""
    return place[0] if is_gss_code(place) and place[0] in "EWSN" else "E"
