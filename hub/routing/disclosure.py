"""The closed table of who may see which field, for which purpose and on which lawful basis. Pure (promise G5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.codes import Role
from contracts.dispatch import Content, Kind
from contracts.person import Facts, KnownLink
from hub.episode.episode import Episode, Subject
from hub.routing.rules import BookError, explain_item

GROUPS: dict[str, type[Facts]] = {
    name: field.annotation
    for name, field in Content.model_fields.items()
    if isinstance(field.annotation, type) and issubclass(field.annotation, Facts)
}
FIELDS = frozenset(f"{group}.{field}" for group, model in GROUPS.items() for field in model.model_fields)
_ADDRESSES = frozenset(
    name for name in FIELDS if name.startswith("residence.") or name.endswith((".postcode", ".place"))
) | {"missing.missing_from", "relations.likely_places"}
_AREAS = "whereabouts.areas"


class Row(BaseModel):
    """One row: a role, what is sent to it, why, on which basis, and the fields that it may see."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: Role
    kinds: tuple[Kind, ...]
    purpose: str
    lawful_basis: str
    fields: frozenset[str]


@dataclass(frozen=True)
class Projection:
    """What one recipient gets, and the names of the fields that are known but withheld from it, with the reason."""

    content: Content
    fields: tuple[str, ...]
    withheld: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Disclosure:
    """The whole table."""

    rows: tuple[Row, ...]

    @cached_property
    def _index(self) -> dict[tuple[Role, Kind], Row]:
        return {(row.role, kind): row for row in self.rows for kind in row.kinds}

    def row(self, role: Role, kind: Kind) -> Row | None:
        """Return the row for a role and kind; None means that nothing may be sent."""
        return self._index.get((role, kind))


def read_disclosure(name: str, raw: Any) -> Disclosure:
    """Read the table from its parsed YAML; `sets` name lists of fields. Raises BookError naming row and remedy."""
    try:
        sets: Mapping[str, Sequence[str]] = raw["sets"]
        rows = tuple(_row(name, entry, sets) for entry in raw["rows"])
    except (KeyError, TypeError, AttributeError) as error:
        raise BookError(f"{name}: `sets` and `rows` are needed ({error})") from error
    pairs = [(row.role, kind) for row in rows for kind in row.kinds]
    twice = sorted({f"{role.value}/{kind.value}" for role, kind in pairs if pairs.count((role, kind)) > 1})
    if twice:
        raise BookError(f"{name}: stand twice: {', '.join(twice)}; keep one row for a role and kind")
    return Disclosure(rows)


def _row(name: str, entry: Mapping[str, Any], sets: Mapping[str, Sequence[str]]) -> Row:
    fields: set[str] = set()
    for word in entry.get("fields", ()):
        listed = sets.get(word, [word])
        fields.update(listed)
    wrong = sorted(fields - FIELDS)
    if wrong:
        raise BookError(
            f"{name}: row {entry.get('role')}: `{wrong[0]}` is neither a field nor a set; write group.field"
        )
    try:
        row = Row.model_validate({**entry, "fields": frozenset(fields)})
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        raise BookError(
            f"{name}: row {entry.get('role')}: {'.'.join(map(str, first['loc']))}: {explain_item(first)}"
        ) from error
    if row.role is Role.UNKNOWN or Kind.UNKNOWN in row.kinds:
        raise BookError(f"{name}: row {entry.get('role')}: a role or kind is not in the closed list")
    return row


def everything(episode: Episode, subject: Subject) -> Content:
    """Return all that the hub knows and could ever disclose about one subject."""
    facts = subject.facts
    return Content(
        person=facts.person,
        description=facts.description,
        identifiers=facts.identifiers,
        residence=facts.residence,
        care=facts.care,
        health=facts.health,
        unborn=facts.unborn or Content().unborn,
        immigration=facts.immigration,
        relations=facts.relations,
        contact=facts.contact,
        missing=episode.missing,
        last_seen=episode.last_seen,
        risk=subject.risk,
        police=episode.police,
        whereabouts=subject.whereabouts,
        found=subject.found,
    )


def project(full: Content, row: Row, *, sensitive: bool) -> Projection:
    """Return the part of the content that a row lets through; of a sensitive record no address leaves."""
    groups: dict[str, Any] = {}
    shown: list[str] = []
    withheld: list[tuple[str, str]] = []
    for group, model in GROUPS.items():
        known = getattr(full, group)
        kept: dict[str, Any] = {}
        for field in _known_fields(known):
            path = f"{group}.{field}"
            if path not in row.fields:
                withheld.append((path, "not in the disclosure table for this role"))
            elif sensitive and path in _ADDRESSES:
                withheld.append((path, "the record is marked sensitive"))
            else:
                value = getattr(known, field)
                kept[field] = _without_postcodes(value) if sensitive and path == _AREAS else value
                shown.append(path)
        groups[group] = model(**kept)
    return Projection(Content(**groups), tuple(shown), tuple(withheld))


def _without_postcodes(areas: Sequence[KnownLink]) -> tuple[KnownLink, ...]:
    return tuple(area.model_copy(update={"seen_postcode": None}) for area in areas)


def _known_fields(group: Facts) -> list[str]:
    return [name for name in type(group).model_fields if getattr(group, name) not in (None, ())]
