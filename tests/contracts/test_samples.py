"""One sample per message: it fits its schema and its model, and survives both forms on the wire."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from jsonschema import Draft202012Validator

from contracts.codes import is_nhs_number
from contracts.envelope import dump_data, from_kafka, from_structured, to_kafka, to_structured
from contracts.events import EventType
from contracts.older import OLDER
from contracts.schemas import BESIDE_TOPICS, MODELS, render, schema, schema_names

SAMPLES = Path(__file__).parents[2] / "contracts/samples"
EVENTS = sorted(event_type.value for event_type in EventType)
WRITTEN = sorted({*EVENTS, *OLDER})
OTHERS = sorted(set(MODELS) - set(WRITTEN))


def load(name: str) -> Any:
    return orjson.loads((SAMPLES / f"{name}.json").read_bytes())


def errors(name: str, value: Any) -> list[str]:
    checker = Draft202012Validator(schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{'/'.join(map(str, error.path))}: {error.validator}" for error in checker.iter_errors(value)]


def words(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [word for item in value.values() for word in words(item)]
    if isinstance(value, list):
        return [word for item in value for word in words(item)]
    return [str(value)]


def test_no_sample_stands_alone() -> None:
    assert {path.stem for path in SAMPLES.glob("*.json")} == set(schema_names()) - {"event.v1"}
    assert set(OTHERS) >= set(BESIDE_TOPICS)


@pytest.mark.parametrize("name", WRITTEN)
def test_an_event_fits_its_schemas_and_says_something(name: str) -> None:
    body = load(name)
    assert errors("event.v1", body) == []
    assert errors(name, body["data"]) == []
    assert body["type"] == name
    assert body["data"]


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_survives_structured_mode(name: str) -> None:
    event = from_structured((SAMPLES / f"{name}.json").read_bytes())
    assert from_structured(to_structured(event)) == event
    assert render(orjson.loads(to_structured(event))) == (SAMPLES / f"{name}.json").read_bytes()


@pytest.mark.parametrize("name", EVENTS)
def test_an_event_survives_kafkas_binary_mode(name: str) -> None:
    event = from_structured((SAMPLES / f"{name}.json").read_bytes())
    record = to_kafka(event)
    assert record.key == str(event.episode_id).encode()
    back = from_kafka(dict(record.headers), record.value, record.key)
    assert back == event
    assert not [one for one in event.references if one.value in str(record.headers)]


@pytest.mark.parametrize("name", EVENTS)
def test_neither_key_nor_header_carries_a_fact_about_anybody(name: str) -> None:
    event = from_structured((SAMPLES / f"{name}.json").read_bytes())
    record = to_kafka(event)
    outside = " ".join(str(item) for item in (record.key, *record.headers.values()))
    facts = {word for word in words(dump_data(event.data).get("subjects", [])) if len(word) > 3}
    assert [fact for fact in facts if fact in outside] == []


@pytest.mark.parametrize("name", OTHERS)
def test_another_message_fits_its_schema_and_survives_its_model(name: str) -> None:
    body = load(name)
    assert errors(name, body) == []
    model = MODELS[name].model_validate(body)
    assert dump_data(model) == body


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_planted_field_is_noticed(name: str) -> None:
    body = load(name)
    data = body["data"] if name in WRITTEN else body
    assert errors(name, data | {"surnme": "misspelt"}) == [": additionalProperties"]


def test_the_children_are_invented() -> None:
    for path in SAMPLES.rglob("*.json"):
        numbers = [word for word in words(orjson.loads(path.read_bytes())) if word.isdigit() and len(word) == 10]
        assert all(number.startswith("999") and is_nhs_number(number) for number in numbers), path.name
