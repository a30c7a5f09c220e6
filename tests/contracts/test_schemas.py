"""The committed schemas are what the models say, and none stands alone."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from contracts.schemas import BESIDE_TOPICS, as_reader, render, rendered, schema, schema_names
from contracts.topics import load_topics

CONTRACTS = Path(__file__).parents[2] / "contracts"
SCHEMAS = CONTRACTS / "schemas"


def objects(value: Any) -> list[dict[str, Any]]:
    """Every object schema inside a schema."""
    if isinstance(value, list):
        return [found for item in value for found in objects(item)]
    if not isinstance(value, dict):
        return []
    inner = [found for item in value.values() for found in objects(item)]
    return ([value] if value.get("type") == "object" and "properties" in value else []) + inner


def test_the_committed_schemas_are_the_generated_ones() -> None:
    committed = {path.name: path.read_bytes() for path in SCHEMAS.iterdir()}
    made = rendered()
    assert sorted(committed) == sorted(made)
    differing = [name for name in made if committed[name] != made[name]]
    assert differing == [], "run `make docs` and commit what it writes"


def test_generating_twice_gives_the_same_bytes() -> None:
    assert rendered() == rendered()


@pytest.mark.parametrize("name", schema_names())
def test_each_schema_is_valid_and_closed_to_writers(name: str) -> None:
    made = schema(name)
    Draft202012Validator.check_schema(made)
    assert made["$id"].endswith(name)
    assert all(item["additionalProperties"] is False for item in objects(made))
    assert all("additionalProperties" not in item for item in objects(as_reader(made)))


@pytest.mark.parametrize("name", schema_names())
def test_no_schema_stands_alone(name: str) -> None:
    on_topics = {used for topic in load_topics() for used in topic.schemas}
    assert name in on_topics | set(BESIDE_TOPICS)
    assert name == "event.v1" or (CONTRACTS / "samples" / f"{name}.json").is_file()


def test_a_reader_takes_new_words_of_open_lists_and_further_fields() -> None:
    receipt = {
        "dispatch_id": "0e000000-0000-5000-8000-000000000001",
        "stage": "framed",
        "at": "2026-11-20T18:00:00Z",
        "x": 1,
    }
    strict, lenient = (Draft202012Validator(shape) for shape in (schema("receipt.v1"), as_reader(schema("receipt.v1"))))
    assert {error.validator for error in strict.iter_errors(receipt)} == {"additionalProperties", "enum"}
    assert list(lenient.iter_errors(receipt)) == []
    assert [error.validator for error in lenient.iter_errors({"stage": "accepted"})] == ["required", "required"]


def test_files_are_written_for_people() -> None:
    assert render({"b": 1, "a": "é"}) == json.dumps({"a": "é", "b": 1}, indent=2, ensure_ascii=False).encode() + b"\n"
