"""Tables on the terminal."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

SECTIONS = ("told", "withheld", "decisions", "clocks", "blocked", "unrouted")


def show_rows(title: str, rows: Sequence[Mapping[str, Any]], console: "Console") -> None:
    """Print rows as a table whose columns are the keys that any row fills."""
    from rich.table import Table

    if not rows:
        console.print(f"[bold]{title}[/bold]: none")
        return
    columns = list(dict.fromkeys(key for row in rows for key, value in row.items() if value not in (None, [], {}, "")))
    table = Table(*columns, title=title, title_justify="left")
    for row in rows:
        table.add_row(*(_cell(row.get(column)) for column in columns))
    console.print(table)


def show_explanation(explanation: Mapping[str, Any], console: "Console") -> None:
    """Print an explanation, one entry for each line of `hub explain --json`; fields are counted by group."""
    console.print(f"[bold]{explanation['episode']}[/]  {explanation['status']}")
    console.print(f"procedures: {', '.join(explanation['procedures'])}")
    if explanation["baseline_only"]:
        console.print(f"no procedure of their own, baseline only: {', '.join(explanation['baseline_only'])}")
    for section in SECTIONS:
        lines = explanation[section]
        console.print(f"\n[bold]{section}[/]" + ("" if lines else ": none"))
        for line in lines:
            console.print(f"  {_who_and_what(line)}", highlight=False, soft_wrap=True)
            console.print(f"    [dim]{_why(line)}[/]", highlight=False, soft_wrap=True)


def _who_and_what(line: Mapping[str, Any]) -> str:
    place = " ".join(part for part in (line["seat"], line["authority"]) if part)
    parts = [line["role"].replace("_", " ") + (f" ({place})" if place else "")]
    if line.get("kind"):
        parts.append(line["kind"].replace("_", " ") + (", withdrawn since" if line["withdrawn"] else ""))
    if line["by"]:
        parts.append(f"by {line['by']}")
    if line["reason"]:
        parts.append(line["reason"])
    return ": ".join((parts[0], ", ".join(parts[1:])))


def _why(line: Mapping[str, Any]) -> str:
    groups: dict[str, int] = {}
    for field in line["fields"]:
        group = field.partition(".")[0]
        groups[group] = groups.get(group, 0) + 1
    fields = ", ".join(f"{group} {count}" for group, count in groups.items())
    return f"{line['clause']}, rule {line['rule']}" + (f"; fields: {fields}" if fields else "")


def show_timeline(timeline: Mapping[str, Any], console: "Console") -> None:
    """Print an episode as `GET /episodes/{id}` gives it."""
    console.print(f"[bold]{timeline['reference']}[/bold]  {timeline.get('status', '')}  {timeline['id']}")
    show_rows("events", [_event(event) for event in timeline.get("events", [])], console)
    show_rows("dispatches", [_dispatch(dispatch) for dispatch in timeline.get("dispatches", [])], console)
    for section in ("withheld", "decisions", "tasks"):
        show_rows(section, timeline.get(section, []), console)


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    place = event.get("position") or {}
    where = f"{place['topic']}/{place['partition']}/{place['offset']}" if place else "not published yet"
    return {"occurred": event["occurred_at"], "type": event["type"], "source": event["source"], "log": where}


def _dispatch(dispatch: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "recipient": dispatch.get("recipient") or dispatch.get("role"),
        "kind": dispatch["kind"],
        "action": dispatch["action"],
        "by": dispatch["due_at"],
        "clauses": [ground["clause"] for ground in dispatch.get("grounds", [])],
        "state": dispatch.get("state"),
        "attempts": len(dispatch.get("attempts", [])) or None,
        "reference": dispatch.get("reference"),
        "receipts": [receipt["stage"] for receipt in dispatch.get("receipts", [])],
    }


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values() if part not in (None, ""))
    if isinstance(value, list):
        return "\n".join(_cell(part) for part in value)
    return "" if value is None else str(value)
