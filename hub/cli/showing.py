"""Tables on the terminal."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

SECTIONS = ("told", "withheld", "decisions", "clocks", "blocked", "replaced", "unrouted")


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


def show_as_known(known: Mapping[str, Any], console: "Console") -> None:
    """Print what was known of an episode at a moment, and what each recipient had then."""
    console.print(f"[bold]{known['reference']}[/]  {known['status']}  as known at {known['at']}")
    _show_lines("events that the hub had", [_event_known(one) for one in known["events"]], console)
    _show_lines("what was known", [_subject_known(one) for one in known["subjects"]], console)
    _show_lines("who had been told", [line for one in known["told"] for line in _holding(one)], console)


def _event_known(event: Mapping[str, Any]) -> str:
    return f"{event['occurred_at']}  {event['type']}  {event['source']}  known since {event['recorded_at']}"


def _subject_known(subject: Mapping[str, Any]) -> str:
    return f"{subject['kind']} {subject['subject_id']}  {subject['status']}  {', '.join(subject['fields'])}"


def _holding(one: Mapping[str, Any]) -> tuple[str, str]:
    receipts, clauses = ", ".join(one["receipts"]) or "none", "; ".join(one["clauses"])
    return (
        f"{one['recipient']}  {one['kind']}  {one['standing']} since {one['since']}",
        f"    {clauses}, subject {one['subject_id']}, revision {one['revision']}, receipts: {receipts}",
    )


def show_timeline(timeline: Mapping[str, Any], console: "Console") -> None:
    """Print an episode as `GET /episodes/{id}` gives it; a receipt stands with its dispatch, not among the events."""
    console.print(f"[bold]{timeline['reference']}[/bold]  {timeline.get('status', '')}  {timeline['id']}")
    happened = [one for one in timeline.get("events", []) if not one["type"].startswith("missing.receipt.")]
    _show_lines("events", [_event(one) for one in happened], console)
    _show_lines("dispatches", [line for one in timeline.get("dispatches", []) for line in _dispatch(one)], console)
    for section in ("withheld", "decisions", "tasks"):
        _show_lines(section, [_cell(one) for one in timeline.get(section, [])], console)


def _show_lines(title: str, lines: Sequence[str], console: "Console") -> None:
    console.print(f"\n[bold]{title}[/]" + ("" if lines else ": none"))
    for line in lines:
        console.print(f"  {line}", highlight=False, markup=False, soft_wrap=True)


def _event(event: Mapping[str, Any]) -> str:
    place = event.get("position") or {}
    where = f"{place['topic']}/{place['partition']}/{place['offset']}" if place else "not published yet"
    clock = event.get("clock") or {}
    what = " ".join(part for part in (clock.get("rule"), clock.get("step"), clock.get("dispatch_id")) if part)
    due = f"  {what}, due {clock['due_at']}" if clock else ""
    return f"{event['occurred_at']}  {event['type']}  {event['source']}  {where}{due}"


def _dispatch(dispatch: Mapping[str, Any]) -> tuple[str, str]:
    who = dispatch.get("recipient") or dispatch.get("role")
    clauses = "; ".join(ground["clause"] for ground in dispatch.get("grounds", []))
    receipts = ", ".join(receipt["stage"] for receipt in dispatch.get("receipts", [])) or "none"
    attempts, state = len(dispatch.get("attempts", [])), dispatch.get("state") or "told"
    return (
        f"{dispatch['action']} {dispatch['kind']}  {who}  by {dispatch['due_at']}  {clauses}",
        f"    {state}, attempts {attempts}, reference {dispatch.get('reference') or 'none'}, receipts: {receipts}",
    )


def _cell(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(part) for part in value.values() if part not in (None, ""))
    if isinstance(value, list):
        return "\n".join(_cell(part) for part in value)
    return "" if value is None else str(value)
