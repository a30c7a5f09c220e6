"""The closed list of operators that rules are made of. Pure.

A condition is a mapping of operators that must all hold; `any`, `all` and `not` combine conditions.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from contracts.codes import FinderKind, LegalStatus, RiskFlag, RiskLevel, SafeToTell, SubjectKind, is_gss_code
from contracts.envelope import Event
from contracts.events import EventType
from hub.episode.episode import Episode, Subject
from hub.episode.fold import HEARD, SILENT
from hub.episode.transitions import Status
from hub.routing.calendar import LONDON
from hub.routing.repeats import Times, went_missing


class ConditionError(ValueError):
    """A condition uses an operator or a word that is not in the closed list."""


@dataclass(frozen=True)
class Facts:
    """What an operator may look at: the episode, the subject, and the event that was just added."""

    episode: Episode
    subject: Subject
    event: Event


Test = Callable[[Facts, Any], bool]


@dataclass(frozen=True)
class Condition:
    """A parsed condition."""

    tests: tuple[tuple[str, Test, Any], ...]

    @property
    def parts(self) -> tuple[str, ...]:
        """Each operator with its argument in words, such as `status missing`; all of them must hold."""
        return tuple(_in_words(name, argument) for name, _, argument in self.tests)

    @property
    def text(self) -> str:
        """The whole condition in words."""
        return ", ".join(self.parts)

    def arguments(self, operator: str) -> Iterator[Any]:
        """Yield what is given to an operator, wherever in the condition it stands."""
        for name, _, argument in self.tests:
            if name == operator:
                yield argument
            for part in argument if isinstance(argument, tuple) else (argument,):
                if isinstance(part, Condition):
                    yield from part.arguments(operator)

    def holds(self, facts: Facts) -> bool:
        """Say whether every operator holds."""
        for _, test, argument in self.tests:  # noqa: SIM110 - asked of every rule at every event: no generator
            if not test(facts, argument):
                return False
        return True


def _in_words(name: str, argument: Any) -> str:
    if name in ("any", "all"):
        word = " or " if name == "any" else " and "
        return f"({word.join(f'({one.text})' for one in argument)})"
    plain = name.replace("_", " ")
    if isinstance(argument, Condition):
        return f"{plain} ({argument.text})"
    if isinstance(argument, bool):
        return plain if argument else f"not {plain}"
    if isinstance(argument, frozenset):
        return f"{plain} {' or '.join(sorted(str(getattr(one, 'value', one)) for one in argument))}"
    return f"{plain} {argument}"


def _looked_after(facts: Facts, wanted: bool) -> bool:
    care = facts.subject.facts.care
    status = care.legal_status
    by_status = status not in (None, LegalStatus.NOT_LOOKED_AFTER, LegalStatus.LEAVING_CARE, LegalStatus.UNKNOWN)
    return (care.looked_after if care.looked_after is not None else by_status) is wanted


def _at_risk(facts: Facts, wanted: bool) -> bool:
    care, unborn = facts.subject.facts.care, facts.subject.facts.unborn
    plans = (care.child_protection_plan, care.child_protection_enquiry, unborn and unborn.child_protection_plan)
    risky = facts.subject.risk.level in (RiskLevel.MEDIUM, RiskLevel.HIGH) or bool(facts.subject.risk.flags)
    return (any(plans) or risky or bool(unborn and unborn.concerns)) is wanted


def _placed_elsewhere(facts: Facts, wanted: bool) -> bool:
    care = facts.subject.facts.care
    return (care.host_authority is not None and care.host_authority != care.responsible_authority) is wanted


def _found_elsewhere(facts: Facts, wanted: bool) -> bool:
    care, place = facts.subject.facts.care, facts.subject.found.authority
    own = (care.responsible_authority, care.home_authority)
    return (place is not None and any(own) and place not in own) is wanted


def _parents(facts: Facts, wanted: frozenset[SafeToTell]) -> bool:
    """Say whether anybody with parental responsibility is so; when nobody is known, that is `unknown`."""
    people = [one for one in facts.subject.facts.relations.parents if one.parental_responsibility is not False]
    return not wanted.isdisjoint(one.safe_to_tell for one in people) if people else SafeToTell.UNKNOWN in wanted


def _decided(facts: Facts, rules: frozenset[str]) -> bool:
    """Say whether the latest decision on any of the rules about this subject was a yes."""
    subject = facts.subject
    latest = {
        one.data.decision: one.data.answer
        for one in facts.episode.decisions
        if one.data.decision in rules and one.data.subject_id in (None, subject.id, subject.record_id)
    }
    return any(latest.values())


def _went_missing(facts: Facts, wanted: bool) -> bool:
    """Say whether the subject was ever missing in this episode; the end of an absence or concern is a first spell."""
    subject = facts.subject
    return (subject.spell > int(subject.status.ended)) is wanted


def _up_to_age(facts: Facts, years: int) -> bool:
    """Say whether the subject is no older, by its date of birth at the event, else by the age that it appears to be."""
    person = facts.subject.facts.person
    if person.date_of_birth is None:
        return person.age_apparent is not None and person.age_apparent <= years
    born, day = person.date_of_birth, facts.event.occurred_at.astimezone(LONDON).date()
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day)) <= years


def _child(facts: Facts, wanted: bool) -> bool:
    """Say whether the subject is a child: also a care leaver or an expectant mother who is known to be under 18."""
    kind = facts.subject.kind
    young = kind in (SubjectKind.CARE_LEAVER, SubjectKind.PREGNANT_WOMAN) and _up_to_age(facts, 17)
    return (kind is SubjectKind.CHILD or young) is wanted


def _clock_fell(facts: Facts, rules: frozenset[str]) -> bool:
    """Say whether a clock of any of the rules has fallen for this subject since it is in its present status.

    What fell in an earlier going missing of the same episode says nothing about this one.
    """
    subject = facts.subject
    fallen = [one for one in facts.episode.ticks if one.data.rule in rules and one.data.subject_id == subject.id]
    return any(subject.status_since is None or one.at >= subject.status_since for one in fallen)


def _words(argument: Any, codes: Any) -> frozenset[Any]:
    words = [argument] if isinstance(argument, str) else argument
    if not isinstance(words, Sequence) or not words:
        raise ConditionError(f"a word or a list of words is needed, not `{argument}`")
    wrong = [word for word in words if not isinstance(word, str) or word not in codes._value2member_map_]
    if wrong:
        allowed = ", ".join(sorted(str(code.value) for code in codes))
        raise ConditionError(f"`{wrong[0]}` is not in the closed list: {allowed}")
    return frozenset(codes(word) for word in words)


def _triggers(argument: Any) -> frozenset[Any]:
    """Return event types that a rule may wait for: a silent one is never put to the rules."""
    types = _words(argument, EventType)
    silent = sorted(types & SILENT)
    if silent:
        raise ConditionError(f"`{silent[0].value}` triggers no rule: it says what became of the hub's own messages")
    return types


def _done(argument: Any) -> frozenset[Any]:
    types = _words(argument, EventType)
    wrong = sorted(types - HEARD)
    if wrong:
        raise ConditionError(f"`{wrong[0].value}` is nothing that is waited for: {', '.join(sorted(HEARD))}")
    return types


def _rule_ids(argument: Any) -> frozenset[str]:
    ids = [argument] if isinstance(argument, str) else argument
    if not isinstance(ids, Sequence) or not ids or not all(isinstance(one, str) for one in ids):
        raise ConditionError(f"the id of a rule or a list of ids is needed, not `{argument}`")
    return frozenset(ids)


def _years(argument: Any) -> int:
    if not isinstance(argument, int) or isinstance(argument, bool) or argument < 0:
        raise ConditionError(f"a whole number of years is needed, not `{argument}`")
    return argument


def _places(argument: Any) -> frozenset[str]:
    codes = [argument] if isinstance(argument, str) else argument
    if not isinstance(codes, Sequence) or not codes or not all(isinstance(o, str) and is_gss_code(o) for o in codes):
        raise ConditionError(f"the GSS code of an authority or a list of codes is needed, not `{argument}`")
    return frozenset(codes)


def _times(argument: Any) -> Times:
    given = dict(argument) if isinstance(argument, Mapping) else {}
    times, days = given.pop("times", None), given.pop("days", None)
    if given or type(times) is not int or type(days) is not int or times < 2 or not 1 <= days <= _MOST_DAYS:
        raise ConditionError(
            f"`times` (from 2) and `days` (from 1 to {_MOST_DAYS}) are needed, such as {{times: 3, days: 42}}"
        )
    return Times(times, days)


def _flag(argument: Any) -> bool:
    if not isinstance(argument, bool):
        raise ConditionError("true or false is needed")
    return argument


_MOST_DAYS = 3660
_OPERATORS: dict[str, tuple[Test, Callable[[Any], Any]]] = {
    "status": (lambda f, a: f.subject.status in a, lambda a: _words(a, Status)),
    "subject": (lambda f, a: f.subject.kind in a, lambda a: _words(a, SubjectKind)),
    "event": (lambda f, a: f.event.type in a, _triggers),
    "risk_level": (lambda f, a: f.subject.risk.level in a, lambda a: _words(a, RiskLevel)),
    "flag": (lambda f, a: any(flag in a for flag in f.subject.risk.flags), lambda a: _words(a, RiskFlag)),
    "found_by": (lambda f, a: f.subject.found.by in a, lambda a: _words(a, FinderKind)),
    "looked_after": (_looked_after, _flag),
    "at_risk": (_at_risk, _flag),
    "placed_elsewhere": (_placed_elsewhere, _flag),
    "child_protection_plan": (
        lambda f, a: bool(f.subject.facts.care.child_protection_plan) is a,
        _flag,
    ),
    "believed_left_area": (lambda f, a: bool(f.subject.whereabouts.believed_left_area) is a, _flag),
    "known_areas": (lambda f, a: bool(f.subject.whereabouts.areas) is a, _flag),
    "subject_to_restriction": (
        lambda f, a: bool(f.subject.facts.immigration.subject_to_restriction) is a,
        _flag,
    ),
    "believed_left_uk": (lambda f, a: bool(f.subject.whereabouts.believed_left_uk) is a, _flag),
    "found_elsewhere": (_found_elsewhere, _flag),
    "parents": (_parents, lambda a: _words(a, SafeToTell)),
    "school_known": (lambda f, a: bool(f.subject.facts.care.school_urn) is a, _flag),
    "agencies_known": (lambda f, a: bool(f.subject.facts.care.known_agencies) is a, _flag),
    "case_open": (lambda f, a: bool(f.subject.facts.care.case_open) is a, _flag),
    "heard": (lambda f, a: not a.isdisjoint(f.subject.heard), _done),
    "decided": (_decided, _rule_ids),
    "sought_at_dwp": (lambda f, a: ("dwp_by_police" in f.episode.contacts) is a, _flag),
    "context_known": (lambda f, a: bool(f.subject.context_from) is a, _flag),
    "missing_times": (lambda f, a: went_missing(f.episode, f.subject, a), _times),
    "police_report": (lambda f, a: (f.episode.police.report_reference is not None) is a, _flag),
    "missing_before": (lambda f, a: bool(f.subject.facts.care.previous_episodes) is a, _flag),
    "went_missing": (_went_missing, _flag),
    "child": (_child, _flag),
    "child_protection_enquiry": (lambda f, a: bool(f.subject.facts.care.child_protection_enquiry) is a, _flag),
    "clock_fell": (_clock_fell, _rule_ids),
    "family": (lambda f, a: (len(f.episode.subjects) > 1) is a, _flag),
    "found_in": (lambda f, a: f.subject.found.authority in a, _places),
    "up_to_age": (_up_to_age, _years),
}
OPERATORS = frozenset(_OPERATORS)


def parse_condition(raw: Mapping[str, Any]) -> Condition:
    """Parse a condition. Raises ConditionError that names the word and what may stand there."""
    if not isinstance(raw, Mapping) or not raw:
        raise ConditionError("operators with their arguments are needed, such as {status: [missing]}")
    return Condition(tuple(_parse(name, argument) for name, argument in raw.items()))


def _parts(name: str, argument: Any) -> tuple[Condition, ...]:
    if not isinstance(argument, Sequence) or isinstance(argument, str) or not argument:
        raise ConditionError(f"`{name}` needs a list of conditions")
    return tuple(parse_condition(part) for part in argument)


def _parse(name: str, argument: Any) -> tuple[str, Test, Any]:
    if name in ("any", "all"):
        parts = _parts(name, argument)
        combine = any if name == "any" else all
        return name, lambda facts, several: combine(one.holds(facts) for one in several), parts
    if name == "not":
        return name, lambda facts, one: not one.holds(facts), parse_condition(argument)
    if name not in _OPERATORS:
        raise ConditionError(f"`{name}` is not an operator; these are: any, all, not, {', '.join(sorted(_OPERATORS))}")
    test, convert = _OPERATORS[name]
    return name, test, convert(argument)
