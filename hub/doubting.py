"""Taking what breaks a rule out of a canonical event, so that the rest of it still counts (promise G9). Pure.

What is taken out is kept beside its subject, marked as doubtful, and never used for matching.
"""

from typing import Any

import orjson

from contracts.envelope import Event, from_structured
from contracts.errors import Fate, InvalidMessage, Problem

ROUNDS = 5
REMEDY = "correct this field and send the event again; the rest was taken"


def read_doubting(document: bytes) -> tuple[Event, tuple[Problem, ...]]:
    """Read one structured event and name every field of its data that had to be set aside.

    Raises InvalidMessage when what is wrong lies in the envelope, or the rest is still no event of its type.
    """
    warnings: list[Problem] = []
    for _ in range(ROUNDS):
        try:
            return from_structured(document), tuple(warnings)
        except InvalidMessage as error:
            if error.fate is not Fate.UNUSABLE:
                raise
            body = orjson.loads(document)
            taken = _take_out(body.get("data"), error.problems)
            if not taken:
                raise _named(error) from None
            warnings += taken
            document = orjson.dumps(body)
    raise InvalidMessage(Fate.UNUSABLE, "The event does not fit its type.", warnings)


def _named(error: InvalidMessage) -> InvalidMessage:
    """Say of each problem where it stands: pydantic names a field of the data without `data.` before it."""
    outside = {"id", "source", "type", "occurred_at", "recorded_at", "source_version", "episode_id", "references"}
    problems = [
        problem if problem.field.partition(".")[0] in outside else Problem(f"data.{problem.field}", problem.detail)
        for problem in error.problems
    ]
    return InvalidMessage(error.fate, error.title, problems)


def _take_out(data: Any, problems: tuple[Problem, ...]) -> list[Problem]:
    """Remove every value that is wrong from `data`; empty when one of them is not there to be removed."""
    paths = [problem.field.split(".") for problem in problems]
    holders = [_holder(data, path) for path in paths]
    if not all(holders):
        return []
    warnings = []
    # From the end, so that the numbers of a list's other items stay right.
    for path, problem in sorted(zip(paths, problems, strict=True), key=lambda pair: _order(pair[0]), reverse=True):
        holder, last = _holder(data, path) or (None, None)
        if holder is None:
            continue
        value = holder.pop(last)
        _mark(data, path, value, problem.detail)
        warnings.append(Problem(f"data.{problem.field}", "breaks its rule; kept aside and not used", REMEDY))
    return warnings[::-1]


def _holder(data: Any, path: list[str]) -> tuple[Any, Any] | None:
    """Return the object or list that holds the value at a path, and its key there; None when there is no value."""
    for step in path[:-1]:
        data = data[_key(data, step)] if _has(data, step) else None
    return (data, _key(data, path[-1])) if _has(data, path[-1]) else None


def _has(holder: Any, step: str) -> bool:
    if isinstance(holder, list):
        return step.isdigit() and int(step) < len(holder)
    return isinstance(holder, dict) and step in holder


def _key(holder: Any, step: str) -> Any:
    return int(step) if isinstance(holder, list) else step


def _order(path: list[str]) -> list[tuple[int, str]]:
    return [(int(step), "") if step.isdigit() else (-1, step) for step in path]


def _mark(data: Any, path: list[str], value: Any, reason: str) -> None:
    """Keep the value as it was sent with the subject that it belongs to, if it belongs to one."""
    if len(path) < 3 or path[0] != "subjects" or not isinstance(data["subjects"][int(path[1])], dict):
        return
    doubtful = data["subjects"][int(path[1])].setdefault("doubtful", [])
    if isinstance(doubtful, list):
        text = value if isinstance(value, str) else orjson.dumps(value).decode()
        doubtful.append({"field": ".".join(path[2:]), "value": text, "reason": reason})
