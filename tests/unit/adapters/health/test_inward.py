"""What comes back: which fate a bad message has, and what a doubtful one still says."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from adapters.health import ADAPTER
from adapters.health.model import DECISION_ID, EVENT_SYSTEM, MESH_REPORT, NHS_NUMBER
from contracts.codes import Role
from contracts.errors import Fate, InvalidMessage
from contracts.events import DecisionRecorded, ReceiptRecorded, Sighted
from contracts.receipt import Stage
from tests.unit.adapters.health.support import NOW, document, message_of, resource

Change = Callable[[dict[str, Any]], object]


def changed(name: str, change: Change) -> dict[str, Any]:
    message = copy.deepcopy(message_of(name))
    change(message)
    return message


def header(message: dict[str, Any]) -> dict[str, Any]:
    return resource(message, "MessageHeader")


def task(message: dict[str, Any]) -> dict[str, Any]:
    return resource(message, "Task")


def without(system: str) -> Change:
    def change(message: dict[str, Any]) -> None:
        task(message)["identifier"] = [item for item in task(message)["identifier"] if item["system"] != system]

    return change


def nameless_seen(message: dict[str, Any]) -> None:
    resource(message, "Encounter").pop("identifier")
    resource(message, "Encounter").pop("subject")
    message["entry"].pop()


def unreferenced(message: dict[str, Any]) -> None:
    header(message).pop("response")
    task(message).pop("groupIdentifier")


REFUSED = {
    "empty": b"",
    "not JSON": b"\x00\x01\x02",
    "XML": b"<Bundle xmlns='http://hl7.org/fhir'/>",
    "not UTF-8": '{"resourceType": "Bündle"}'.encode("latin-1"),
    "a list": b"[]",
    "not a number": b'{"resourceType": NaN}',
    "too deep": b'{"a":' * 60 + b"1" + b"}" * 60,
    "far too deep": b"[" * 200_000,
    "too long": b'{"resourceType": "Bundle", "x": "' + b"x" * 5_000_000 + b'"}',
}
UNUSABLE: dict[str, tuple[dict[str, Any], str]] = {
    "no bundle": ({"resourceType": "Patient"}, "Bundle.type"),
    "a collection": ({"resourceType": "Bundle", "type": "collection"}, "Bundle.type"),
    "no entries": ({"resourceType": "Bundle", "type": "message"}, "Bundle.entry[0].resource"),
    "entries of nonsense": (
        {"resourceType": "Bundle", "type": "message", "entry": [1, None]},
        "Bundle.entry[0].resource",
    ),
    "no header": (
        {"resourceType": "Bundle", "type": "message", "entry": [{"resource": {"resourceType": "Task"}}]},
        "Bundle.entry[0].resource",
    ),
    "no event": (
        changed("acknowledgement-accepted", lambda m: header(m).pop("eventCoding")),
        "MessageHeader.eventCoding.code",
    ),
    "acknowledges nothing": (
        changed("acknowledgement-accepted", lambda m: header(m).pop("response")),
        "MessageHeader.response.identifier",
    ),
    "acknowledges something else": (
        changed("acknowledgement-accepted", lambda m: header(m)["response"].update(identifier="x")),
        "MessageHeader.response.identifier",
    ),
    "decides nothing": (changed("decision-yes", without(DECISION_ID)), "Task.identifier"),
    "nobody decided": (changed("decision-yes", lambda m: task(m).pop("owner")), "Task.owner"),
    "no answer": (changed("decision-yes", lambda m: task(m).pop("output")), "Task.output"),
    "answer as text": (
        changed("decision-yes", lambda m: task(m)["output"][0].update(valueBoolean="true")),
        "Task.output",
    ),
    "still in hand": (changed("decision-yes", lambda m: task(m).update(status="accepted")), "Task.output"),
    "decides for no episode": (changed("decision-yes", unreferenced), "Task.groupIdentifier"),
    "seen nobody": (changed("seen", nameless_seen), "Encounter.subject"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(InvalidMessage) as refused:
        ADAPTER.read(document(REFUSED[name]))
    assert refused.value.fate is Fate.REFUSED
    assert [problem.field for problem in refused.value.problems] == ["body"]


@pytest.mark.parametrize("name", UNUSABLE)
def test_what_says_too_little_is_unusable_and_names_the_field(name: str) -> None:
    body, place = UNUSABLE[name]
    with pytest.raises(InvalidMessage) as unusable:
        ADAPTER.read(document(body))
    assert unusable.value.fate is Fate.UNUSABLE
    assert [problem.field for problem in unusable.value.problems] == [place]


@pytest.mark.parametrize(
    "coding",
    [
        {"system": EVENT_SYSTEM, "code": "missing-something-newer"},
        {"system": "https://other.example/events", "code": "missing-acknowledgement"},
    ],
)
def test_an_event_that_is_not_known_is_held(coding: dict[str, str]) -> None:
    body = changed("acknowledgement-accepted", lambda m: header(m).update(eventCoding=coding))
    with pytest.raises(InvalidMessage) as held:
        ADAPTER.read(document(body))
    assert held.value.fate is Fate.HELD


@pytest.mark.parametrize(
    ("status", "code", "stage"),
    [
        ("received", "ok", Stage.OPENED),
        ("accepted", "ok", Stage.ACCEPTED),
        ("in-progress", "ok", Stage.ACCEPTED),
        ("completed", "ok", Stage.ACTED_ON),
        ("rejected", "ok", Stage.REJECTED),
        ("failed", "ok", Stage.REJECTED),
        ("accepted", "fatal-error", Stage.REJECTED),
        ("accepted", "transient-error", Stage.REJECTED),
    ],
)
def test_stages_of_a_business_acknowledgement(status: str, code: str, stage: Stage) -> None:
    body = changed(
        "acknowledgement-accepted", lambda m: (task(m).update(status=status), header(m)["response"].update(code=code))
    )
    data = ADAPTER.read(document(body)).events[0].data
    assert isinstance(data, ReceiptRecorded)
    assert data.receipts[0].stage is stage
    assert data.receipts[0].by == "Duty officer, service 0 19"


def test_an_acknowledgement_without_a_task_is_only_opened() -> None:
    reading = ADAPTER.read(document(changed("acknowledgement-accepted", lambda m: m["entry"].pop())))
    data = reading.events[0].data
    assert isinstance(data, ReceiptRecorded)
    assert data.receipts[0].stage is Stage.OPENED
    assert [warning.field for warning in reading.warnings] == ["Task.status"]


def test_a_name_may_stand_in_a_linked_practitioner_role() -> None:
    def linked(message: dict[str, Any]) -> None:
        task(message)["owner"] = {"reference": "urn:uuid:role"}
        role = {"resourceType": "PractitionerRole", "practitioner": {"display": "F. Matron"}}
        message["entry"].append({"fullUrl": "urn:uuid:role", "resource": role})

    data = ADAPTER.read(document(changed("acknowledgement-accepted", linked))).events[0].data
    assert isinstance(data, ReceiptRecorded)
    assert data.receipts[0].by == "F. Matron"


@pytest.mark.parametrize(
    "stated", ["2026-11-20T19:05:00", "2026-13-45T00:00:00Z", "2126-01-01T00:00:00Z", "0001-01-01T00:00:00+14:00", 7]
)
def test_an_impossible_moment_is_left_out_with_a_warning(stated: object) -> None:
    def change(message: dict[str, Any]) -> None:
        message["timestamp"] = stated
        task(message)["lastModified"] = stated

    reading = ADAPTER.read(document(changed("acknowledgement-accepted", change)))
    data = reading.events[0].data
    assert isinstance(data, ReceiptRecorded)
    assert reading.events[0].occurred_at == NOW == data.receipts[0].at
    assert {warning.field for warning in reading.warnings} == {"Bundle.timestamp", "Task.lastModified"}


def test_a_decision_says_who_decided_what_for_which_areas() -> None:
    decided, receipt = (event.data for event in ADAPTER.read(document(message_of("decision-yes"))).events)
    assert isinstance(decided, DecisionRecorded)
    assert (decided.decision, decided.answer, decided.areas) == ("rotherham.P10.onward-to-areas", True, ("E09000022",))
    assert (decided.decided_by, decided.decided_by_role) == ("D. Nurse", Role.DESIGNATED_NURSE_SAFEGUARDING)
    assert isinstance(receipt, ReceiptRecorded)
    assert receipt.receipts[0].stage is Stage.ACTED_ON


def test_a_rejected_task_decides_no() -> None:
    decided = ADAPTER.read(document(message_of("decision-no"))).events[0].data
    assert isinstance(decided, DecisionRecorded)
    assert decided.answer is False
    assert decided.reason == "No area is known well enough"


def test_an_area_that_is_no_gss_code_is_left_out_with_a_warning() -> None:
    body = changed("decision-yes", lambda m: task(m)["output"][1].update(valueString="Lambeth"))
    reading = ADAPTER.read(document(body))
    decided = reading.events[0].data
    assert isinstance(decided, DecisionRecorded)
    assert decided.areas == ()
    assert [warning.field for warning in reading.warnings] == ["Task.output"]


def test_a_sighting_is_never_confirmed_and_drops_a_wrong_nhs_number() -> None:
    def wrong(message: dict[str, Any]) -> None:
        resource(message, "Patient")["identifier"] = [{"system": NHS_NUMBER, "value": "9990000019"}]

    reading = ADAPTER.read(document(changed("seen", wrong)))
    sighted = reading.events[0].data
    assert isinstance(sighted, Sighted)
    assert sighted.confirmed is False
    assert sighted.subjects[0].identifiers.nhs_number is None
    assert [warning.field for warning in reading.warnings] == ["Patient.identifier"]
    assert "9990000019" not in str(reading.warnings)


def test_a_sighting_may_name_the_subject_without_the_episode() -> None:
    reading = ADAPTER.read(document(changed("seen", lambda m: resource(m, "Encounter").pop("identifier"))))
    assert reading.events[0].references == ()
    assert isinstance(reading.events[0].data, Sighted)
    assert reading.events[0].data.subjects[0].subject_id is not None


def test_systems_of_others_are_not_taken_for_ours() -> None:
    def foreign(message: dict[str, Any]) -> None:
        for item in (*resource(message, "Encounter")["identifier"], *resource(message, "Patient")["identifier"]):
            item["system"] = "urn:other"
        resource(message, "Patient").pop("birthDate")

    body = changed("seen", foreign)
    with pytest.raises(InvalidMessage):
        ADAPTER.read(document(body))


def test_a_report_is_read_from_its_headers_when_it_has_no_body() -> None:
    headers = {name: value for name, value in message_of("report-14").items() if value}
    from_headers = ADAPTER.read(document(b"", content_type="application/octet-stream", headers=headers))
    from_body = ADAPTER.read(document(message_of("report-14"), content_type=MESH_REPORT))
    assert from_headers == from_body


@pytest.mark.parametrize("code", ["14", "17", "99", "", "Tamsin Quill went away"])
def test_a_report_repeats_the_code_and_never_free_text(code: str) -> None:
    body = {**message_of("report-14"), "mex-statuscode": code, "mex-statusdescription": "Tamsin Quill"}
    data = ADAPTER.read(document(body, content_type=MESH_REPORT)).events[0].data
    assert isinstance(data, ReceiptRecorded)
    assert data.receipts[0].stage is Stage.UNDELIVERABLE
    assert "Tamsin" not in json.dumps(data.model_dump(mode="json"))


@pytest.mark.parametrize("local_id", ["", "somebody-elses", None])
def test_a_report_about_no_dispatch_of_ours_is_unusable(local_id: str | None) -> None:
    with pytest.raises(InvalidMessage) as unusable:
        ADAPTER.read(document({**message_of("report-14"), "mex-localid": local_id}, content_type=MESH_REPORT))
    assert unusable.value.fate is Fate.UNUSABLE
    assert [problem.field for problem in unusable.value.problems] == ["Mex-LocalID"]
