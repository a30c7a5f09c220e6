"""The recipient list: from a rule's roles to named recipients. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from contracts.codes import GssCode, Role, Seat
from contracts.dispatch import Kind, Recipient
from hub.episode.episode import Decision, Episode, Subject
from hub.routing.firing import Firing, bound_authorities
from hub.routing.geography import Geography
from hub.routing.rules import RECORD_FIELDS, Tell
from hub.routing.seats import seats_of


@dataclass(frozen=True)
class Unnamed:
    """A role that must be told but of which nobody knows which organisation or authority it is."""

    role: Role
    kind: Kind
    subject_id: UUID
    firing: Firing
    reason: str


@dataclass(frozen=True)
class Named:
    """A recipient and why."""

    recipient: Recipient
    kind: Kind
    firing: Firing


def recipients(
    tells: Iterable[Tell],
    firing: Firing,
    episode: Episode,
    subject: Subject,
    geography: Geography,
    yes: Decision | None,
) -> tuple[list[Named], list[Unnamed]]:
    """Resolve a rule's roles; `yes` is the decision that releases a `consider` rule."""
    named: list[Named] = []
    unnamed: list[Unnamed] = []
    for tell in tells:
        found = _resolve(tell, firing, episode, subject, geography, yes)
        named += [Named(recipient, tell.kind, firing) for recipient in found]
        if not found:
            unnamed.append(Unnamed(tell.role, tell.kind, subject.id, firing, _reason(tell)))
    return named, unnamed


def _resolve(
    tell: Tell, firing: Firing, episode: Episode, subject: Subject, geography: Geography, yes: Decision | None
) -> list[Recipient]:
    match tell.at:
        case "national":
            return [Recipient(role=tell.role)]
        case "record":
            organisation = getattr(subject.facts.care, RECORD_FIELDS[tell.role])
            return [Recipient(role=tell.role, organisation=organisation)] if organisation else []
        case "known_agencies":
            return [Recipient(role=tell.role, organisation=name) for name in subject.facts.care.known_agencies]
        case "reporting_force":
            force = episode.police.force or episode.police.force_name
            return [Recipient(role=tell.role, organisation=force)] if force else []
        case "found_force":
            return _forces(tell.role, _some(subject.found.authority), geography)
        case "responsible_force":
            return _forces(tell.role, bound_authorities(firing, subject), geography)
        case "responsible_authority":
            return _authorities(tell.role, seats_of(subject)[Seat.RESPONSIBLE])
        case "found_authority":
            return _authorities(tell.role, _some(subject.found.authority))
        case "decided_areas":
            areas = yes.data.areas if yes and yes.data.areas else tuple(a.authority for a in subject.whereabouts.areas)
            return _authorities(tell.role, areas)
        case "seat":
            return _authorities(tell.role, bound_authorities(firing, subject))


def _some(authority: GssCode | None) -> tuple[GssCode, ...]:
    return (authority,) if authority else ()


def _authorities(role: Role, authorities: Iterable[GssCode]) -> list[Recipient]:
    return [Recipient(role=role, authority=authority) for authority in dict.fromkeys(authorities)]


def _forces(role: Role, authorities: Iterable[GssCode], geography: Geography) -> list[Recipient]:
    forces = [geography.police_force_of(authority) for authority in authorities]
    return [Recipient(role=role, organisation=code) for code in dict.fromkeys(force[0] for force in forces if force)]


def _reason(tell: Tell) -> str:
    reasons = {
        "record": "no care context has named the service that holds the record",
        "seat": "the authority at this seat is not known",
        "known_agencies": "nobody has said which other agencies know this person",
        "decided_areas": "no area is known",
        "reporting_force": "no police force has reported",
    }
    return reasons.get(tell.at, "the place is not known")
