"""Small procedures and episodes for tests of the router."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from contracts.codes import Role
from contracts.envelope import Event
from contracts.events import Data, MissingReported
from contracts.person import SubjectFacts
from hub.procedures.loading import read_yaml
from hub.routing.book import Book
from hub.routing.disclosure import Disclosure, Row
from hub.routing.plan import Plan, plan
from hub.routing.rules import Procedure, read_procedure
from tests.journeys.everywhere import everywhere
from tests.journeys.receiver import LATER
from tests.stories.events import CHILD, at

__all__ = ["book", "history", "procedure", "read_yaml", "routed", "told"]


def procedure(*rules: dict[str, Any], authority: str | None = None) -> Procedure:
    """Return a procedure made of rules; what every rule needs is filled in."""
    defaults = {"clause": "test 1", "when": {"status": ["missing"]}, "tell": [{"role": "case_team"}]}
    full = [{**defaults, "id": f"test.{number}", **rule} for number, rule in enumerate(rules)]
    raw = {"procedure": "test", "title": "Test", "version": "1", "authority": authority, "rules": full}
    return read_procedure("test.yaml", raw)


def book(*procedures: Procedure) -> Book:
    """Return a book of these procedures alone, in which every role and kind may see the surname."""
    return replace(everywhere(), procedures=procedures, disclosure=_surnames(procedures))


def _surnames(procedures: Sequence[Procedure]) -> Disclosure:
    rules = [rule for one in procedures for rule in one.rules]
    pairs = {(tell.role, tell.kind.value) for rule in rules for tell in rule.tell}
    pairs |= {(tell.role, "decision_request") for rule in rules for tell in rule.ask}
    return Disclosure(tuple(_row(role, kind) for role, kind in sorted(pairs)))


def _row(role: Role, kind: str) -> Row:
    return Row.model_validate(
        {"role": role, "kinds": (kind,), "purpose": "p", "lawful_basis": "l", "fields": {"person.surname"}}
    )


def history(*said: Data, report: MissingReported | None = None) -> list[Event]:
    """Return a report of the child and what was said hour after hour."""
    first = report or MissingReported(subjects=(SubjectFacts(subject_id=CHILD),))
    return [at(hours, data) for hours, data in enumerate((first, *said))]


def routed(by: Book, events: Sequence[Event]) -> Plan:
    """Route events of which nothing was ever sent."""
    return plan(events, [], by, LATER)


def told(outcome: Plan) -> set[str]:
    """Return who is told what, as `recipient thread`."""
    return {f"{one.recipient.key} {one.thread}" for one in outcome.dispatches}
