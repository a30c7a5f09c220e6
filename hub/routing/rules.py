"""What a written procedure's rule looks like as data, and how a procedure file is read. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from contracts.codes import Duty, GssCode, Role, Seat
from contracts.dispatch import Kind
from hub.episode.transitions import Status
from hub.routing.conditions import Condition, parse_condition

Place = Literal[
    "seat",
    "national",
    "record",
    "known_agencies",
    "decided_areas",
    "found_authority",
    "reporting_force",
    "found_force",
    "responsible_force",
    "responsible_authority",
]
Moment = Literal["trigger", "missing_since", "report_completed", "found", "end_told"]
# Who holds the record, and the field of the care context that names it: only these can be told `at: record`.
RECORD_FIELDS = {
    Role.GP_PRACTICE: "gp_practice",
    Role.SERVICE_0_19: "service_0_19",
    Role.MIDWIFERY: "midwifery",
    Role.SCHOOL: "school_urn",
}


LineOf = Callable[[Sequence[str | int]], int | None]
"""From the path of a value in a data file to its line there, counted from 1."""


class BookError(Exception):
    """A procedure, the disclosure table or the directory is wrong; the text says where and what to write instead."""


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]


def _word_of(codes: type[StrEnum], name: str) -> Callable[[Any], Any]:
    """Return a check that a word is in a closed list; without it an unknown one would be read as `unknown`."""

    def checked(raw: Any) -> Any:
        words = [code.value for code in codes if code.value != "unknown"]
        if not isinstance(raw, codes) and raw not in words:
            near = get_close_matches(str(raw), words, n=1)
            remedy = f"is {near[0]} meant?" if near else f"these are: {', '.join(words)}"
            raise ValueError(f"`{raw}` is no {name}; {remedy}")
        return raw

    return checked


KnownRole = Annotated[Role, BeforeValidator(_word_of(Role, "role"))]
KnownKind = Annotated[Kind, BeforeValidator(_word_of(Kind, "kind"))]


class Tell(_Strict):
    """Whom to tell, where that recipient sits, and with what kind of dispatch."""

    role: KnownRole
    at: Place = "seat"
    kind: KnownKind = Kind.NOTICE

    @model_validator(mode="after")
    def _holds_the_record(self) -> Self:
        if self.at == "record" and self.role not in RECORD_FIELDS:
            names = ", ".join(role.value for role in RECORD_FIELDS)
            raise ValueError(f"`at: record` is for {names}; use `at: seat` or another place for {self.role.value}")
        return self


class Deadline(_Strict):
    """By when: `hours`, civil `days` or `working_days` after a moment; none of them means immediately."""

    # No clause asks for anything as late as ten years; more would be a slip, or no date at all.
    hours: int | None = Field(default=None, ge=0, le=24 * 3660, strict=True)
    days: int | None = Field(default=None, ge=0, le=3660, strict=True)
    working_days: int | None = Field(default=None, ge=1, le=2500, strict=True)
    start: Moment = Field(default="trigger", alias="from")

    @property
    def counted(self) -> bool:
        """Say whether any time is given at all."""
        return (self.hours, self.days, self.working_days) != (None, None, None)

    @property
    def text_of_time(self) -> str:
        """The deadline in words."""
        for unit in ("hours", "days", "working_days"):
            count = getattr(self, unit)
            if count is not None:
                return f"within {count} {unit.replace('_', ' ')} of {self.start.replace('_', ' ')}"
        return "at once"

    @model_validator(mode="after")
    def _one_unit(self) -> Self:
        if [self.hours, self.days, self.working_days].count(None) < 2:
            raise ValueError("`hours`, `days` and `working_days` exclude each other; keep one")
        return self


class Every(_Strict):
    """A clock that runs from a moment for as long as the rule stands.

    It falls every n civil `days`, or at each `end_of_working_day`; `after` lets the first tick wait. With `after` alone
    it falls once.
    """

    days: int | None = Field(default=None, gt=0, le=3660, strict=True)
    end_of_working_day: Literal[True] | None = None
    after: Deadline | None = None
    start: Moment = Field(default="missing_since", alias="from")
    text: Words

    @property
    def once(self) -> bool:
        """Say whether the clock falls a single time."""
        return self.days is None and self.end_of_working_day is None

    @property
    def text_of_time(self) -> str:
        """The clock in words."""
        start = self.start.replace("_", " ")
        again = "at the end of each working day" if self.end_of_working_day else f"every {self.days} days"
        first = self.after.text_of_time.replace("within", "after").rpartition(" of ")[0] if self.after else ""
        return f"{', '.join(one for one in (first, '' if self.once else again) if one)} from {start}"

    @model_validator(mode="after")
    def _has_a_time(self) -> Self:
        if self.days is not None and self.end_of_working_day is not None:
            raise ValueError("`days` and `end_of_working_day` exclude each other; keep one")
        if self.once and not (self.after and self.after.counted):
            raise ValueError("a clock needs `days`, `end_of_working_day` or `after` with a time")
        return self


def _condition(raw: Any) -> Condition:
    return raw if isinstance(raw, Condition) else parse_condition(raw)


When = Annotated[Condition, BeforeValidator(_condition)]


class Rule(_Strict):
    """One rule. `clause` cites document and section; `seat` is the authority that it binds.

    `must` tells at once. `consider` asks the roles of `ask` the `question` first and tells when one of them says yes.
    `never` blocks the roles of `tell`. `per_event` rules fire once for each event, the others once for each time that
    their condition becomes true. What a rule asks for ends with the subject's going missing (or its end), or
    earlier when `until` comes true: then its clock stops as well. An authority's own rule may stand in the place of the
    rule of the baseline that it `replaces`.
    """

    id: Words
    clause: Words
    seat: Seat = Seat.RESPONSIBLE
    when: When
    until: When | None = None
    duty: Duty = Duty.MUST
    tell: tuple[Tell, ...] = ()
    ask: tuple[Tell, ...] = ()
    question: Words | None = None
    by: Deadline = Deadline()
    every: Every | None = None
    per_event: bool = False
    action: Words | None = None
    replaces: Words | None = None

    @property
    def when_due(self) -> str:
        """By when, in words."""
        return self.every.text_of_time if self.every else self.by.text_of_time

    @model_validator(mode="after")
    def _makes_sense(self) -> Self:
        if self.duty is Duty.CONSIDER and not (self.ask and self.question):
            raise ValueError("a `consider` rule needs `ask` and `question`")
        if self.duty is Duty.CONSIDER and not self.by.counted:
            raise ValueError("a `consider` rule needs a clock of its own; give `by` with hours or days")
        if self.duty is not Duty.CONSIDER and (self.ask or self.question):
            raise ValueError("`ask` and `question` belong to a `consider` rule")
        late = {"found", "end_told"} & {self.by.start, *((self.every.start,) if self.every else ())}
        if late and ("status", frozenset({Status.FOUND})) not in [(name, word) for name, _, word in self.when.tests]:
            raise ValueError(f"`from: {min(late)}` belongs to a rule with `status: [found]`; nobody is found before")
        if self.per_event and self.until is not None:
            raise ValueError("`until` belongs to a rule about a state; take it or `per_event` away")
        if self.until is not None and set(self.until.parts) <= set(self.when.parts):
            raise ValueError("`until` holds whenever `when` does, so the rule never stands; change one of the two")
        if not self.tell and not self.ask:
            raise ValueError("`tell` names nobody; add a role")
        if self.every is not None and (self.duty is not Duty.MUST or self.per_event):
            raise ValueError("`every` belongs to a `must` rule about a state; take away `per_event` or the other duty")
        return self


class Procedure(_Strict):
    """One written procedure. Without `authority` it is the baseline that applies everywhere."""

    procedure: Words
    title: Words
    version: Words
    authority: GssCode | None = None
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.rules:
            raise ValueError("`rules` is empty; write one, or take the file away")
        return self


@dataclass(frozen=True)
class Mistake:
    """What is wrong with a rule although it reads well by itself; `field` is where to mend it."""

    rule: Rule
    text: str
    field: str | None = None

    def __str__(self) -> str:
        """Name the rule, the field and the remedy in one line."""
        return f"rule {self.rule.id}{f' > {self.field}' if self.field else ''}: {self.text}"


def read_procedure(name: str, raw: Any, line_of: LineOf | None = None) -> Procedure:
    """Read one procedure from its parsed YAML. Raises BookError naming the line, the rule, the field and the remedy."""
    try:
        procedure = Procedure.model_validate(raw)
    except ValidationError as error:
        raise BookError(explain_error(name, raw, error, line_of)) from error
    twice = _doubled(name, procedure, line_of)
    if twice:
        raise BookError("\n".join(twice))
    return procedure


def _doubled(name: str, procedure: Procedure, line_of: LineOf | None) -> list[str]:
    ids = [rule.id for rule in procedure.rules]
    return [
        f"{name}: {place_of(line_of, ('rules', number, 'id'))}rule {id}: this id stands already further up; rename one"
        for number, id in enumerate(ids)
        if id in ids[:number]
    ]


def place_of(line_of: LineOf | None, path: Sequence[str | int]) -> str:
    """Say on which line of its file a value stands, as the beginning of a sentence; nothing when nobody knows."""
    line = line_of(path) if line_of else None
    return f"line {line}: " if line else ""


def explain_error(name: str, raw: Any, error: ValidationError, line_of: LineOf | None = None) -> str:
    """Say in plain lines what is wrong in a data file; `line_of` adds where."""
    lines = []
    for item in error.errors(include_url=False, include_input=False):
        path = [str(part) for part in item["loc"]]
        if len(path) > 1 and path[0] == "rules" and isinstance(raw, Mapping):
            rule = raw["rules"][int(path[1])]
            path[0:2] = [f"rule {rule.get('id', path[1]) if isinstance(rule, Mapping) else path[1]}"]
        where = place_of(line_of, item["loc"])
        lines.append(f"{name}: {where}{' > '.join(path) or 'file'}: {explain_item(item)}")
    return "\n".join(lines)


def explain_item(item: Mapping[str, Any]) -> str:
    """Say what is wrong with one field of a data file and what to do about it, from pydantic's own words."""
    if item["type"] == "extra_forbidden":
        return f"`{item['loc'][-1]}` is not a field here; mend its spelling or take it out"
    if item["type"] == "missing":
        return f"`{item['loc'][-1]}` is needed here; add it"
    if item["type"] in ("string_too_short", "too_short"):
        return f"`{item['loc'][-1]}` is empty; write it"
    if item["type"] == "string_type":
        return f"`{item['loc'][-1]}` is to be text; put it into quotes"
    return str(item["msg"]).removeprefix("Value error, ")
