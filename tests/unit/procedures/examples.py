"""Examples of a written procedure, and the mutants that they must catch.

An example is a history and everything that one procedure does about it, no more and no less: so each line is also a
counter-example of every rule that is not in it. A line reads `rule recipient kind hours`, the hours from the start of
the story to the deadline; a clock that runs reads `rule clock hours`, a role of which nobody knows who it is
`rule role nobody`.
"""

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from contracts.codes import Seat
from contracts.events import Data, MissingReported
from contracts.person import SubjectFacts
from hub.procedures.loading import HERE, read_yaml
from hub.routing.plan import plan
from hub.routing.rules import BookError, Procedure, read_procedure
from tests.journeys.everywhere import everywhere
from tests.stories.events import CHILD, LAMBETH, NORFOLK, ROTHERHAM, START, at

ESSEX = "E10000012"
PLACES = {ROTHERHAM: "rotherham", LAMBETH: "lambeth", NORFOLK: "norfolk", ESSEX: "essex"}
REPORT: dict[str, Any] = {
    "missing": {
        "missing_since": START - timedelta(hours=20),
        "reported_at": START,
        "report_completed_at": START + timedelta(minutes=15),
    },
    "police": {"force": "E23000024", "report_reference": "NP-1"},
}


@dataclass(frozen=True)
class Example:
    """What was said, hour after hour, and all that the procedure then wants, after so many hours of waiting."""

    said: tuple[tuple[float, Data], ...]
    lines: frozenset[str]
    hours: float = 24 * 2


def example(*said: Data | tuple[float, Data], lines: Iterable[str] = (), hours: float = 24 * 2) -> Example:
    """Return an example; what has no hour of its own was said in the hour of its number, from 0."""
    timed = tuple(one if isinstance(one, tuple) else (hour, one) for hour, one in enumerate(said))
    return Example(timed, frozenset(lines), hours)


def lines(*blocks: str) -> frozenset[str]:
    """Return the lines of blocks of text."""
    return frozenset(line.strip() for block in blocks for line in block.splitlines() if line.strip())


def report(said: type[Any] = MissingReported, more: Mapping[str, Any] | None = None, **subject: Any) -> Any:
    """Return a report, or what else `said` is, of one person: `subject` are groups of facts, `more` of the case."""
    facts = SubjectFacts.model_validate({"subject_id": CHILD, **subject})
    return said.model_validate({"subjects": [facts], **REPORT, **(more or {})})


def raw_procedure(name: str) -> dict[str, Any]:
    """Return a procedure's file as data."""
    raw: dict[str, Any] = read_yaml(HERE / f"{name.replace('-', '_')}.yaml")
    return raw


def outcome(procedure: Procedure, one: Example) -> frozenset[str]:
    """Return the lines that a procedure alone leads to."""
    book = replace(everywhere(), procedures=(procedure,))
    events = [at(hours, data, name=str(hours)) for hours, data in one.said]
    found = plan(events, [], book, START + timedelta(hours=one.hours))
    told = {
        f"{_short(ground.rule)} {_who(dispatch.recipient.key)} {dispatch.kind.value} {_hours(ground.due_at)}"
        for dispatch in found.dispatches
        for ground in dispatch.grounds
    }
    clocks = {f"{_short(clock.rule)} clock {_hours(clock.due_at)}" for clock in found.clocks}
    nobody = {
        f"{_short(lack.firing.rule.id)} {lack.role.value} nobody"
        for lack in found.assessment.unnamed
        if not found.episode.status.ended
    }
    return frozenset(told | clocks | nobody)


def _short(rule: str) -> str:
    return rule.partition(".")[2]


def _who(key: str) -> str:
    role, _, place = key.partition("@")
    return f"{role}@{PLACES.get(place, place)}"


def _hours(moment: Any) -> str:
    return f"{(moment - START) / timedelta(hours=1):g}"


def mutants(raw: dict[str, Any]) -> Iterator[tuple[str, Procedure]]:
    """Yield every procedure that differs from `raw` in one condition, seat, recipient, duty or deadline of one rule."""
    for number, rule in enumerate(raw["rules"]):
        for name, changed in _changed(rule):
            mutant = copy.deepcopy(raw)
            mutant["rules"][number] = changed
            try:
                yield f"{rule['id']}: {name}", read_procedure("mutant", mutant)
            except BookError:
                continue  # the author's check already refuses it


def _changed(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, when in _conditions(rule["when"]):
        yield f"when {name}", {**rule, "when": when}
    if "until" in rule:
        yield "no until", {key: value for key, value in rule.items() if key != "until"}
        for name, until in _conditions(rule["until"]):
            yield f"until {name}", {**rule, "until": until}
    for seat in Seat:
        if seat.value != rule.get("seat", "responsible"):
            yield f"seat {seat.value}", {**rule, "seat": seat.value}
    yield from _recipients(rule)
    yield from _duties(rule)
    yield from _deadlines(rule)


def _conditions(when: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, argument in when.items():
        rest = {key: value for key, value in when.items() if key != name}
        if rest:
            yield f"without {name}", rest
        if isinstance(argument, bool):
            yield f"{name} flipped", {**when, name: not argument}
        elif name == "missing_times":
            for key in argument:
                yield f"{name} one of {key} more", {**when, name: {**argument, key: argument[key] + 1}}
        elif name in ("any", "all"):
            for number in range(len(argument)):
                yield f"{name} without part {number}", {**when, name: argument[:number] + argument[number + 1 :]}
        elif isinstance(argument, list):
            for word in argument:
                yield f"{name} without {word}", {**when, name: [one for one in argument if one != word]}


def _recipients(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for part in ("tell", "ask"):
        for number, tell in enumerate(rule.get(part, ())):
            for name, other in (
                ("left out", []),
                ("another role", [{**tell, "role": "operator"}]),
                ("another place", [{**tell, "at": "found_force" if tell.get("at") == "national" else "national"}]),
                ("another kind", [{**tell, "kind": "information"}]),
            ):
                if part == "ask" and name == "another kind":
                    continue  # whoever is asked gets a decision request, whatever stands there
                yield (
                    f"{part} {tell['role']} {name}",
                    {**rule, part: rule[part][:number] + other + rule[part][number + 1 :]},
                )


def _duties(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    told = {key: value for key, value in rule.items() if key not in ("ask", "question")}
    for duty in ("must", "never"):
        if duty != rule.get("duty", "must"):
            yield f"duty {duty}", {**told, "duty": duty}
    if rule.get("duty", "must") == "must":
        asked = {"ask": [{"role": "case_team"}], "question": "Really?", "by": {"hours": 7}}
        yield "duty consider", {**rule, "duty": "consider", **asked}


def _deadlines(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    if "every" in rule:
        every = rule["every"]
        for key in ("days", "end_of_working_day"):
            if key in every:
                yield f"every without {key}", {**rule, "every": {k: v for k, v in every.items() if k != key}}
        for name, after in _times(every.get("after", {"hours": 0})):
            yield f"clock after {name}", {**rule, "every": {**every, "after": after}}
        if "days" in every:
            yield "clock every day more", {**rule, "every": {**every, "days": every["days"] + 1}}
        for start in _starts(every.get("from", "missing_since")):
            yield f"clock from {start}", {**rule, "every": {**every, "from": start}}
        return
    by = rule.get("by", {})
    for name, time in _times(by):
        yield f"by {name}", {**rule, "by": time}
    if by:
        for start in _starts(by.get("from", "trigger")):
            yield f"by from {start}", {**rule, "by": {**by, "from": start}}


def _times(by: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    units = [unit for unit in ("hours", "days", "working_days") if unit in by]
    for unit in units or ["hours"]:
        yield f"one of {unit} more", {**by, unit: by.get(unit, 0) + 1}


def _starts(start: str) -> list[str]:
    return [one for one in ("trigger", "missing_since", "report_completed", "found", "end_told") if one != start]
