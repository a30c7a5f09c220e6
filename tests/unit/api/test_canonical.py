"""Canonical events from partners: each speaks in its own name, and its ids cannot meet another's."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest

from contracts.adapter import Document, Partner, PartnerKind
from contracts.errors import Fate, InvalidMessage
from hub.canonical import read_event

NOW = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
COUNCIL = Partner(name="rotherham-council", kind=PartnerKind.AUTHORITY, code="E08000018")
OPERATOR = Partner(name="operator", kind=PartnerKind.OPERATOR)
EPISODE = "0e000000-0000-5000-8000-00000000000a"
SUBJECT = {"person": {"surname": "Example"}, "identifiers": {"case_id": "R-1"}}


def document(partner: Partner = COUNCIL, **changes: Any) -> Document:
    event = {
        "specversion": "1.0",
        "id": "11111111-1111-5111-8111-111111111111",
        "source": partner.source,
        "type": "missing.person.reported.v1",
        "time": "2026-11-21T18:00:00Z",
        "data": {"subjects": [SUBJECT]},
    }
    body = orjson.dumps({name: value for name, value in {**event, **changes}.items() if value is not None})
    return Document(partner, "events", body, "application/cloudevents+json", NOW)


def test_what_is_kept() -> None:
    event = read_event(document(subject=EPISODE, recordedtime="1999-01-01T00:00:00Z")).events[0]
    assert event.episode_id is None
    assert [(r.kind, r.issuer, r.value) for r in event.references] == [("episode", "hub", EPISODE)]
    assert event.recorded_at == NOW


def test_ids_are_the_partners_own_and_repeatable() -> None:
    other = Partner(name="lambeth-council", kind=PartnerKind.AUTHORITY)
    ids = [read_event(document(partner)).events[0].id for partner in (COUNCIL, COUNCIL, other)]
    assert ids[0] == ids[1] != ids[2]
    assert UUID("11111111-1111-5111-8111-111111111111") not in ids


@pytest.mark.parametrize(
    ("changes", "fate", "field"),
    [
        ({"source": "/partners/lambeth-council"}, Fate.UNUSABLE, "source"),
        ({"source": "/hub"}, Fate.UNUSABLE, "source"),
        (
            {"type": "missing.clock.fell.v1", "data": {"rule": "x", "due_at": "2026-01-01T00:00:00Z"}},
            Fate.UNUSABLE,
            "type",
        ),
        (
            {"type": "missing.identity.linked.v1", "data": {"kept": EPISODE, "merged": EPISODE, "decided_by": "x"}},
            Fate.UNUSABLE,
            "type",
        ),
        ({"data": {"subjects": [{"identifiers": {"case_id": "R-1"}}]}}, Fate.UNUSABLE, "data.subjects"),
        ({"data": {"subjects": []}}, Fate.UNUSABLE, "data.subjects"),
        ({"data": {"subjects": [{"person": {"surname": "Example"}}]}}, Fate.UNUSABLE, "references"),
        ({"type": "missing.person.teleported.v1"}, Fate.HELD, "type"),
        ({"time": None}, Fate.REFUSED, "time"),
        ({"time": "2026-11-21T18:00:00"}, Fate.UNUSABLE, "occurred_at"),
        ({"id": "not a uuid"}, Fate.UNUSABLE, "id"),
    ],
)
def test_what_is_not_taken(changes: dict[str, Any], fate: Fate, field: str) -> None:
    with pytest.raises(InvalidMessage) as caught:
        read_event(document(**changes))
    assert caught.value.fate is fate
    assert field in [problem.field for problem in caught.value.problems]


@pytest.mark.parametrize("type", ["missing.identity.linked.v1", "missing.identity.unlinked.v1"])
def test_not_even_an_operator_links_identities_by_an_event(type: str) -> None:
    data = {"kept": str(uuid4()), "merged": str(uuid4()), "decided_by": "records officer"}
    with pytest.raises(InvalidMessage) as caught:
        read_event(document(OPERATOR, type=type, data=data))
    assert [problem.field for problem in caught.value.problems] == ["type"]
