"""The book that the router goes by: procedures, disclosure table, directory and geography, checked as one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.codes import Duty
from contracts.dispatch import Kind
from hub.routing.directory import Directory
from hub.routing.disclosure import Disclosure
from hub.routing.geography import Geography
from hub.routing.reconcile import StandDown
from hub.routing.replacing import wrongly_replaced
from hub.routing.rules import BookError, Procedure, Tell


@dataclass(frozen=True)
class Book:
    """Everything that routing knows beside the episode."""

    procedures: tuple[Procedure, ...]
    disclosure: Disclosure
    directory: Directory
    geography: Geography
    stand_down: StandDown

    @property
    def authorities_with_procedure(self) -> frozenset[str]:
        """The authorities whose own procedure is loaded; others get the baseline only."""
        return frozenset(procedure.authority for procedure in self.procedures if procedure.authority)


def check_book(procedures: Sequence[Procedure], disclosure: Disclosure) -> None:
    """Refuse what no rule may say: a recipient without a row of disclosure, a duty that another rule forbids, another
    authority's rule replaced.

    Raises BookError naming every such rule.
    """
    wrong = [*_without_row(procedures, disclosure), *_forbidden(procedures), *wrongly_replaced(procedures)]
    if wrong:
        raise BookError("\n".join(wrong))


def _without_row(procedures: Sequence[Procedure], disclosure: Disclosure) -> list[str]:
    return [
        f"rule {rule.id}: no disclosure row lets {tell.role.value} have a {kind.value}; add one to disclosure.yaml"
        for procedure in procedures
        for rule in procedure.rules
        for tell, kind in (*_kinds(rule.tell, None), *_kinds(rule.ask, Kind.DECISION_REQUEST))
        if rule.duty.value != "never" and disclosure.row(tell.role, kind) is None
    ]


def _forbidden(procedures: Sequence[Procedure]) -> list[str]:
    """Name each `must` that can never be done: whenever it holds, a `never` of its own procedure bars that role."""
    return [
        f"rule {rule.id}: {bar.id} forbids {tell.role.value} whenever this rule holds; narrow one of the two"
        for procedure in procedures
        for bar in procedure.rules
        if bar.duty is Duty.NEVER
        for rule in procedure.rules
        if rule.duty is Duty.MUST and set(bar.when.parts) <= set(rule.when.parts)
        for tell in rule.tell
        if tell.role in {barred.role for barred in bar.tell}
    ]


def _kinds(tells: Sequence[Tell], kind: Kind | None) -> list[tuple[Tell, Kind]]:
    return [(tell, kind or tell.kind) for tell in tells]
