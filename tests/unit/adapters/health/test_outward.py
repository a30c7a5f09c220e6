"""What a health service is told, and what it is never told."""

import json
from typing import Any

import pytest
from pydantic import BaseModel

from adapters.health import ADAPTER
from adapters.health.model import DECISION_ID, FLAG_ID, NHS_NUMBER, SEQUENCE_ID, SNOMED, SUBJECT_ID, UNBORN_SUBJECT_ID
from adapters.health.translate.checking import validate
from contracts.codes import Role, SubjectKind
from contracts.dispatch import Action, Content, Dispatch, Kind, Recipient, WithdrawalReason
from contracts.errors import Undeliverable
from tests.unit.adapters.health.support import bundle_of, dispatch_of, endpoint_for, names, resource, resources


def rendered(dispatch: Dispatch) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(ADAPTER.render(dispatch, endpoint_for(dispatch)).body)
    return loaded


def value(resource: dict[str, Any], system: str) -> str | None:
    return next((item["value"] for item in resource["identifier"] if item["system"] == system), None)


def codes(bundle: dict[str, Any]) -> list[str]:
    return [coding["code"] for coding in resource(bundle, "Flag")["code"]["coding"]]


def test_the_flag_keeps_its_identifier_and_counts_its_sequence() -> None:
    flags = [resource(bundle_of(f"alert-{what}"), "Flag") for what in ("1-raise", "2-update", "3-withdraw-found")]
    assert len({value(flag, FLAG_ID) for flag in flags}) == 1
    assert [value(flag, SEQUENCE_ID) for flag in flags] == ["1", "2", "3"]
    other = resource(bundle_of("alert-gp-1-raise"), "Flag")
    assert value(other, FLAG_ID) != value(flags[0], FLAG_ID)


@pytest.mark.parametrize(
    ("name", "flag", "task", "reason"),
    [
        ("alert-1-raise", "active", "requested", "new"),
        ("alert-2-update", "active", "requested", "update"),
        ("alert-3-withdraw-found", "inactive", "cancelled", "update"),
        ("alert-gp-2-withdraw-cancelled", "entered-in-error", "cancelled", "update"),
        ("unborn-alert-2-withdraw-found", "inactive", "cancelled", "update"),
    ],
)
def test_states_of_an_alert(name: str, flag: str, task: str, reason: str) -> None:
    bundle = bundle_of(name)
    assert resource(bundle, "Flag")["status"] == flag
    assert resource(bundle, "Task")["status"] == task
    assert resource(bundle, "MessageHeader")["reason"]["coding"][0]["code"] == reason


@pytest.mark.parametrize("name", [name for name in names(".dispatch.json") if "withdraw" in name])
def test_a_withdrawal_names_the_subject_by_our_identifier_and_says_nothing_else(name: str) -> None:
    dispatch, bundle = dispatch_of(name), bundle_of(name)
    assert not list(resources(bundle, "Patient"))
    assert not list(resources(bundle, "Observation"))
    assert str(dispatch.subject_id) in json.dumps(bundle)
    text = json.dumps(bundle)
    for secret in (
        "Quill",
        "Tamsin",
        "Marlowe",
        "9990000018",
        "9990000026",
        "Lambeth",
        "01632",
        "2027-01-15",
        "snomed",
    ):
        assert secret not in text


def test_the_end_of_a_withdrawn_flag_is_when_it_was_withdrawn() -> None:
    dispatch = dispatch_of("alert-3-withdraw-found")
    assert resource(bundle_of("alert-3-withdraw-found"), "Flag")["period"] == {
        "end": dispatch.created_at.isoformat(timespec="seconds")
    }


def test_an_unborn_child_stands_on_its_mothers_record() -> None:
    bundle = bundle_of("unborn-alert-1-raise")
    mother = resource(bundle, "Patient")
    assert len(list(resources(bundle, "Patient"))) == 1
    assert value(mother, NHS_NUMBER) == "9990000026"
    assert value(mother, UNBORN_SUBJECT_ID)
    assert value(mother, SUBJECT_ID) is None
    assert resource(bundle, "Flag")["subject"]["reference"] == f"urn:uuid:{mother['id']}"
    due = resource(bundle, "Observation")
    assert due["code"]["coding"][0]["code"] == "161714006"
    assert due["valueDateTime"] == "2027-01-15"
    assert codes(bundle) == ["missing-expectant-mother", "818901000000100"]


@pytest.mark.parametrize(
    ("kind", "care", "unborn", "expected"),
    [
        ("child", {}, {}, ["missing-child", "836881000000105"]),
        ("child", {"looked_after": True}, {}, ["missing-child", "764841000000100"]),
        ("child", {"looked_after": True, "child_protection_plan": True}, {}, ["missing-child", "342191000000101"]),
        ("unborn_child", {}, {}, ["missing-expectant-mother", "878111000000109"]),
        ("pregnant_woman", {}, {}, ["missing-expectant-mother", "878111000000109"]),
        ("pregnant_woman", {}, {"child_protection_plan": True}, ["missing-expectant-mother", "818901000000100"]),
        ("adult", {}, {}, ["missing-family"]),
        ("care_leaver", {}, {}, ["missing-person"]),
    ],
)
def test_our_own_concern_comes_first_and_a_national_one_second(
    kind: str, care: dict[str, bool], unborn: dict[str, bool], expected: list[str]
) -> None:
    raw = dispatch_of("alert-1-raise").model_dump()
    raw["subject_kind"] = SubjectKind(kind)
    raw["content"]["care"] = care
    raw["content"]["unborn"] = unborn
    bundle = rendered(Dispatch.model_validate(raw))
    assert codes(bundle) == expected
    assert all(c["system"] == SNOMED for c in resource(bundle, "Flag")["code"]["coding"][1:])


def test_a_sensitive_record_loses_every_address() -> None:
    assert "Secret" not in json.dumps(bundle_of("alert-sensitive-record"))
    assert "S60 1AA" not in json.dumps(bundle_of("alert-sensitive-record"))
    addresses = resource(bundle_of("alert-with-address"), "Patient")["address"]
    assert [(address["use"], address["postalCode"]) for address in addresses] == [
        ("home", "S60 1AA"),
        ("temp", "NR1 1AA"),
    ]


def test_without_an_nhs_number_the_alert_still_goes() -> None:
    person = resource(bundle_of("alert-without-nhs-number"), "Patient")
    assert value(person, NHS_NUMBER) is None
    assert person["birthDate"] == "2011-05-04"
    assert value(person, SUBJECT_ID) == str(dispatch_of("alert-without-nhs-number").subject_id)


def test_a_notice_places_nothing_on_a_record_and_names_the_areas() -> None:
    bundle = bundle_of("notice-1-raise")
    assert not list(resources(bundle, "Flag"))
    told = resource(bundle, "Communication")
    assert told["category"][0]["coding"][0]["code"] == "notification"
    assert [about["identifier"]["value"] for about in told["about"]] == ["E09000022"]


def test_a_decision_request_asks_and_names_its_rule() -> None:
    task = resource(bundle_of("decision-request-1-raise"), "Task")
    assert value(task, DECISION_ID) == "rotherham.P10.onward-to-areas"
    assert task["status"] == "requested"
    assert task["restriction"]["period"]["end"] == "2026-11-21T19:30:00+00:00"
    withdrawn = resource(bundle_of("decision-request-2-withdraw-answered"), "Task")
    assert withdrawn["status"] == "cancelled"
    assert value(withdrawn, DECISION_ID) == value(task, DECISION_ID)


def test_a_decision_request_without_a_question_is_undeliverable() -> None:
    asked = dispatch_of("alert-1-raise").model_copy(update={"kind": Kind.DECISION_REQUEST})
    with pytest.raises(Undeliverable, match="question"):
        rendered(asked)


@pytest.mark.parametrize("kind", [Kind.TRACE_REQUEST, Kind.BENEFIT_REQUEST, Kind.CARE_CONTEXT_REQUEST, Kind.UNKNOWN])
def test_a_kind_that_health_has_no_message_for_is_undeliverable(kind: Kind) -> None:
    with pytest.raises(Undeliverable, match=kind.value):
        rendered(dispatch_of("alert-1-raise").model_copy(update={"kind": kind}))


@pytest.mark.parametrize("kind", [Kind.FOUND_NOTICE, Kind.INFORMATION, Kind.REMINDER])
def test_every_other_kind_is_told_in_words(kind: Kind) -> None:
    bundle = rendered(dispatch_of("notice-1-raise").model_copy(update={"kind": kind}))
    assert resource(bundle, "Communication")["status"] == "completed"


def test_the_same_dispatch_gives_the_same_bytes() -> None:
    dispatch = dispatch_of("alert-1-raise")
    wires = {ADAPTER.render(dispatch, endpoint_for(dispatch)).body for _ in range(2)}
    assert len(wires) == 1


def test_high_risk_raises_the_priority() -> None:
    assert resource(bundle_of("alert-1-raise"), "Task")["priority"] == "urgent"
    assert resource(bundle_of("alert-2-update"), "Task")["priority"] == "stat"


def test_a_message_that_does_not_validate_names_the_place_and_not_the_value() -> None:
    bundle = bundle_of("alert-1-raise")
    resource(bundle, "Patient")["birthDate"] = "Tamsin's birthday"
    with pytest.raises(Undeliverable) as wrong:
        validate(bundle)
    assert "Tamsin" not in wrong.value.reason
    assert "birthDate" in wrong.value.reason


def test_a_corrected_alert_was_raised_wrongly_too() -> None:
    withdrawn = dispatch_of("alert-3-withdraw-found").model_copy(update={"reason": WithdrawalReason.CORRECTED})
    assert withdrawn.action is Action.WITHDRAW
    assert resource(rendered(withdrawn), "Flag")["status"] == "entered-in-error"


def test_the_receiver_is_the_organisation_or_the_mailbox() -> None:
    nurse = Recipient(role=Role.DESIGNATED_NURSE_SAFEGUARDING, authority="E09000022")
    dispatch = dispatch_of("notice-1-raise").model_copy(update={"recipient": nurse})
    for options, expected in (({}, "YROTHNUR"), ({"organisation": "QKK"}, "QKK")):
        bundle = json.loads(ADAPTER.render(dispatch, endpoint_for(dispatch, **options)).body)
        receiver = resource(bundle, "MessageHeader")["destination"][0]["receiver"]
        assert receiver["identifier"]["value"] == expected


def marked(model: BaseModel, prefix: str) -> dict[str, Any]:
    """Return a group of facts with a token of its own in every field of text."""
    tokens: dict[str, Any] = {}
    for name, field in type(model).model_fields.items():
        if field.annotation == str | None and not field.metadata:
            tokens[name] = f"{prefix}-{name}-token"
        elif field.annotation == tuple[str, ...]:
            tokens[name] = (f"{prefix}-{name}-token",)
    return tokens


@pytest.mark.parametrize("kind", [Kind.ALERT, Kind.NOTICE, Kind.DECISION_REQUEST])
def test_every_fact_that_was_disclosed_is_in_the_message(kind: Kind) -> None:
    raw = dispatch_of("decision-request-1-raise").model_dump()
    expected: list[str] = []
    for group in Content.model_fields:
        facts = getattr(Content(), group)
        tokens = marked(facts, group) if facts is not None else {}
        raw["content"][group] = (raw["content"][group] or {}) | tokens if tokens else raw["content"][group]
        expected += [token for value in tokens.values() for token in ((value,) if isinstance(value, str) else value)]
    raw["content"]["relations"]["parents"] = ({"name": "parent-token", "safe_to_tell": "unsafe"},)
    raw["content"]["information"] = {"what": "information-token"}
    text = json.dumps(rendered(Dispatch.model_validate({**raw, "kind": kind})))
    assert len(expected) > 60
    assert [token for token in (*expected, "parent-token", "information-token") if token not in text] == []


@pytest.mark.parametrize("typed", [" ", "\u2003", "\x85", "\x00", "\x1f", "\ufffe", "\n"])
def test_a_stray_character_does_not_keep_an_alert_from_leaving(typed: str) -> None:
    dispatch = dispatch_of("alert-with-address")
    for name in (typed, f"Qui{typed}ll"):
        raw = dispatch.model_dump()
        raw["content"]["person"].update(surname=name, known_as=(name,))
        raw["content"]["residence"].update(home_address=name, home_postcode=name)
        raw["content"]["care"].update(case_team_name=name, case_team_phone=name)
        bundle = rendered(Dispatch.model_validate(raw))
        assert resource(bundle, "Patient")["birthDate"] == "2011-05-04"
