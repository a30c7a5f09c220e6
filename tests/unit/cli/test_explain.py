"""`hub explain` on files of events as people write them: no ids of episodes or subjects needed."""

import json
from pathlib import Path

import orjson
import pytest

from contracts.envelope import from_structured
from hub.cli.histories import one_episode
from tests.unit.cli.conftest import Run

ROOT = Path(__file__).resolve().parents[3]
CANONICAL = sorted((ROOT / "adapters/police/samples").glob("*-1-report.canonical.json"))
KEYS = {"told", "withheld", "decisions", "clocks", "blocked", "unrouted"}


def lines(sample: Path) -> bytes:
    return b"\n".join(orjson.dumps(event) for event in json.loads(sample.read_text()))


@pytest.mark.parametrize("sample", CANONICAL, ids=lambda path: path.stem)
def test_what_the_police_sample_leads_to(hub: Run, tmp_path: Path, sample: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(lines(sample))
    done = hub("explain", str(file), "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    assert set(answer) >= KEYS
    assert answer["told"] or answer["unrouted"]
    assert all(line["clause"] and line["rule"] for line in answer["told"])
    shown = hub("explain", str(file))
    assert shown.exit_code == 0
    assert "told" in shown.stdout


@pytest.mark.parametrize(
    ("content", "at", "said"),
    [
        (b"", "", "no event"),
        (b"CANARY\n", "", "line 1"),
        (b"\n{}\n", "", "line 2"),
        (None, "2026-01-01T00:00:00", "time zone"),
        (None, "CANARY", "not a date"),
        (None, "1999-01-01T00:00:00Z", "Nothing to explain"),
    ],
)
def test_mistakes(hub: Run, tmp_path: Path, content: bytes | None, at: str, said: str) -> None:
    file = tmp_path / "events.jsonl"
    file.write_bytes(lines(CANONICAL[0]) if content is None else content)
    done = hub("explain", str(file), *(["--at", at] if at else []))
    assert done.exit_code == 2
    assert said in done.stderr
    assert "CANARY" not in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "Either a file or --episode"),
        (("--episode", "MC-TEST-TEST"), "--at is needed"),
        (("--episode", "MC-TEST-TEST", "--at", "2026-07-01T09:00:00Z"), "A token is needed"),
        (("--episode", "MC-TEST-TEST", "--at", "CANARY", "--token", "t"), "not a date"),
    ],
)
def test_mistakes_about_an_episode(hub: Run, words: tuple[str, ...], said: str) -> None:
    done = hub("explain", *words)
    assert done.exit_code == 2
    assert said in done.stderr
    assert "CANARY" not in done.stderr


def test_a_subject_is_the_same_through_a_history() -> None:
    raw = [event for name in ("siblings-1-report", "siblings-2-found-one") for event in _sample(name)]
    first, found = one_episode([from_structured(orjson.dumps(event)) for event in raw])
    reported = [subject.subject_id for subject in first.data.subjects]  # type: ignore[attr-defined]
    assert len(set(reported)) == len(reported) == 2
    assert {subject.subject_id for subject in found.data.subjects} < set(reported)  # type: ignore[attr-defined]
    assert first.episode_id == found.episode_id is not None


def _sample(name: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads((ROOT / f"adapters/police/samples/{name}.canonical.json").read_text())
    return found
