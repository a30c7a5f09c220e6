"""The gate: nothing that was written becomes unreadable, and yesterday's readers can read what is written today."""

import copy
import json
import subprocess
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsoncompat import check_compat

from contracts.schemas import as_reader, schema, schema_names

ROOT = Path(__file__).parents[2]
Shape = dict[str, Any]


def breaks(old: Shape, new: Shape) -> list[str]:
    """Name what a change of one schema breaks; an empty list lets it pass."""
    before, after = _comparable(old), _comparable(new)
    found = []
    if not check_compat(json.dumps(before), json.dumps(after), "deserializer"):
        found.append("today's model does not know all that was written under the last version: add a new version")
    if not check_compat(json.dumps(as_reader(before)), json.dumps(after), "serializer"):
        found.append("yesterday's readers cannot read what is written today: add a new version")
    return found


def _comparable(shape: Shape) -> Shape:
    return {key: value for key, value in shape.items() if key not in ("$id", "$schema")}


def git(*arguments: str, folder: Path = ROOT) -> str | None:
    """What git says, or None where there is no such revision (or no repository)."""
    done = subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else None


@cache
def revisions() -> tuple[str, ...]:
    """The last commit, the one before it (what a build has just added is HEAD itself), and the last release."""
    release = (git("describe", "--tags", "--abbrev=0") or "").strip()
    return tuple(name for name in ("HEAD", "HEAD^", release) if name and git("rev-parse", "--verify", "--quiet", name))


def committed(revision: str, folder: Path = ROOT) -> dict[str, Shape]:
    """The schemas of a revision by name; none before the first version."""
    listed = git("ls-tree", "--name-only", revision, "contracts/schemas/", folder=folder) or ""
    shapes = {
        path: git("show", f"{revision}:{path}", folder=folder) for path in listed.split() if path.endswith(".json")
    }
    return {Path(path).name.removesuffix(".json"): json.loads(text) for path, text in shapes.items() if text}


@pytest.mark.parametrize("revision", revisions())
def test_no_committed_schema_is_broken_or_gone(revision: str) -> None:
    before = committed(revision)
    assert set(before) <= set(schema_names()), "a schema that was committed stays: readers of old messages need it"
    found = {name: breaks(shape, schema(name)) for name, shape in before.items()}
    assert {name: why for name, why in found.items() if why} == {}


@pytest.mark.parametrize("name", schema_names())
def test_a_schema_is_compatible_with_itself(name: str) -> None:
    assert breaks(schema(name), schema(name)) == []


Change = Callable[[Shape], Any]
REPORT, CLOCK = "missing.person.reported.v1", "missing.clock.fell.v1"


@pytest.mark.parametrize(
    ("name", "change", "broken"),
    [
        (REPORT, lambda s: s["$defs"]["Person"]["properties"].update(gait={"type": "string", "default": ""}), 0),
        (REPORT, lambda s: s["properties"].update(gait={"type": "string", "default": ""}), 0),
        (REPORT, lambda s: s.update(description="better words"), 0),
        (REPORT, lambda s: s["$defs"]["RiskFlag"]["enum"].append("a_new_concern"), 0),
        (REPORT, lambda s: s["$defs"]["RiskFlag"]["enum"].remove("trafficking"), 1),
        (REPORT, lambda s: s["$defs"]["Person"]["properties"].pop("surname"), 1),
        (REPORT, lambda s: s["$defs"]["Person"]["properties"].update(surname={"type": "integer"}), 2),
        (REPORT, lambda s: s["$defs"]["Person"].update(required=["surname"]), 1),
        (CLOCK, lambda s: s["required"].remove("rule"), 1),
        (CLOCK, lambda s: s["$defs"]["Seat"]["enum"].append("another_seat"), 1),
        (CLOCK, lambda s: s["$defs"]["Seat"]["enum"].remove("host"), 1),
        (CLOCK, lambda s: s["properties"].update(tick={"type": "string"}), 2),
        (
            CLOCK,
            lambda s: s["properties"].update(law=s["properties"].pop("rule")) or s.update(required=["law", "due_at"]),
            2,
        ),
    ],
    ids=[
        "field added in a group",
        "field added",
        "description",
        "word added to an open list",
        "word taken from an open list",
        "field removed",
        "field of another type",
        "field now required",
        "field no longer required",
        "word added to a closed list",
        "word taken from a closed list",
        "number now text",
        "field renamed",
    ],
)
def test_planted_changes(name: str, change: Change, broken: int) -> None:
    new = copy.deepcopy(schema(name))
    change(new)
    assert len(breaks(schema(name), new)) == broken


def test_the_gate_reads_what_was_committed(tmp_path: Path) -> None:
    old = copy.deepcopy(schema("receipt.v1"))
    old["properties"]["signature"] = {"type": "string"}
    (tmp_path / "contracts/schemas").mkdir(parents=True)
    (tmp_path / "contracts/schemas/receipt.v1.json").write_text(json.dumps(old))
    who = ("-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "core.hooksPath=/dev/null")
    for command in (("init", "--quiet"), ("add", "contracts"), (*who, "commit", "--quiet", "-m", "first")):
        assert git(*command, folder=tmp_path) is not None
    before = committed("HEAD", tmp_path)
    assert list(before) == ["receipt.v1"]
    assert len(breaks(before["receipt.v1"], schema("receipt.v1"))) == 1
    assert committed("HEAD^", tmp_path) == {}


def test_the_gate_looks_at_something() -> None:
    assert revisions(), "run the gate in the repository: it compares with what was committed"
