"""A canary: every field of the canonical model filled with a value that occurs nowhere else.

Free text is a token of its own; dates and times are moments of their own; official codes are the real ones that
routing needs. Yes-or-no fields and closed lists have too few words to be unique: those are told apart by field.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from types import UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

from contracts.codes import OpenCode
from contracts.person import Facts

FIRST_DAY = date(1801, 1, 1)
FIRST_MOMENT = datetime(2001, 1, 1, 0, 0, 7, tzinfo=UTC)


class Canary:
    """Fills models. `tokens` names, for each `group.field`, the strings by which its value is known in JSON."""

    def __init__(self, fixed: dict[str, Any]) -> None:
        self.tokens: dict[str, set[str]] = {}
        self._fixed = fixed
        self._count = 0

    def fill(self, model: type[Facts], group: str) -> Facts:
        """Return a model of which every field is filled."""
        values = {}
        for name, field in model.model_fields.items():
            path = f"{group}.{name}"
            value = self._fixed[path] if path in self._fixed else self._value(field.annotation, path)
            values[name] = value
            self.tokens.setdefault(path, set()).update(_strings(value))
        return model.model_validate(values)

    def _value(self, annotation: Any, path: str) -> Any:
        kind = _without_none(annotation)
        if get_origin(kind) is tuple:
            return (self._value(get_args(kind)[0], path), self._value(get_args(kind)[0], path))
        self._count += 1
        if isinstance(kind, type) and issubclass(kind, Facts):
            return self.fill(kind, f"{path}[]")
        return self._single(kind, path)

    def _single(self, kind: Any, path: str) -> Any:
        if isinstance(kind, type) and issubclass(kind, StrEnum):
            return next(iter(kind))
        if kind is bool:
            return True
        if kind is int:
            return 70_000 + self._count
        if kind is date:
            return FIRST_DAY + timedelta(days=self._count)
        if kind is str:
            return f"canary-{self._count}-{path}"
        # Five days apart: no deadline of one, three, seven days or a month after one moment is another moment.
        return FIRST_MOMENT + timedelta(days=5 * self._count)


def _without_none(annotation: Any) -> Any:
    while get_origin(annotation) in (Union, UnionType):
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    origin = get_origin(annotation)
    return get_args(annotation)[0] if origin is not None and hasattr(annotation, "__metadata__") else annotation


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, tuple):
        for one in value:
            yield from _strings(one)
    elif isinstance(value, Facts):
        for name in type(value).model_fields:
            yield from _strings(getattr(value, name))
    elif isinstance(value, datetime):
        yield value.isoformat().replace("+00:00", "Z")
    elif isinstance(value, date):
        yield value.isoformat()
    elif isinstance(value, OpenCode | bool | UUID) or value is None:
        return
    else:
        yield str(value)
