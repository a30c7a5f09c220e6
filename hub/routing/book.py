"""The book that the router goes by: procedures, disclosure table, directory and geography as one. Pure."""

from dataclasses import dataclass
from functools import cached_property

from contracts.events import ClockKind
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

    @cached_property
    def days_counted(self) -> int:
        """How many days back a rule counts at most; 0 when none counts."""
        rules = [rule for procedure in self.procedures for rule in procedure.rules]
        conditions = [one for rule in rules for one in (rule.when, rule.until) if one is not None]
        return max((times.days for one in conditions for times in one.arguments("missing_times")), default=0)

    @cached_property
    def clock_rules(self) -> frozenset[str]:
        """Whatever may set a clock: every rule that is loaded, and the hub's own chasing of what nobody has seen."""
        loaded = (rule.id for procedure in self.procedures for rule in procedure.rules)
        return frozenset((ClockKind.RECEIPT_OVERDUE.value, *loaded))

    @property
    def versions(self) -> str:
        """The set of rules that is loaded: each procedure with its version."""
        return ", ".join(f"{one.procedure} {one.version}" for one in self.procedures)
