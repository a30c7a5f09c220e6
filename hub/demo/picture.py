"""A picture of the timeline, for the README: `hub demo --story away --once --picture docs/timeline.svg`."""

import re
from io import StringIO
from pathlib import Path

from rich.console import Console

WIDTH = 132
# What only repeats another line: a receipt is an event too, and whoever accepted has opened.
_LEFT_OUT = re.compile(r"^ {2}(event +missing\.receipt|receipt +.* opened$|update )")


class Picture:
    """Collects the lines of a run, without what only repeats others, and writes them as an SVG."""

    def __init__(self) -> None:
        self._console = Console(record=True, file=StringIO(), width=WIDTH, force_terminal=True)

    def add(self, markup: str) -> None:
        """Take one line of the timeline."""
        text = self._console.render_str(markup, highlight=False)
        if not _LEFT_OUT.match(text.plain):
            self._console.print(text, no_wrap=True, overflow="ellipsis", crop=True)

    def save(self, path: Path) -> None:
        """Write the picture; its fonts are the reader's own, so that nothing is fetched from anywhere."""
        svg = self._console.export_svg(title="make run", unique_id="timeline")
        path.write_text(re.sub(r"@font-face\s*\{[^}]*\}\s*", "", svg), encoding="utf-8")
