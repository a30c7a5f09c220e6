"""What was measured, as rows of one table: what, figure, goal."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """One row. `value` is what is printed; `goal` is empty where there is none, `met` says whether it was reached."""

    what: str
    value: str
    goal: str = ""
    met: bool | None = None

    @property
    def cells(self) -> tuple[str, str, str]:
        """The row's texts."""
        verdict = "" if self.met is None else ", met" if self.met else ", missed"
        return self.what, self.value, f"{self.goal}{verdict}"


def table(figures: Sequence[Figure]) -> str:
    """Return the rows as a Markdown table."""
    rows = [("measured", "figure", "goal"), *(figure.cells for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    ruler = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], ruler, *lines[1:]]) + "\n"


def at_least(what: str, value: float, goal: float, unit: str) -> Figure:
    """Return a figure whose goal is so much or more."""
    return Figure(what, f"{value:,.0f} {unit}", f"at least {goal:,.0f}", value >= goal)


def at_most(what: str, value: float, goal: float, unit: str, digits: int = 0) -> Figure:
    """Return a figure whose goal is so much or less."""
    return Figure(what, f"{value:,.{digits}f} {unit}", f"at most {goal:,g}", value <= goal)
