"""The directory: from a recipient to the endpoint where it is reached. Pure; deployment data read elsewhere."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.adapter import Channel, Endpoint
from contracts.codes import GssCode, Role
from contracts.dispatch import Recipient
from hub.routing.rules import BookError, explain_item


class Entry(BaseModel):
    """One line of the directory: a role at an authority or organisation (or national), and the endpoint's id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    authority: GssCode | None = None
    organisation: str | None = None
    endpoint: str

    @property
    def recipient(self) -> Recipient:
        """The recipient that this line reaches."""
        return Recipient(role=self.role, authority=self.authority, organisation=self.organisation)


@dataclass(frozen=True)
class Directory:
    """Who is reached where."""

    endpoints: Mapping[str, Endpoint]
    entries: Mapping[str, str]

    def resolve(self, recipient: Recipient) -> Endpoint | None:
        """Return the endpoint of a recipient, or None when the directory has no route to it."""
        name = self.entries.get(recipient.key)
        return self.endpoints[name] if name else None

    def of_partner(self, partner: str) -> tuple[Endpoint, ...]:
        """Return the endpoints that belong to a partner."""
        return tuple(endpoint for endpoint in self.endpoints.values() if endpoint.partner == partner)

    def topic_partners(self) -> list[str]:
        """Return the partners that have Kafka topics of their own: those reached by topic, sorted."""
        endpoints = self.endpoints.values()
        return sorted({one.partner for one in endpoints if one.channel is Channel.TOPIC and one.partner})


def read_directory(name: str, raw: Any) -> Directory:
    """Read the directory from its parsed YAML. Raises BookError naming the entry and the remedy."""
    if not isinstance(raw, Mapping) or set(raw) != {"endpoints", "entries"}:
        raise BookError(f"{name}: exactly `endpoints` and `entries` are needed at the top")
    if not isinstance(raw["endpoints"], Mapping) or not isinstance(raw["entries"], list):
        raise BookError(f"{name}: `endpoints` is a mapping of names to endpoints, `entries` a list; write them so")
    endpoints = {key: _endpoint(name, key, value) for key, value in raw["endpoints"].items()}
    entries: dict[str, str] = {}
    for number, value in enumerate(raw["entries"], start=1):
        entry = _entry(name, number, value)
        if entry.endpoint not in endpoints:
            raise BookError(f"{name}: entry {number}: no endpoint is called `{entry.endpoint}`; add or rename it")
        if entry.recipient.key in entries:
            raise BookError(f"{name}: entry {number}: {entry.recipient.key} stands twice; keep one")
        entries[entry.recipient.key] = entry.endpoint
    return Directory(endpoints, entries)


def _endpoint(name: str, key: str, value: Any) -> Endpoint:
    if not isinstance(value, Mapping):
        raise BookError(f"{name}: endpoint {key}: adapter, channel and address are needed")
    unknown = set(value) - set(Endpoint.model_fields)
    if unknown:
        raise BookError(f"{name}: endpoint {key}: `{sorted(unknown)[0]}` is no field of an endpoint; mend or drop it")
    try:
        return Endpoint.model_validate({**value, "id": key})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise BookError(f"{name}: endpoint {key}: {'.'.join(map(str, first['loc']))}: {explain_item(first)}") from error


def _entry(name: str, number: int, value: Any) -> Entry:
    try:
        entry = Entry.model_validate(value)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise BookError(f"{name}: entry {number}: {'.'.join(map(str, first['loc']))}: {explain_item(first)}") from error
    if entry.role is Role.UNKNOWN:
        raise BookError(f"{name}: entry {number}: the role is not in the closed list of contracts/codes.py")
    return entry
