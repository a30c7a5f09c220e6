"""Putting the table into docs/performance.md, between its markers, with what it was measured on."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench.figures import Figure, table

PAGE = Path(__file__).resolve().parents[1] / "docs" / "performance.md"
BEGIN, END = "<!-- figures: written by `make bench ARGS=--write` -->\n", "<!-- end of figures -->"


def write(told: Sequence[str], figures: Sequence[Figure]) -> None:
    """Replace what stands between the markers. ValueError when the page has lost them."""
    text = PAGE.read_text(encoding="utf-8")
    before, begun, rest = text.partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not (begun and ended):
        raise ValueError(f"{PAGE.name} has lost its markers; put {BEGIN.strip()} and {END} back")
    lines = "".join(f"- {line}\n" for line in (f"{datetime.now(UTC):%Y-%m-%d}", *told))
    PAGE.write_text(f"{before}{BEGIN}\n{lines}\n{table(figures)}\n{END}{after}", encoding="utf-8")
