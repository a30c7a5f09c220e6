"""What the documents name is there: tests, commands, options, settings, metrics, addresses, topics, files; and the
other way round, what an operator meets is in the documents.
"""

import ast
import html
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer

from contracts.events import EventType
from contracts.topics import load_topics
from hub.api import metrics
from hub.cli import app
from hub.demo.picture import Picture
from hub.settings import Settings, environment_name

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ("docs/settings.md", "docs/metrics.md")
OWN_WORDS = ("hub_route",)
# Read by the commands, by the demo's directory, or by name from a directory's credentials.
OTHER_VARIABLES = re.compile(r"HUB_TOKEN|HUB_HEALTH_URL|HUB_SECRET_.*|HUB_<NAME>_URL")


def documents() -> list[str]:
    """Return the documents that people write: everything but what is generated."""
    found = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("adapters/*/README.md")]
    return sorted({str(path.relative_to(ROOT)) for path in found} - set(GENERATED))


each_document = pytest.mark.parametrize("name", documents())


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def code(name: str) -> str:
    """Return what stands in code spans and code blocks, one a line."""
    fences = re.findall(r"```[a-z]*\n(.*?)```", text(name), re.DOTALL)
    return "\n".join([*fences, *re.findall(r"`([^`\n]+)`", re.sub(r"```.*?```", "", text(name), flags=re.DOTALL))])


@cache
def commands() -> dict[str, Any]:
    """Return every command of `hub` by its words."""
    return dict(_commands(typer.main.get_command(app), ()))


def _commands(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    yield " ".join(words), command
    for name, inner in getattr(command, "commands", {}).items():
        yield from _commands(inner, (*words, name))


@cache
def functions_of(path: Path) -> frozenset[str]:
    return frozenset(re.findall(r"^\s*(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))


@each_document
def test_every_test_named_is_there(name: str) -> None:
    missing = [
        f"{path}::{test}"
        for path, test in re.findall(r"(tests/[\w/]+\.py)::(\w+)", text(name))
        if not (ROOT / path).is_file() or test not in functions_of(ROOT / path)
    ]
    assert missing == []


@each_document
def test_every_command_and_option_named_is_there(name: str) -> None:
    missing = []
    for line in re.findall(r"(?:^|[`\s])(?:python -m )?hub ((?:[a-z][a-z-]+ ?)*)(.*)$", code(name), re.MULTILINE):
        words = line[0].split()
        known = next((" ".join(words[:n]) for n in (2, 1) if " ".join(words[:n]) in commands()), None)
        if words and known is None:
            missing.append(f"hub {line[0]}")
        if known:
            options = {option for param in commands()[known].params for option in param.opts}
            # What follows `simulate` is passed on to the simulator.
            wanted = [] if known == "simulate" else re.findall(r"(?<!\S)--[a-z-]+", line[1])
            missing += [f"hub {known} {option}" for option in wanted if option not in options]
    assert missing == []


@each_document
def test_every_make_target_named_is_there(name: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z]+)", code(name))) - targets == set()


@each_document
def test_every_variable_named_is_there(name: str) -> None:
    known = {environment_name(field) for field in Settings.model_fields}
    directory = set(re.findall(r"\$\{(HUB_[A-Z0-9_]+)", text("hub/demo/directory.yaml")))
    named = set(re.findall(r"\b((?:HUB|KAFKA|DATABASE)_[A-Z0-9_<>]+)", code(name)))
    assert {one for one in named - known - directory if not OTHER_VARIABLES.fullmatch(one)} == set()


@each_document
def test_every_metric_named_is_there(name: str) -> None:
    known = set(re.findall(r"`(hub_[a-z_]+)`", metrics.table())) | set(OWN_WORDS)
    assert set(re.findall(r"\bhub_[a-z_]+\b", code(name))) - known == set()


@each_document
def test_every_address_of_the_hub_named_is_there(name: str) -> None:
    if name.startswith("adapters/") or "CHANGELOG" in name:
        return
    described = json.loads(text("docs/openapi.json"))["paths"]
    offered = {(method.upper(), _shape(path)) for path, methods in described.items() for method in methods}
    simulators = {("GET", "/received"), ("GET", "/mode"), ("POST", "/mode"), ("POST", "/send"), ("GET", "/health")}
    named = re.findall(r"\b(GET|POST) (/[\w/{}-]*)", code(name))
    assert {(method, _shape(path)) for method, path in named} - offered - simulators == set()


def _shape(path: str) -> str:
    return re.sub(r"{[^}]*}", "{}", path)


@each_document
def test_every_topic_and_event_named_is_there(name: str) -> None:
    known = {_shape(topic.topic.replace("<", "{")) for topic in load_topics()} | {str(one) for one in EventType}
    named = re.findall(r"\bmissing\.[a-z<>.-]+\.v\d\b", code(name))
    assert {one.replace("<partner>", "{}") for one in named} - known == set()


@each_document
def test_every_link_leads_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", text(name))
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (ROOT / name).parent.joinpath(link).exists()] == []


@each_document
def test_every_file_named_is_there(name: str) -> None:
    named = re.findall(r"^((?:contracts|adapters|hub|tests|docs|\.ci)/[\w./-]*)", code(name), re.MULTILINE)
    bases = (ROOT, (ROOT / name).parent)
    missing = [path for path in named if not any((base / path).exists() for base in bases)]
    assert [path for path in missing if not any((ROOT / f"{path}{end}").exists() for end in (".py", "/"))] == []


def test_every_command_is_in_the_operators_page() -> None:
    leaves = {words for words, command in commands().items() if words and not getattr(command, "commands", {})}
    assert {words for words in leaves if f"hub {words}" not in code("docs/operating.md")} == set()


def test_every_metric_is_in_the_operators_page() -> None:
    rows = re.findall(r"^\| `(hub_[a-z_]+)` \| (.+?) \| (.+?) \|$", text("docs/operating.md"), re.MULTILINE)
    assert {name for name, means, act in rows if means and act} == {metric.name for metric in metrics.METRICS}


def test_every_503_of_intake_is_in_the_operators_page() -> None:
    kinds = re.findall(r'503,\n        "([a-z-]+)"', (ROOT / "hub/api/problems.py").read_text(encoding="utf-8"))
    assert len(kinds) >= 3
    night = text("docs/operating.md").partition("## At three in the morning")[2]
    assert {kind for kind in kinds if f"`{kind}`" not in night} == set()


def test_every_kind_of_task_is_in_the_operators_page() -> None:
    kinds = set(_kinds())
    assert len(kinds) >= 12
    page = text("docs/operating.md")
    assert {kind for kind in kinds if f"`{kind}" not in page} == set()


def _kinds() -> Iterator[str]:
    """Find the kinds of task in the code: the second part of Task and TaskNote, and the titles kept by kind."""
    for path in (ROOT / "hub").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Task", "TaskNote"):
                named = [keyword.value for keyword in node.keywords if keyword.arg == "kind"]
                yield from _start(named[0] if named else node.args[1] if len(node.args) > 1 else None)
            if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "_TITLES":
                yield from ast.literal_eval(node.value)


def _start(kind: ast.expr | None) -> Iterator[str]:
    if isinstance(kind, ast.JoinedStr):
        kind = kind.values[0]
    if isinstance(kind, ast.Constant) and isinstance(kind.value, str):
        yield kind.value


def test_each_promise_names_the_tests_that_prove_it() -> None:
    promises = re.split(r"^## ", text("docs/guarantees.md"), flags=re.MULTILINE)[1:]
    assert [promise.split(".")[0] for promise in promises] == [f"G{number}" for number in range(1, 10)]
    for promise in promises:
        assert len(re.findall(r"tests/[\w/]+\.py::\w+", promise)) >= 3
        for part in ("**How**", "**Tests**", "**Not covered**"):
            assert part in promise


def test_each_threat_names_its_test() -> None:
    rows = [line for line in text("docs/threat-model.md").splitlines() if line.startswith("| ")][1:]
    assert len(rows) >= 20
    assert [row for row in rows if not re.search(r"`tests/[\w/]+\.py::\w+` \|$", row)] == []


def test_the_readme_is_one_that_a_person_finishes() -> None:
    readme = text("README.md")
    assert len(readme.splitlines()) <= 120
    for must in ("make run", "make test", "docs/timeline.svg", "no national missing-child flag", "LICENSE"):
        assert must in readme


def test_the_changelog_knows_the_version() -> None:
    version = re.search(r'^version = "([^"]+)"', text("pyproject.toml"), re.MULTILINE)
    assert version is not None
    assert f"## [{version[1]}]" in text("CHANGELOG.md")
    assert "## [Unreleased]" in text("CHANGELOG.md")


def test_the_picture_is_of_a_whole_run_and_fetches_nothing() -> None:
    picture = html.unescape(text("docs/timeline.svg")).replace("\xa0", " ")
    for line in ("missing.person.reported.v1", "raise alert", "withdraw alert", "live alerts 0"):
        assert line in picture
    shown = re.search(r"told (\d+), receipts (\d+)/(\d+)", picture)
    assert shown is not None
    assert len(set(shown.groups())) == 1
    assert "url(http" not in picture
    assert "@font-face" not in picture


def test_the_picture_leaves_out_what_only_repeats(tmp_path: Path) -> None:
    picture = Picture()
    for line in (
        "  event   missing.receipt.recorded.v2",
        "  update notice   x",
        "  receipt   x  opened",
        "  sent   kept",
    ):
        picture.add(line)
    picture.save(tmp_path / "picture.svg")
    drawn = html.unescape((tmp_path / "picture.svg").read_text(encoding="utf-8"))
    assert "kept" in drawn
    assert not [word for word in ("receipt", "update", "opened", "@font-face") if word in drawn]
