"""`read` is pure and repeatable, gives events that no episode has claimed yet, and refuses without repeating values."""

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contracts.adapter import Adapter, Document, Reading, Route
from contracts.errors import InvalidMessage, Problem
from contracts.events import CareContextRequested
from tests.conformance.filling import AT
from tests.conformance.found import ADAPTERS
from tests.conformance.samples import Incoming, incoming, partner, read_any

CANARY = "Canary77Value"
ROUTES = [(adapter, route) for adapter in ADAPTERS for route in adapter.routes]
each_incoming = pytest.mark.parametrize("sample", incoming(), ids=lambda sample: sample.name)
each_route = pytest.mark.parametrize(
    ("adapter", "route"), ROUTES, ids=[f"{adapter.name}/{route.path}" for adapter, route in ROUTES]
)
quick = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def document(route: Route, body: bytes, content_type: str) -> Document:
    return Document(
        partner=partner("/partners/a-partner", route),
        route=route.path,
        body=body,
        content_type=content_type,
        received_at=AT,
    )


def readings(sample: Incoming) -> list[tuple[Document, Reading]]:
    found = ((document, read_any(sample.adapter, document)) for document in sample.documents())
    return [(document, reading) for document, reading in found if reading is not None]


@each_incoming
def test_the_same_document_gives_the_same_events(sample: Incoming) -> None:
    for document, reading in readings(sample):
        again = sample.adapter.read(replace(document))
        assert [event.id for event in again.events] == [event.id for event in reading.events]
        assert again == reading


@each_incoming
def test_a_document_received_later_still_has_the_same_ids(sample: Incoming) -> None:
    for document, reading in readings(sample):
        later = sample.adapter.read(replace(document, received_at=document.received_at.replace(microsecond=999)))
        assert [event.id for event in later.events] == [event.id for event in reading.events]


@each_incoming
def test_events_belong_to_no_episode_yet(sample: Incoming) -> None:
    assert readings(sample)
    for document, reading in readings(sample):
        assert len({event.id for event in reading.events}) == len(reading.events)
        for event in reading.events:
            assert event.episode_id is None
            assert event.source == document.partner.source
            assert event.recorded_at == document.received_at
            assert not isinstance(event.data, CareContextRequested), "only the hub asks for care context"


@each_route
@given(body=st.one_of(st.binary(max_size=400), st.text(max_size=200).map(str.encode), st.just(b"[" * 50_000)))
@quick
def test_any_bytes_are_read_or_refused_in_one_way(adapter: Adapter, route: Route, body: bytes) -> None:
    for content_type in route.content_types:
        reading = outcome(adapter, document(route, body, content_type))
        assert isinstance(reading, Reading | InvalidMessage)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@each_incoming
@given(data=st.data())
@quick
def test_a_damaged_sample_is_read_or_refused_in_one_way(sample: Incoming, data: st.DataObject) -> None:
    text = sample.document.read_bytes()
    at = data.draw(st.integers(0, len(text) - 1))
    if sample.document.suffix == ".json" and data.draw(st.booleans()):
        damaged = json.dumps(spoilt(json.loads(text), data)).encode()
    else:
        damaged = text[:at] + data.draw(st.binary(max_size=6)) + text[at + data.draw(st.integers(0, 40)) :]
    for document in sample.documents():
        assert isinstance(outcome(sample.adapter, replace(document, body=damaged)), Reading | InvalidMessage)


@each_incoming
def test_no_complaint_repeats_what_the_sender_wrote(sample: Incoming) -> None:
    body = with_canaries(sample)
    told = [complaints(outcome(sample.adapter, replace(document, body=body))) for document in sample.documents()]
    assert any(told), "a sample full of nonsense is neither refused nor doubted"
    for complaint in (one for several in told for one in several):
        assert CANARY not in complaint


def outcome(adapter: Adapter, document: Document) -> Reading | InvalidMessage:
    """Return what reading came to; anything but a reading or InvalidMessage fails the test that asks."""
    try:
        return adapter.read(document)
    except InvalidMessage as refusal:
        return refusal


def complaints(result: Reading | InvalidMessage) -> list[str]:
    """Return every text with which a message was refused or doubted."""
    problems: tuple[Problem, ...] = result.warnings if isinstance(result, Reading) else result.problems
    title = [] if isinstance(result, Reading) else [result.title, str(result)]
    return title + [text for problem in problems for text in (problem.field, problem.detail, problem.remedy)]


def spoilt(value: Any, data: st.DataObject) -> Any:
    """Return a JSON value in which one place holds something else."""
    if isinstance(value, dict) and value and data.draw(st.integers(0, 3)):
        name = data.draw(st.sampled_from(sorted(value)))
        return {**value, name: spoilt(value[name], data)}
    if isinstance(value, list) and value and data.draw(st.integers(0, 3)):
        return [spoilt(value[0], data), *value[1:]]
    return data.draw(json_values)


def with_canaries(sample: Incoming) -> bytes:
    """Return the sample with nonsense for every value that is no address of a schema, a profile or a version."""
    text = sample.document.read_text(encoding="utf-8")
    if sample.document.suffix == ".xml":
        return re.sub(r">([^<>\s][^<>]*)<", f">{CANARY}<", text).encode()
    return json.dumps(nonsense(json.loads(text))).encode()


def nonsense(value: Any) -> Any:
    if isinstance(value, dict):
        kept = ("profile", "version", "resourceType", "system", "eventCoding")
        return {name: inner if name in kept else nonsense(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [nonsense(inner) for inner in value]
    return CANARY if isinstance(value, str | int) and not isinstance(value, bool) else value
