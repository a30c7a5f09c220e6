"""Every log call in the house names its event in plain words and uses keys that the allow-list lets through."""

import ast
from collections.abc import Iterator
from pathlib import Path

from hub.logging import ALLOWED

ROOT = Path(__file__).resolve().parents[3]
LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}


def calls() -> Iterator[tuple[str, ast.Call]]:
    for path in sorted((ROOT / "hub").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            logger = node.func.value
            if node.func.attr in LEVELS and isinstance(logger, ast.Name) and logger.id in ("log", "_log", "logger"):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_log_calls_say_what_passes() -> None:
    found = list(calls())
    assert len(found) > 5
    made_up = [place for place, call in found if not (call.args and isinstance(call.args[0], ast.Constant))]
    dropped = {
        place: [key.arg for key in call.keywords if key.arg not in ALLOWED | {"exc_info"}] for place, call in found
    }
    assert made_up == []
    assert {place: keys for place, keys in dropped.items() if keys} == {}
