"""Whatever arrives, the adapter answers with a reading or an InvalidMessage, and a reading can always be stored."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.police import ADAPTER
from contracts.adapter import Document
from contracts.envelope import from_structured, to_structured
from contracts.errors import InvalidMessage
from tests.unit.adapters.police.support import COMPLETE, as_json, as_xml, changed, document


def paths_of(group: dict[str, Any], before: str = "") -> list[str]:
    found = []
    for name, value in group.items():
        inner = value[0] if name == "person" else value
        found.append(f"{before}{name}")
        if isinstance(inner, dict):
            found += paths_of(inner, f"{before}{name}.")
    return found


PATHS = [
    *paths_of(COMPLETE),
    "found.at",
    "found.by",
    "found.authority",
    "found.personReferences",
    "header.statusReason",
]
WORDS = [
    "",
    "31/02/2011",
    "found",
    "cancelled",
    "true",
    "-1",
    "99999999999999999999",
    "2026-02-30T25:61:00Z",
    "E07000146",
]
TEXTS = st.one_of(st.sampled_from(WORDS), st.text(max_size=30), st.datetimes().map(str), st.dates().map(str))
SCALARS = st.one_of(TEXTS, st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)),
    max_leaves=8,
)
XML_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))


def read_or_refuse(arrived: Document) -> None:
    try:
        reading = ADAPTER.read(arrived)
    except InvalidMessage:
        return
    assert reading.message_id
    for event in reading.events:
        line = to_structured(event)
        assert to_structured(from_structured(line)) == line
        assert event.references


@given(body=st.binary(max_size=400), content_type=st.sampled_from(["application/xml", "application/json", ""]))
def test_any_bytes(body: bytes, content_type: str) -> None:
    read_or_refuse(document(body, content_type))


@given(body=st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=20))
def test_any_json(body: object) -> None:
    read_or_refuse(document(json.dumps(body).encode(), "application/json"))


@settings(max_examples=300)
@given(changes=st.dictionaries(st.sampled_from(PATHS), VALUES, min_size=1, max_size=4))
def test_a_report_with_anything_in_its_fields(changes: dict[str, Any]) -> None:
    try:
        report = changed(changes)
    except (AttributeError, TypeError, IndexError, KeyError):
        return  # one change took away the group of another
    read_or_refuse(as_json(report))


@given(path=st.sampled_from([path for path in PATHS if path != "person"]), text=XML_TEXTS)
def test_an_xml_report_with_any_text_in_a_field(path: str, text: str) -> None:
    read_or_refuse(as_xml(changed({path: text})))


@given(start=st.integers(0, 4000), length=st.integers(0, 60), noise=st.binary(max_size=20))
def test_a_damaged_report(start: int, length: int, noise: bytes) -> None:
    for whole in (as_xml(COMPLETE), as_json(COMPLETE)):
        read_or_refuse(document(whole.body[:start] + noise + whole.body[start + length :], whole.content_type))
