"""The book that the router goes by: procedures, disclosure table, directory and geography as one. Pure."""

from dataclasses import dataclass

from hub.routing.directory import Directory
from hub.routing.disclosure import Disclosure
from hub.routing.geography import Geography
from hub.routing.reconcile import StandDown
from hub.routing.rules import Procedure


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
