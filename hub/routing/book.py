"""The book that the router goes by: procedures, disclosure table, directory and geography, checked as one. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from contracts.dispatch import Kind
from hub.routing.directory import Directory
from hub.routing.disclosure import Disclosure
from hub.routing.geography import Geography
from hub.routing.reconcile import StandDown
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
    """Refuse a rule whose recipient has no row in the disclosure table. Raises BookError naming every such rule."""
    lacking = [
        f"rule {rule.id}: no disclosure row lets {tell.role.value} have a {kind.value}; add one to disclosure.yaml"
        for procedure in procedures
        for rule in procedure.rules
        for tell, kind in (*_kinds(rule.tell, None), *_kinds(rule.ask, Kind.DECISION_REQUEST))
        if rule.duty.value != "never" and disclosure.row(tell.role, kind) is None
    ]
    if lacking:
        raise BookError("\n".join(lacking))


def _kinds(tells: Sequence[Tell], kind: Kind | None) -> list[tuple[Tell, Kind]]:
    return [(tell, kind or tell.kind) for tell in tells]
