"""The letters that the hub writes are the ones that contracts describe."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import orjson
import pytest
from jsonschema import Draft202012Validator

from contracts.envelope import event_of
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import Found
from contracts.schemas import schema
from hub.channel.letters import dead_letter, invalid_letter
from hub.channel.record import Record

AT = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
ID = UUID("0e000000-0000-5000-8000-000000000001")
RECORD = Record(
    "missing.from.norfolk-police.v1", 3, 118, None, (("ce_id", b"?"), ("ce_source", b"/partners/norfolk-police")), b"{"
)
ERROR = InvalidMessage(Fate.REFUSED, "The record is not readable.", [Problem("record", "JSONDecodeError")])


def assert_fits(name: str, body: dict[str, Any]) -> None:
    checker = Draft202012Validator(schema(name), format_checker=Draft202012Validator.FORMAT_CHECKER)
    assert [error.message for error in checker.iter_errors(body)] == []
    for field in schema(name)["required"]:
        lacking = {key: value for key, value in body.items() if key != field}
        assert [error.validator for error in checker.iter_errors(lacking)] == ["required"]


@pytest.mark.parametrize("source", ["/partners/dwp", "no source of ours"])
def test_a_dead_letter(source: str) -> None:
    event = event_of(Found(), id=ID, source=source, occurred_at=AT, recorded_at=AT, episode_id=ID)
    letter = dead_letter(event, "KeyError in fold", AT)
    assert letter.headers["ce_type"] == b"missing.event.dead.v1"
    assert_fits("missing.event.dead.v1", orjson.loads(letter.value))


def test_an_invalid_letter() -> None:
    letter = invalid_letter(RECORD, ERROR, AT)
    assert letter.headers["ce_type"] == b"missing.record.invalid.v1"
    assert_fits("missing.record.invalid.v1", orjson.loads(letter.value))
