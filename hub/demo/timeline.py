"""The live timeline on the terminal: what is new in what the API says, one line each."""

from datetime import datetime
from typing import Any

from rich.console import Console
from rich.markup import escape

Json = dict[str, Any]
_STYLE = {"raise": "bold red", "update": "yellow", "withdraw": "green"}


class Timeline:
    """Prints each event, dispatch, send and receipt once. `quiet` prints nothing."""

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._console = console
        self._quiet = quiet
        self._seen: set[tuple[str, ...]] = set()

    def say(self, text: str) -> None:
        """Print a line of the demo's own."""
        if not self._quiet:
            self._console.print(text)

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
        if not self._quiet:
            self._console.print(f"  [{style}]{what:<26}[/] {escape(text)}", highlight=False, soft_wrap=True)

    def _new(self, *key: str) -> bool:
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


def _who(one: Json) -> str:
    return f"{one['role'].replace('_', ' ')} @ {one['organisation'] or one['authority'] or 'national'}"
