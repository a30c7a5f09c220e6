"""What the rules owe to a role, and what one authority's rules tell that another's do not. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from contracts.codes import Duty, Role
from contracts.dispatch import Kind
from hub.routing.rules import BookError, Procedure, Rule, Tell


@dataclass(frozen=True)
class Owed:
    """One thing that one rule owes to one role: what, under which clause, when, and by when, in words."""

    procedure: str
    rule: str
    clause: str
    role: Role
    kind: Kind
    duty: Duty
    seat: str
    at: str
    condition: str
    deadline: str


def owed(procedures: Iterable[Procedure]) -> tuple[Owed, ...]:
    """Return all that the procedures owe to anybody; a question is owed to whom it asks, as a decision request."""
    return tuple(
        _owed(procedure, rule, tell, kind)
        for procedure in procedures
        for rule in procedure.rules
        for tell, kind in (
            *((tell, Kind.DECISION_REQUEST) for tell in rule.ask),
            *((tell, tell.kind) for tell in rule.tell),
        )
    )


def owed_to(role: Role, procedures: Iterable[Procedure]) -> tuple[Owed, ...]:
    """Return what the procedures owe to one role."""
    return tuple(one for one in owed(procedures) if one.role is role)


def difference(one: Procedure, other: Procedure) -> tuple[Owed, ...]:
    """Return what one procedure tells that the other does not: a role, a kind or a duty that only it has."""
    held = {(item.role, item.kind, item.duty) for item in owed((other,))}
    return tuple(item for item in owed((one,)) if (item.role, item.kind, item.duty) not in held)


def find_procedure(name: str, procedures: Iterable[Procedure]) -> Procedure:
    """Return a procedure by its name or its authority's GSS code. Raises BookError naming those that are loaded."""
    loaded = tuple(procedures)
    for one in loaded:
        if name in (one.procedure, one.authority):
            return one
    names = ", ".join(f"{one.procedure} ({one.authority or 'everywhere'})" for one in loaded)
    raise BookError(f"no procedure is called `{name}` or belongs to it: the baseline alone applies. Loaded: {names}")


def _owed(procedure: Procedure, rule: Rule, tell: Tell, kind: Kind) -> Owed:
    return Owed(
        procedure=procedure.procedure,
        rule=rule.id,
        clause=rule.clause,
        role=tell.role,
        kind=kind,
        duty=rule.duty,
        seat=rule.seat.value,
        at=tell.at.replace("_", " "),
        condition=rule.when.text,
        deadline=rule.when_due,
    )
