"""Forgiving reading: what does not fit its field is set aside, named and kept, and the rest is read (promise G9)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from pydantic import BaseModel, ValidationError

from contracts.errors import Problem
from contracts.person import DoubtfulValue

Location = tuple[int | str, ...]
KEPT_LENGTH = 1000
_TEXT_OF = {
    "datetime_parsing": "is not a date and time after ISO 8601",
    "datetime_from_date_parsing": "is not a date and time after ISO 8601",
    "timezone_aware": "has no time zone",
    "date_parsing": "is not a date after ISO 8601",
    "date_from_datetime_parsing": "is not a date after ISO 8601",
    "date_from_datetime_inexact": "is a date with a time of day",
    "bool_parsing": "is neither true nor false",
    "bool_type": "is neither true nor false",
    "string_type": "is not text",
    "uuid_parsing": "is not a reference (UUID) that the hub gave",
    "uuid_type": "is not a reference (UUID) that the hub gave",
    "int_parsing": "is not a whole number",
    "int_type": "is not a whole number",
    "tuple_type": "is not a list",
    "model_type": "is not an object",
    "missing": "is incomplete",
}
_REMEDY = "Send the field again in a newer message; the rest was taken."


_ABSENT = object()
M = TypeVar("M", bound=BaseModel)


def clean(text: str) -> str:
    """Return a text without control characters (line breaks and tabs stay) and without surrounding blanks."""
    return "".join(sign if sign >= " " or sign in "\n\t" else " " for sign in text if sign != "\x7f").strip()


@dataclass(frozen=True)
class Doubt:
    """One value that was set aside: where it stood, what was sent, and why it did not fit."""

    location: Location
    value: Any
    reason: str

    def problem(self, at: str = "") -> Problem:
        """Return the warning for the sender, with the field's path below `at`; it never holds the value."""
        return Problem(path(at, self.location), self.reason, _REMEDY)

    def kept(self, field: str) -> DoubtfulValue:
        """Return the value marked as doubtful under a canonical field's name, cut at 1,000 characters."""
        text = self.value if isinstance(self.value, str) else orjson.dumps(self.value).decode()
        return DoubtfulValue(field=field, value=clean(text)[:KEPT_LENGTH], reason=self.reason)


def path(at: str, location: Location) -> str:
    """Return a field's path as people write it: `subjects[0].parents[1].phone`."""
    steps = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in location)
    return f"{at}{steps}" if at else steps.removeprefix(".")


def read(model: type[M], raw: dict[str, Any]) -> tuple[M, tuple[Doubt, ...]]:
    """Read an object into a model whose fields are all optional; what does not fit is taken out of `raw` and returned.

    A list loses only the items that do not fit.
    """
    doubts: list[Doubt] = []
    while True:
        try:
            return model.model_validate(raw), tuple(doubts)
        except ValidationError as error:
            found = error.errors(include_url=False, include_input=False)
        # from the back, so that the positions of a list's other items stay as they are
        taken = [Doubt(*_take_out(raw, item["loc"]), _reason(item)) for item in reversed(found)]
        doubts.extend(reversed(taken))


def objects(raw: dict[str, Any], name: str) -> tuple[list[tuple[int, dict[str, Any]]], list[Problem]]:
    """Return the objects of a list field with their positions, and a problem for everything in it that is none."""
    stated = raw.get(name)
    if stated is None:
        return [], []
    items: Sequence[Any] = [stated] if isinstance(stated, dict) else stated if isinstance(stated, list) else []
    good = [(n, item) for n, item in enumerate(items) if isinstance(item, dict)]
    others = [n for n, item in enumerate(items) if not isinstance(item, dict)]
    problems = [Problem(f"{name}[{n}]", "is not an object", _REMEDY) for n in others]
    if not isinstance(stated, dict | list):
        problems.append(Problem(name, "is not a list of objects", _REMEDY))
    return good, problems


def _reason(item: Any) -> str:
    if item["type"] == "value_error":
        return str(item["ctx"]["error"])
    return _TEXT_OF.get(item["type"], "does not fit this field")


def _take_out(raw: Any, location: Location) -> tuple[Location, Any]:
    """Remove the value at a location, or the nearest thing around it that is there; return where and what it was."""
    holders = [raw]
    for step in location[:-1]:
        holders.append(_inside(holders[-1], step))
    for depth in range(len(holders) - 1, -1, -1):
        if _inside(holders[depth], location[depth]) is not _ABSENT:
            return location[: depth + 1], holders[depth].pop(location[depth])
    raise AssertionError("a field that is not there cannot be wrong: every top-level field is optional")


def _inside(holder: Any, step: int | str) -> Any:
    if isinstance(holder, dict):
        return holder.get(step, _ABSENT)
    if isinstance(holder, list) and isinstance(step, int) and step < len(holder):
        return holder[step]
    return _ABSENT
