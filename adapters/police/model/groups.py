"""From a plain tree to the report's groups: names are matched, texts cleaned, and what does not fit is named."""

import re
from dataclasses import fields
from typing import Any, TypeVar, get_args, get_type_hints

from adapters.police.model.report import Group
from adapters.police.model.tree import Tree
from contracts.errors import Problem

MAX_TEXT = 4_000
MAX_REPEATS = 50
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufffe\uffff]")
_UNKNOWN_NAME = "is not part of the profile and was ignored"
_PLAIN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")
G = TypeVar("G", bound=Group)
# By wire name: the field, whether it repeats, and the group in it if it is one.
Shape = dict[str, tuple[str, bool, type[Group] | None]]
_SHAPES: dict[type[Group], Shape] = {}


def wire_name(field: str) -> str:
    """Return a field's name on the wire: `last_seen` is `lastSeen`, `host_l_a` is `hostLA`."""
    first, *rest = field.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _shape_of(kind: type[Group]) -> Shape:
    """Return a group's shape, worked out once."""
    if kind not in _SHAPES:
        _SHAPES[kind] = _shape(kind)
    return _SHAPES[kind]


def _shape(kind: type[Group]) -> Shape:
    hints = get_type_hints(kind)
    shape = {}
    for field in fields(kind):
        if field.name in ("path", "stated"):
            continue
        hint = hints[field.name]
        inner = next(
            (part for part in (hint, *get_args(hint)) if isinstance(part, type) and issubclass(part, Group)), None
        )
        shape[wire_name(field.name)] = (field.name, Ellipsis in get_args(hint), inner)
    return shape


def read_group(kind: type[G], tree: Tree, path: str, problems: list[Problem]) -> G:
    """Fill a group from a tree; unknown names, wrong shapes, repeats and odd characters are added to `problems`."""
    shape = _shape_of(kind)
    values: dict[str, Any] = {"path": path, "stated": shape.keys() & tree.keys()}
    for name, found in tree.items():
        known = shape.get(name)
        if known is None:
            problems.append(Problem(_joined(path, name), _UNKNOWN_NAME))
            continue
        field, repeats, inner = known
        where = _joined(path, name)
        items = _groups(inner, repeats, found, where, problems) if inner else _texts(found, where, problems)
        if len(items) > (limit := MAX_REPEATS if repeats else 1):
            problems.append(Problem(where, f"is given more than {limit} times; the rest was ignored"))
        if items:
            values[field] = tuple(items[:limit]) if repeats else items[0]
    for name, (field, repeats, inner) in shape.items():
        if inner and not repeats and field not in values:
            values[field] = read_group(inner, {}, _joined(path, name), problems)
    return kind(**values)


def is_unknown_name(problem: Problem) -> bool:
    """Say whether a problem quotes a name of the sender's own; such a name is never repeated in an error."""
    return problem.detail == _UNKNOWN_NAME


def _joined(path: str, name: str) -> str:
    shown = name if _PLAIN_NAME.fullmatch(name) else "(unnamed)"
    return f"{path}.{shown}" if path else shown


def _groups(inner: type[G], repeats: bool, found: list[Any], where: str, problems: list[Problem]) -> list[G]:
    groups = []
    for number, item in enumerate(found[: MAX_REPEATS + 1], start=1):
        if isinstance(item, dict):
            groups.append(read_group(inner, item, f"{where}[{number}]" if repeats else where, problems))
        elif item.strip():
            problems.append(Problem(where, "is a text where a group of fields is needed; it was ignored"))
    return groups


def _texts(found: list[Any], where: str, problems: list[Problem]) -> list[str]:
    texts = []
    for item in found:
        if isinstance(item, dict):
            problems.append(Problem(where, "is a group where a text is needed; it was ignored"))
        elif text := _cleaned(item, where, problems):
            texts.append(text)
    return texts


def _cleaned(text: str, where: str, problems: list[Problem]) -> str:
    plain = text.strip()
    if _CONTROL.search(plain):
        problems.append(Problem(where, "contains control characters; they were left out"))
        plain = _CONTROL.sub(" ", plain).strip()
    if len(plain) > MAX_TEXT:
        problems.append(Problem(where, f"is longer than {MAX_TEXT} characters; the rest stands in the stored message"))
    return plain[:MAX_TEXT]
