"""Where in a data file a value stands, so that a mistake is named with its line."""

from collections.abc import Sequence
from typing import Any

import yaml

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Lines:
    """The lines of one YAML text; built from its nodes only when a mistake asks for them."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __call__(self, path: Sequence[str | int]) -> int | None:
        """Return the line (from 1) of the value at a path, or of the nearest that holds it; None without any YAML."""
        node: Any = yaml.compose(self._text, Loader=_LOADER)
        if node is None:
            return None
        line = node.start_mark.line
        for step in path:
            found = _child(node, step)
            if found is None:
                break
            line, node = found
        return int(line) + 1


def repeated_keys(text: str) -> list[tuple[int, str]]:
    """Return line and name of every key that stands twice in one mapping, where YAML silently keeps the last."""
    found: list[tuple[int, str]] = []
    waiting: list[Any] = [yaml.compose(text, Loader=_LOADER)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, yaml.MappingNode):
            seen: set[str] = set()
            for key, value in node.value:
                if key.value in seen:
                    found.append((key.start_mark.line + 1, key.value))
                seen.add(key.value)
                waiting.append(value)
        elif isinstance(node, yaml.SequenceNode):
            waiting += node.value
    return sorted(found)


def _child(node: Any, step: str | int) -> tuple[int, Any] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line, value
    if isinstance(node, yaml.SequenceNode) and str(step).isdigit() and int(step) < len(node.value):
        item = node.value[int(step)]
        return item.start_mark.line, item
    return None
