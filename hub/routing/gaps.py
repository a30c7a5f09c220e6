"""Whom the loaded procedures may tell or ask although the directory cannot reach them (promise G8). Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from contracts.codes import Duty, GssCode, Role, is_gss_code
from contracts.dispatch import Recipient
from hub.routing.book import Book
from hub.routing.rules import Procedure, Tell

_AT_ANY = ("found_authority", "decided_areas")
_NAMED_LATER = ("record", "known_agencies", "reporting_force", "found_force")
NATIONAL = "national"


@dataclass(frozen=True)
class Gap:
    """A role that cannot be reached, the rules that tell it, and where: an authority, `national`, or None: anywhere."""

    role: Role
    place: str | None
    rules: tuple[str, ...]


def gaps(book: Book, at: datetime) -> tuple[Gap, ...]:
    """Return every gap, for each authority that has a procedure or is named in the directory.

    Of a role whose organisation only a record or a report names, all that can be said is that it is reached somewhere.
    """
    lacking: dict[tuple[str, str], list[str]] = {}
    for procedure in book.procedures:
        for rule in procedure.rules:
            for tell in (*rule.tell, *rule.ask) if rule.duty is not Duty.NEVER else ():
                for place in _lacking(tell, procedure, book, at):
                    rules = lacking.setdefault((tell.role.value, place or ""), [])
                    if rule.id not in rules:
                        rules.append(rule.id)
    return tuple(Gap(Role(role), place or None, tuple(rules)) for (role, place), rules in sorted(lacking.items()))


def authorities_of(book: Book) -> tuple[GssCode, ...]:
    """Return the authorities that have a procedure or are named in the directory, sorted."""
    named = {key.partition("@")[2] for key in book.directory.entries}
    return tuple(sorted(book.authorities_with_procedure | {one for one in named if _is_authority(one, book)}))


def _is_authority(place: str, book: Book) -> bool:
    return is_gss_code(place) and book.geography.what_is_wrong_with(place) is None


def _lacking(tell: Tell, procedure: Procedure, book: Book, at: datetime) -> Iterator[str | None]:
    for recipient in _recipients(tell, procedure, book):
        if not book.directory.ways(recipient, at):
            yield recipient.authority or recipient.organisation or NATIONAL
    if tell.at in _NAMED_LATER and not _reached(tell.role, book):
        yield None


def _recipients(tell: Tell, procedure: Procedure, book: Book) -> Iterator[Recipient]:
    own = (procedure.authority,) if procedure.authority else authorities_of(book)
    if tell.at == "national":
        yield Recipient(role=tell.role)
    elif tell.at == "seat":
        yield from (Recipient(role=tell.role, authority=one) for one in own)
    elif tell.at in _AT_ANY:
        yield from (Recipient(role=tell.role, authority=one) for one in authorities_of(book))
    elif tell.at == "responsible_force":
        forces = dict.fromkeys(book.geography.police_force_of(one) for one in own)
        yield from (Recipient(role=tell.role, organisation=force[0]) for force in forces if force)


def _reached(role: Role, book: Book) -> bool:
    return any(key.partition("@")[0] == role.value for key in book.directory.entries)
