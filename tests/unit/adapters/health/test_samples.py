"""Every sample is a pair: the dispatch and the message it becomes; the message and the events it means."""

import json

import pytest

from adapters.health import ADAPTER
from adapters.health.model import FHIR_JSON
from contracts.envelope import from_structured, to_structured
from tests.unit.adapters.health.support import SAMPLES, bundle_of, dispatch_of, endpoint_for, names, sample_document


@pytest.mark.parametrize("name", names(".dispatch.json"))
def test_a_dispatch_becomes_its_message(name: str) -> None:
    dispatch = dispatch_of(name)
    wire = ADAPTER.render(dispatch, endpoint_for(dispatch))
    assert json.loads(wire.body) == bundle_of(name)
    assert wire.content_type == FHIR_JSON


@pytest.mark.parametrize("name", names(".message.json"))
def test_a_message_means_its_events(name: str) -> None:
    reading = ADAPTER.read(sample_document(name))
    expected = json.loads((SAMPLES / f"{name}.canonical.json").read_bytes())
    assert [json.loads(to_structured(event)) for event in reading.events] == expected
    assert [from_structured(json.dumps(event).encode()) for event in expected] == list(reading.events)
    assert reading.warnings == ()


def test_a_repeated_message_gives_the_same_event_ids() -> None:
    first, second = (ADAPTER.read(sample_document("decision-yes")) for _ in range(2))
    assert [event.id for event in first.events] == [event.id for event in second.events]
    assert len({event.id for event in first.events}) == 2


def test_no_sample_is_half_a_pair() -> None:
    assert len(names(".dispatch.json")) == len(names(".bundle.json")) >= 12
    assert len(names(".message.json")) == len(names(".canonical.json")) >= 7
