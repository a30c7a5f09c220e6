"""What `hub procedures check` finds in a file: every mistake with its line and what to write instead."""

import shutil
from pathlib import Path

import pytest

from hub.procedures.checking import mistakes
from hub.procedures.loading import HERE

HEAD = """procedure: ships
title: Ships
version: "1"
authority: E08000016
rules:
"""
RULE = """- id: ships.P1.ring
  clause: rotherham P1
  when: {status: [missing], subject: [child]}
  tell: [{role: case_team}]
"""
NEVER = """- id: ships.P2.never
  clause: rotherham P2
  when: {subject: [child]}
  duty: never
  tell: [{role: case_team}]
"""
CASES: list[tuple[str, str, list[str]]] = [
    ("right", HEAD + RULE, []),
    ("no YAML", HEAD + "- [", ["ships.yaml: line 7: "]),
    (
        "two mistakes",
        HEAD + RULE.replace("missing]", "lost]").replace("tell", "tall"),
        [
            "ships.yaml: line 8: rule ships.P1.ring > when: `lost` is not in the closed list",
            "ships.yaml: line 9: rule ships.P1.ring > tall: `tall` is not a field here",
        ],
    ),
    (
        "no condition",
        HEAD + RULE.replace("  when: {status: [missing], subject: [child]}\n", ""),
        ["line 6: rule ships"],
    ),
    (
        "a key twice",
        HEAD + RULE + "  clause: rotherham P9\n",
        ["line 10: `clause` stands twice in one place; keep one"],
    ),
    (
        "an id of another",
        HEAD + RULE.replace("ships.P1.ring", "baseline.police"),
        ["line 6: rule baseline.police > id: already stands in childrens-home; rename one"],
    ),
    (
        "no row",
        HEAD + RULE + RULE.replace("P1", "P2").replace("case_team", "operator"),
        ["ships.yaml: line 10: rule ships.P2.ring: no disclosure row lets operator have a notice"],
    ),
    (
        "a duty that is forbidden",
        HEAD + RULE + NEVER,
        ["ships.yaml: line 6: rule ships.P1.ring: ships.P2.never forbids case_team whenever this rule holds; narrow"],
    ),
    (
        "a duty that is forbidden in one case only",
        HEAD + RULE + NEVER.replace("{subject: [child]}", "{flag: [trafficking]}"),
        [],
    ),
    (
        "a clause of no document",
        HEAD + RULE.replace("rotherham P1", "roterham P1"),
        ["ships.yaml: line 7: rule ships.P1.ring > clause: `roterham` is no document of the accounts"],
    ),
    ("an authority's name", HEAD.replace("E08000016", "Barnsley") + RULE, ["line 4: authority: not a GSS code"]),
    ("empty", "", ["ships.yaml: file: "]),
]


@pytest.mark.parametrize(("name", "text", "expected"), CASES, ids=[case[0] for case in CASES])
def test_mistakes(tmp_path: Path, name: str, text: str, expected: list[str]) -> None:
    file = tmp_path / "ships.yaml"
    file.write_text(text)
    found = mistakes(file, HERE)
    assert len(found) == len(expected), found
    for line, part in zip(found, expected, strict=True):
        assert part in line


def test_the_products_own_files_have_none() -> None:
    own = [path for path in HERE.glob("*.yaml") if path.name not in ("disclosure.yaml", "stand_down.yaml")]
    assert own
    assert [line for path in own for line in mistakes(path, HERE)] == []


def test_a_changed_copy_stands_for_the_file_that_it_replaces(tmp_path: Path) -> None:
    file = tmp_path / "rotherham.yaml"
    shutil.copy(HERE / "rotherham.yaml", file)
    assert mistakes(file, HERE) == []
