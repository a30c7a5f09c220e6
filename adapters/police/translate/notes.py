"""What is doubtful in one report: warnings for its sender, and the values themselves for the record."""

from collections.abc import Iterable

from contracts.errors import Problem
from contracts.person import DoubtfulValue


class Notes:
    """Collects, while one report is read, every warning and every value that broke a rule (promise G9)."""

    def __init__(self, problems: Iterable[Problem] = ()) -> None:
        self._problems = list(problems)
        self._doubtful: list[DoubtfulValue] = []

    def warn(self, field: str, detail: str, remedy: str = "") -> None:
        """Tell the sender of something odd in a field, by the name that the sender gave it; never quote a value."""
        self._problems.append(Problem(field, detail, remedy))

    def doubt(self, field: str, meant: str, value: str, detail: str, remedy: str = "") -> None:
        """Warn, and keep the value as sent under the canonical name `meant` (`group.field`)."""
        self.warn(field, detail, remedy)
        self._doubtful.append(DoubtfulValue(field=meant, value=value, reason=detail))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every warning so far."""
        return tuple(self._problems)

    def take_doubtful(self) -> tuple[DoubtfulValue, ...]:
        """Return the doubtful values since the last call: those of the person, or of the case, just read."""
        taken, self._doubtful = tuple(self._doubtful), []
        return taken
