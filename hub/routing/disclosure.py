"""The closed table of who may see which field, for which purpose and on which lawful basis. Pure (promise G5)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from contracts.codes import Role
from contracts.dispatch import Content, Guidance, Kind
from contracts.person import Facts, KnownLink
from hub.episode.episode import Episode, Subject
from hub.routing.rules import BookError, KnownKind, KnownRole, LineOf, Words, explain_error, explain_item, place_of

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
_GUIDANCE = "guidance"
_NOT_LISTED = "not in the disclosure table for this role"
_SENSITIVE = "the record is marked sensitive"
_PATHS = {group: tuple((name, f"{group}.{name}") for name in model.model_fields) for group, model in GROUPS.items()}
_NOTHING = Content()
_EMPTY: Mapping[str, Facts] = {group: model() for group, model in GROUPS.items()}


def _only_fields(names: Iterable[str], where: str = "") -> None:
    wrong = sorted(set(names) - FIELDS)
    if wrong:
        raise ValueError(f"{where}`{wrong[0]}` is neither a field nor a set; write group.field")


class Row(BaseModel):
    """One row: a role, what is sent to it, why, on which basis, and the fields that it may see."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    role: KnownRole
    kinds: tuple[KnownKind, ...] = Field(min_length=1)
    purpose: Words
    lawful_basis: Words
    fields: frozenset[str]

    @field_validator("fields")
    @classmethod
    def _known(cls, fields: frozenset[str]) -> frozenset[str]:
        _only_fields(fields)
        return fields


class _Table(BaseModel):
    """The file as a whole; its rows are read once the sets are known."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sets: Mapping[str, tuple[str, ...]]
    rows: tuple[Mapping[str, Any], ...]

    @field_validator("sets")
    @classmethod
    def _known(cls, sets: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        for name, fields in sets.items():
            _only_fields(fields, f"set `{name}`: ")
        return sets


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


def read_disclosure(name: str, raw: Any, line_of: LineOf | None = None) -> Disclosure:
    """Read the table from its parsed YAML; `sets` name lists of fields. Raises BookError naming line, row, remedy."""
    try:
        table = _Table.model_validate(raw)
    except ValidationError as error:
        raise BookError(explain_error(name, raw, error, line_of)) from error
    wrong: list[str] = []
    rows: list[Row] = []
    for number, entry in enumerate(table.rows):
        try:
            rows.append(_row(entry, table.sets))
        except ValidationError as error:
            for item in error.errors(include_url=False, include_input=False):
                place = place_of(line_of, ("rows", number, *item["loc"]))
                path = "".join(f"{part}: " for part in item["loc"] if isinstance(part, str))
                wrong.append(f"{name}: {place}row {entry.get('role')}: {path}{explain_item(item)}")
    pairs = [(row.role, kind) for row in rows for kind in row.kinds]
    twice = sorted({f"{role.value}/{kind.value}" for role, kind in pairs if pairs.count((role, kind)) > 1})
    if twice:
        wrong.append(f"{name}: stand twice: {', '.join(twice)}; keep one row for a role and kind")
    if wrong:
        raise BookError("\n".join(wrong))
    return Disclosure(tuple(rows))


def _row(entry: Mapping[str, Any], sets: Mapping[str, Sequence[str]]) -> Row:
    words = entry.get("fields")
    if not isinstance(words, Sequence) or isinstance(words, str):
        return Row.model_validate(entry)
    return Row.model_validate({**entry, "fields": [name for word in words for name in sets.get(str(word), [word])]})


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
    parts: dict[tuple[str, tuple[str, ...]], Facts] = field(default_factory=dict)
    """Parts of groups that were cut out already: rows that let the same fields through share them."""


@dataclass(frozen=True)
class _Cut:
    """Which of a group's filled fields a row lets through, and by reason those that it does not."""

    kept: tuple[str, ...]
    withheld: tuple[tuple[str, tuple[str, ...]], ...]


def known(content: Content) -> Known:
    """Return which fields of a content are filled."""
    filled = {group: _filled(group, getattr(content, group)) for group in GROUPS}
    return Known(content, {group: paths for group, paths in filled.items() if paths})


def guided(one: Known, guidance: Guidance) -> Known:
    """Return the same with other guidance."""
    paths = {**one.paths, _GUIDANCE: _filled(_GUIDANCE, guidance)}
    return Known(one.content.model_copy(update={_GUIDANCE: guidance}), paths, one.parts)


def project(full: Known, row: Row, *, sensitive: bool) -> Projection:
    """Return the part of the content that a row lets through; of a sensitive record no address leaves."""
    groups: dict[str, Facts] = {}
    shown: list[str] = []
    withheld: dict[str, tuple[str, ...]] = {}
    for group, paths in full.paths.items():
        cut = _cut(row.fields, paths, sensitive)
        for reason, left_out in cut.withheld:
            withheld[reason] = withheld.get(reason, ()) + left_out
        if cut.kept:
            shown += cut.kept
            groups[group] = _part(full, group, cut.kept)
    if sensitive and _AREAS in shown:
        groups["whereabouts"] = _without_postcodes(groups["whereabouts"])
    # Every part was validated when it came in: leaving some of its fields out needs no second look.
    return Projection(_NOTHING.model_copy(update=groups), tuple(shown), withheld)


def _filled(group: str, facts: Facts) -> tuple[str, ...]:
    values = vars(facts)
    return tuple(path for name, path in _PATHS[group] if values[name] is not None and values[name] != ())


@lru_cache(maxsize=10_000)
def _cut(fields: frozenset[str], paths: tuple[str, ...], sensitive: bool) -> _Cut:
    allowed = tuple(path for path in paths if path in fields)
    kept = tuple(path for path in allowed if path not in _ADDRESSES) if sensitive else allowed
    left_out = (
        (_NOT_LISTED, tuple(path for path in paths if path not in fields)),
        (_SENSITIVE, tuple(path for path in allowed if path not in kept)),
    )
    return _Cut(kept, tuple((reason, some) for reason, some in left_out if some))


def _part(full: Known, group: str, kept: tuple[str, ...]) -> Facts:
    facts: Facts = getattr(full.content, group)
    if len(kept) == len(full.paths[group]):
        return facts
    part = full.parts.get((group, kept))
    if part is None:
        values = vars(facts)
        part = _EMPTY[group].model_copy(update={name: values[name] for name, path in _PATHS[group] if path in kept})
        # Guidance alone differs from rule to rule.
        if group != _GUIDANCE:
            full.parts[group, kept] = part
    return part


def _without_postcodes(whereabouts: Facts) -> Facts:
    areas: Sequence[KnownLink] = vars(whereabouts)["areas"]
    bare = tuple(area.model_copy(update={"seen_postcode": None}) for area in areas)
    return whereabouts.model_copy(update={"areas": bare})
