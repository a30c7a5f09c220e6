"""Events stored under an older schema are read for ever: golden samples, a version at a time."""

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts import envelope
from contracts.envelope import dump_data, from_kafka, from_structured, to_kafka, to_structured
from contracts.errors import Fate, InvalidMessage
from contracts.events import MissingReported
from contracts.older import OLDER
from contracts.upcasters import UPCASTERS, upcast

GOLDEN = Path(__file__).parents[2] / "contracts/samples/golden"
OLD = sorted(path for path in GOLDEN.glob("*.json") if ".today" not in path.name)
BODY = orjson.loads((GOLDEN / "missing.person.reported.v0.json").read_bytes())


def _as_it_is(body: Mapping[str, Any]) -> Mapping[str, Any]:
    return body


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.name)
def test_a_golden_sample_is_read_as_today(path: Path) -> None:
    event = from_structured(path.read_bytes())
    expected = path.with_name(path.name.replace(".json", ".today.json"))
    assert orjson.loads(to_structured(event)) == orjson.loads(expected.read_bytes())


def test_every_upcaster_has_its_golden_sample() -> None:
    assert {f"{stem}.v{version}.json" for stem, version in UPCASTERS} == {path.name for path in OLD}


@pytest.mark.parametrize("path", OLD, ids=lambda path: path.name)
def test_a_record_that_was_written_before_an_upgrade_is_read_from_the_log(path: Path) -> None:
    body = orjson.loads(path.read_bytes())
    today = from_structured(path.read_bytes())
    record = to_kafka(today)
    before = {**record.headers, "ce_type": body["type"].encode()}
    assert from_kafka(before, orjson.dumps(body["data"]), str(today.episode_id).encode()) == today
    assert dump_data(today.data) != body["data"]


def test_the_model_of_an_older_version_takes_its_golden_sample() -> None:
    for name, model in OLDER.items():
        data = orjson.loads((GOLDEN / f"{name}.json").read_bytes())["data"]
        assert dump_data(model.model_validate(data)) == data


def test_without_its_upcaster_the_old_event_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(envelope, "upcast", _as_it_is)
    with pytest.raises(InvalidMessage) as refused:
        from_structured(orjson.dumps(BODY))
    assert refused.value.fate is Fate.HELD


def test_a_number_that_was_never_checked_is_kept_as_doubtful() -> None:
    body = BODY | {"data": BODY["data"] | {"nhsNo": "9990000027"}}
    event = from_structured(orjson.dumps(body))
    assert isinstance(event.data, MissingReported)
    (subject,) = event.data.subjects
    assert subject.identifiers.nhs_number is None
    assert [(item.field, item.value) for item in subject.doubtful] == [("identifiers.nhs_number", "9990000027")]


@pytest.mark.parametrize(
    "type_name", ["missing.person.reported.v1", "missing.person.reported.v9", "other", "", None, "a.v", "a.vx"]
)
def test_anything_else_comes_back_as_it_is(type_name: Any) -> None:
    body = {"type": type_name, "data": {"nhsNo": "1"}}
    assert upcast(body) == body


@settings(deadline=None)
@given(st.dictionaries(st.text(max_size=6), st.none() | st.text(max_size=6) | st.integers(), max_size=3))
def test_the_old_event_is_never_changed_in_place_and_its_other_fields_stay(further: dict[str, Any]) -> None:
    body = BODY | {"data": BODY["data"] | {"further": further}}
    before = copy.deepcopy(body)
    made = upcast(body)
    assert body == before
    assert made["data"]["further"] == further
    assert upcast(made) == made
