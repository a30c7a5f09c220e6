"""The closed table of who may see which field, for which purpose and on which lawful basis. Pure (promise G5)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from contracts.codes import Role
from contracts.dispatch import Content, Guidance, Kind
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
_NOT_LISTED = "not in the disclosure table for this role"
_SENSITIVE = "the record is marked sensitive"
_PATHS = {group: tuple((name, f"{group}.{name}") for name in model.model_fields) for group, model in GROUPS.items()}
_NOTHING = Content()
_EMPTY: Mapping[str, Facts] = {group: model() for group, model in GROUPS.items()}


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
    """What one recipient gets, and by reason the names of the fields that are known but withheld from it."""

    content: Content
    fields: tuple[str, ...]
    withheld: Mapping[str, tuple[str, ...]]


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


@dataclass(frozen=True)
class Known:
    """A content, and the paths of its filled fields by group: looked up once for all the rows it is projected on."""

    content: Content
    paths: Mapping[str, tuple[str, ...]]


def known(content: Content) -> Known:
    """Return which fields of a content are filled."""
    filled = {group: _filled(group, getattr(content, group)) for group in GROUPS}
    return Known(content, {group: paths for group, paths in filled.items() if paths})


def guided(one: Known, guidance: Guidance) -> Known:
    """Return the same with other guidance."""
    paths = {**one.paths, "guidance": _filled("guidance", guidance)}
    return Known(one.content.model_copy(update={"guidance": guidance}), paths)


def project(full: Known, row: Row, *, sensitive: bool) -> Projection:
    """Return the part of the content that a row lets through; of a sensitive record no address leaves."""
    groups: dict[str, Facts] = {}
    shown: list[str] = []
    withheld: dict[str, list[str]] = {}
    for group, paths in full.paths.items():
        allowed = [path for path in paths if path in row.fields]
        kept = [path for path in allowed if path not in _ADDRESSES] if sensitive else allowed
        if len(kept) < len(paths):
            _note(withheld, _NOT_LISTED, paths, allowed)
            _note(withheld, _SENSITIVE, allowed, kept)
        if kept:
            shown += kept
            groups[group] = _part(getattr(full.content, group), group, kept, paths)
    if sensitive and _AREAS in shown:
        groups["whereabouts"] = _without_postcodes(groups["whereabouts"])
    # Every part was validated when it came in: leaving some of its fields out needs no second look.
    content = _NOTHING.model_copy(update=groups)
    return Projection(content, tuple(shown), {reason: tuple(paths) for reason, paths in withheld.items()})


def _filled(group: str, facts: Facts) -> tuple[str, ...]:
    values = vars(facts)
    return tuple(path for name, path in _PATHS[group] if values[name] is not None and values[name] != ())


def _note(withheld: dict[str, list[str]], reason: str, before: Sequence[str], after: Sequence[str]) -> None:
    if len(after) < len(before):
        withheld.setdefault(reason, []).extend(path for path in before if path not in after)


def _part(facts: Facts, group: str, kept: Sequence[str], paths: Sequence[str]) -> Facts:
    if len(kept) == len(paths):
        return facts
    values, empty = vars(facts), _EMPTY[group]
    return empty.model_copy(update={name: values[name] for name, path in _PATHS[group] if path in kept})


def _without_postcodes(whereabouts: Facts) -> Facts:
    areas: Sequence[KnownLink] = vars(whereabouts)["areas"]
    bare = tuple(area.model_copy(update={"seen_postcode": None}) for area in areas)
    return whereabouts.model_copy(update={"areas": bare})
