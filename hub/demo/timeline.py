"""The live timeline on the terminal: what is new in what the API says, one line each."""

from datetime import datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from hub.demo.picture import Picture

Json = dict[str, Any]
_STYLE = {"raise": "bold red", "update": "yellow", "withdraw": "green"}


class Timeline:
    """Prints each event, dispatch, send and receipt once. `quiet` prints nothing; `picture` gets every line too."""

    def __init__(self, console: Console, *, quiet: bool = False, picture: Picture | None = None) -> None:
        self._console = console
        self._quiet = quiet
        self._picture = picture
        self._seen: set[tuple[str, ...]] = set()

    def say(self, text: str) -> None:
        """Print a line of the demo's own."""
        if not self._quiet:
            self._console.print(text, soft_wrap=True)
        if self._picture:
            self._picture.add(text)

    def show(self, timeline: Json) -> None:
        """Print what is new."""
        for event in timeline["events"]:
            if event["position"] is not None and self._new("event", event["id"]):
                self._event(event)
        for one in timeline["dispatches"]:
            if self._new("dispatch", one["id"]):
                self._dispatch(one)
            if one["state"] == "sent" and self._new("sent", one["id"]):
                self._line("sent", f"{_who(one)}  id {one['reference'] or one['id'][:8]}", "cyan")
            for receipt in one["receipts"]:
                if receipt["stage"] != "transported" and self._new("receipt", one["id"], receipt["stage"]):
                    by = f" by {receipt['by']}" if receipt.get("by") else ""
                    self._line("receipt", f"{_who(one)}  {receipt['stage']}{by}", "blue")

    def draw(self, last: str, path: Path) -> None:
        """Write the picture of the run, closed by its last line."""
        if self._picture:
            self._picture.add(f"\n{last}")
            self._picture.save(path)

    def _event(self, event: Json) -> None:
        place = event["position"]
        where = f"{place['topic']} partition {place['partition']} offset {place['offset']}"
        self._line("event", f"{event['type']}  from {event['source']}  [{where}]", "white")

    def _dispatch(self, one: Json) -> None:
        clauses = "; ".join(ground["clause"] for ground in one["grounds"])
        by = datetime.fromisoformat(one["due_at"]).astimezone().strftime("%d %b %H:%M")
        what = f"{one['action']} {one['kind'].replace('_', ' ')}"
        self._line(what, f"{_who(one)}  under {clauses}  by {by}", _STYLE[one["action"]])

    def _line(self, what: str, text: str, style: str) -> None:
        line = f"  [{style}]{what:<26}[/] {escape(text)}"
        if not self._quiet:
            self._console.print(line, highlight=False, soft_wrap=True)
        if self._picture:
            self._picture.add(line)

    def _new(self, *key: str) -> bool:
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


def _who(one: Json) -> str:
    return f"{one['role'].replace('_', ' ')} @ {one['organisation'] or one['authority'] or 'national'}"
