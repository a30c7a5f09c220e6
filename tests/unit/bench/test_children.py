"""The benchmark's children are as good as real ones, and the peer does the same job for them as the hub."""

from datetime import UTC, datetime
from uuid import UUID

import orjson
import pytest
from pydantic import ValidationError

from adapters import ADAPTERS
from bench.children import POLICE, care_context, children, report
from bench.figures import Figure, at_least, at_most, table
from bench.hub import DIRECTORY, ROOT
from bench.peer.messages import dispatches, load_models
from bench.peer.report import read
from bench.peers import CONTEXT
from contracts.adapter import Document, Partner, PartnerKind
from contracts.codes import is_nhs_number
from contracts.envelope import Event, from_structured
from contracts.events import CareContextKnown, MissingReported
from hub.procedures import load_book
from hub.routing.plan import plan

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
EPISODE = UUID("b0f6ad3c-3b65-4f0e-9a52-0a9f4a7d7f11")
RESOURCES = ["MessageHeader", "Flag", "Communication", "Task", "Organization", "Patient"]


def test_every_child_has_a_valid_number_of_its_own_from_the_test_range() -> None:
    numbers = [child.nhs_number for child in children(3_000)]
    assert len(set(numbers)) == len(numbers)
    assert all(number.startswith("999") and is_nhs_number(number) for number in numbers)


def test_a_report_is_read_without_a_warning() -> None:
    police = next(one for one in ADAPTERS if one.name == "police")
    sender = Partner(name=POLICE, kind=PartnerKind.POLICE, code="E23000011")
    body = report(next(children(1)), NOW)
    reading = police.read(Document(sender, "reports", body, "application/xml", NOW))
    assert reading.warnings == ()
    assert len(reading.events) == 1


def test_the_rules_that_are_measured_make_four_dispatches_and_nothing_waits() -> None:
    police = next(one for one in ADAPTERS if one.name == "police")
    sender = Partner(name=POLICE, kind=PartnerKind.POLICE, code="E23000011")
    child = next(children(1))
    [reported] = police.read(Document(sender, "reports", report(child, NOW), "application/xml", NOW)).events
    held = from_structured(care_context(child, NOW))
    book = load_book(DIRECTORY, ROOT / "bench" / "procedures")
    done = plan([_of_one_child(reported), _of_one_child(held)], [], book, NOW)
    assert sorted((one.recipient.role.value, one.kind.value) for one in done.dispatches) == [
        ("case_team", "decision_request"),
        ("case_team", "notice"),
        ("gp_practice", "alert"),
        ("service_0_19", "alert"),
    ]
    assert not done.waiting


def _of_one_child(event: Event) -> Event:
    """Return the event as intake keeps it: of an episode, and of the child whom it was matched with."""
    assert isinstance(event.data, MissingReported | CareContextKnown)
    [subject] = event.data.subjects
    data = event.data.model_copy(update={"subjects": (subject.model_copy(update={"subject_id": EPISODE}),)})
    return event.model_copy(update={"episode_id": EPISODE, "data": data})


def test_the_peer_makes_four_copies_two_of_them_the_fhir_messages_that_the_hub_makes() -> None:
    found = list(dispatches(EPISODE, read(report(next(children(1)), NOW)), CONTEXT, NOW, validate=True))
    bundles = [orjson.loads(one.body) for one in found if one.kind == "alert"]
    assert [one.kind for one in found] == ["notice", "decision_request", "alert", "alert"]
    assert [[part["resource"]["resourceType"] for part in one["entry"]] for one in bundles] == [RESOURCES] * 2


def test_the_peer_refuses_a_message_that_the_models_refuse_unless_it_is_told_not_to_look() -> None:
    told = read(report(next(children(1)), NOW))
    told["person"]["dob"] = "the fourteenth of March"
    with pytest.raises(ValidationError):
        list(dispatches(EPISODE, told, CONTEXT, NOW, validate=True))
    assert len(list(dispatches(EPISODE, told, CONTEXT, NOW, validate=False))) == 4
    assert load_models() is load_models()


def test_a_table_says_which_goals_were_missed() -> None:
    rows = table([at_least("rate", 639, 640, "reports/s"), at_most("p99", 150, 150, "ms"), Figure("flush", "12 us")])
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in rows.splitlines()]
    assert cells[2:] == [
        ["rate", "639 reports/s", "at least 640, missed"],
        ["p99", "150 ms", "at most 150, met"],
        ["flush", "12 us", ""],
    ]
