"""What leaves for DWP: exactly the contract's request, every disclosed field, and nothing at all when withdrawn."""

import re
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from jsonschema import Draft4Validator, FormatChecker

from adapters.dwp.translate import render
from contracts.codes import SubjectKind
from contracts.dispatch import Action, Content, Dispatch, Kind
from contracts.errors import Undeliverable
from contracts.person import Identifiers, Person, Relations, Residence
from tests.unit.adapters.dwp.making import SUBJECT, citizen_api, dispatch, endpoint, mother

ROOT = Path(__file__).parents[4]
SPEC = yaml.safe_load((ROOT / "adapters/dwp/spec/openapi.yml").read_text())
OUT = ROOT / "adapters/dwp/samples/out"


def body_of(kind: Kind, content: Content | None = None, **how: Any) -> dict[str, Any]:
    answer = orjson.loads(render(dispatch(kind, content, **how), endpoint()).body)
    assert isinstance(answer, dict)
    return answer


def strings(value: Any) -> Iterator[str]:
    """Every word that a body carries, dates and numbers as text."""
    if isinstance(value, dict):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)
    elif value is not None:
        yield str(value)


def contents(content: Content) -> list[str]:
    """Every fact in a content, as the wire writes it."""
    return [
        re.sub(r"\+00:00$", "Z", text) if "T" in text else text
        for text in strings(content.model_dump(mode="json", exclude_defaults=True))
    ]


def test_the_match_request_fits_the_published_schema() -> None:
    schema = {"$ref": "#/components/schemas/RequestJSON", "components": SPEC["components"]}
    body = body_of(Kind.TRACE_REQUEST)
    checker = Draft4Validator(schema, format_checker=FormatChecker())
    assert list(checker.iter_errors(body)) == []
    del body["data"]["attributes"]["ninoFragment"]
    assert [error.validator for error in checker.iter_errors(body)] == ["required"]


def test_the_match_request_says_what_it_should() -> None:
    assert body_of(Kind.TRACE_REQUEST)["data"] == {
        "type": "Match",
        "attributes": {
            "firstName": "Maren",
            "lastName": "Ashgrove",
            "dateOfBirth": "1998-02-14",
            "ninoFragment": "2233",
            "alternateName": "Ren",
            "alternateNameHistory": ["Mar"],
            "postcode": "S60 1AE",
            "contactDetails": ["07700 900123", "ren@example.org"],
        },
    }


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"identifiers": Identifiers()}, "requires ninoFragment:"),
        ({"person": Person(surname="Ashgrove", forenames="Maren")}, "requires dateOfBirth:"),
        (
            {"person": Person(), "identifiers": Identifiers()},
            "requires firstName, lastName, dateOfBirth, ninoFragment:",
        ),
        ({"person": Person(surname="Ashgrove", forenames=" ", date_of_birth=date(1998, 2, 14))}, "requires firstName:"),
    ],
)
def test_a_field_that_the_contract_requires_and_nobody_knows_is_named(changes: dict[str, Any], named: str) -> None:
    with pytest.raises(Undeliverable, match=named) as refused:
        render(dispatch(Kind.TRACE_REQUEST, mother(**changes)), citizen_api())
    assert "Ashgrove" not in refused.value.reason


def test_values_longer_than_the_contract_allows_are_cut_or_left_out() -> None:
    content = mother(
        person=Person(surname="A" * 50, forenames="B" * 90, date_of_birth=date(1998, 2, 14), known_as=("C" * 90,)),
        residence=Residence(home_postcode="not a postcode"),
    )
    attributes = body_of(Kind.TRACE_REQUEST, content)["data"]["attributes"]
    assert (len(attributes["lastName"]), len(attributes["firstName"]), len(attributes["alternateName"])) == (35, 70, 70)
    assert "postcode" not in attributes


@pytest.mark.parametrize("action", [Action.RAISE, Action.UPDATE])
def test_the_notification_carries_every_disclosed_field(action: Action) -> None:
    # Ways to reach her go to the Citizen API alone; the profile of the notification has no place for them.
    content = mother().model_copy(update={"contact": Content().contact})
    body = body_of(Kind.NOTICE, content, action=action)
    assert (body["profile"], body["version"], body["action"]) == ("dwp-missing-notification", 1, action.value)
    said = list(strings(body))
    assert [fact for fact in contents(content) if fact not in said] == []
    assert body["basis"][0]["clause"] == "rotherham P17"


@pytest.mark.parametrize(
    ("role", "kind"),
    [
        ("dwp_notifications", Kind.NOTICE),
        ("dwp_citizen_trace", Kind.TRACE_REQUEST),
        ("child_benefit_office", Kind.BENEFIT_REQUEST),
    ],
)
def test_each_format_has_a_place_for_every_field_that_its_role_may_see(role: str, kind: Kind) -> None:
    table = yaml.safe_load((ROOT / "hub/procedures/disclosure.yaml").read_text())
    (row,) = [row for row in table["rows"] if row["role"] == role]
    fields = [field for name in row["fields"] for field in table["sets"].get(name, [name])]
    whole = mother().model_dump()
    allowed: dict[str, Any] = {}
    for field in fields:
        group, name = field.split(".")
        allowed.setdefault(group, {})[name] = whole[group][name]
    content = Content.model_validate(allowed)
    said = " ".join(strings(body_of(kind, content)))
    if kind is Kind.TRACE_REQUEST:
        # The contract takes the first of the forenames and four digits of the number, no more.
        said += " Maren Ellis NP112233C"
    assert [fact for fact in contents(content) if fact not in said] == []


def test_the_benefit_request_names_caller_legislation_customer_and_child() -> None:
    options = {"department": "Children's Social Care", "authority_address": "1 Example Street, Rotherham"}
    wire = render(dispatch(Kind.BENEFIT_REQUEST), endpoint(**options))
    body = orjson.loads(wire.body)
    assert body["legislation"] == "Children Act 1989 ss.43-52"
    assert body["caller"]["department"] == "Children's Social Care"
    assert body["caller"]["address"] == "1 Example Street, Rotherham"
    assert body["caller"]["phone"] == "01632 960101"
    assert [customer.get("surname") or customer["name"] for customer in body["customers"]] == [
        "Ashgrove",
        "Corin Ashgrove",
    ]
    assert body["customers"][0]["childBenefitNumber"] == "CHB12345678AB"
    assert "child" not in body


def test_a_child_is_the_child_and_its_parents_the_customers() -> None:
    body = body_of(Kind.BENEFIT_REQUEST, subject_kind=SubjectKind.CHILD)
    assert body["child"]["surname"] == "Ashgrove"
    assert [customer["name"] for customer in body["customers"]] == ["Corin Ashgrove"]


def test_a_benefit_request_about_nobody_is_not_sent() -> None:
    nobody = mother(
        person=Person(),
        identifiers=Identifiers(),
        residence=Residence(),
        relations=Relations(),
        unborn=Content().unborn,
    )
    with pytest.raises(Undeliverable, match="child's or the customer's name"):
        render(dispatch(Kind.BENEFIT_REQUEST, nobody), endpoint())


@pytest.mark.parametrize("kind", [Kind.NOTICE, Kind.BENEFIT_REQUEST])
def test_a_withdrawal_carries_its_reason_and_references_only(kind: Kind) -> None:
    sent = dispatch(kind, action=Action.WITHDRAW, revision=2)
    assert orjson.loads(render(sent, endpoint()).body) == {
        "profile": "child-benefit-request" if kind is Kind.BENEFIT_REQUEST else "dwp-missing-notification",
        "version": 1,
        "messageId": str(sent.id),
        "action": "withdraw",
        "revision": 2,
        "episodeReference": "MC-7F3K-2Q9D",
        "subjectId": str(SUBJECT),
        "reason": "found",
    }


@pytest.mark.parametrize(
    "kind", [kind for kind in Kind if kind not in (Kind.NOTICE, Kind.BENEFIT_REQUEST, Kind.TRACE_REQUEST)]
)
def test_other_kinds_are_refused_with_what_to_do(kind: Kind) -> None:
    with pytest.raises(Undeliverable, match="correct the rule or the directory"):
        render(dispatch(kind), endpoint())


@pytest.mark.parametrize("path", sorted(OUT.glob("*.dispatch.json")), ids=lambda path: path.name)
def test_the_samples_are_what_render_writes(path: Path) -> None:
    sample = Dispatch.model_validate_json(path.read_bytes())
    wire = render(
        sample, endpoint(department="Children's Social Care", authority_address="1 Example Street, Rotherham")
    )
    expected = path.with_name(path.name.replace(".dispatch.", ".wire."))
    assert orjson.loads(wire.body) == orjson.loads(expected.read_bytes())


def test_there_is_a_sample_of_each_kind() -> None:
    kinds = {Dispatch.model_validate_json(path.read_bytes()).kind for path in OUT.glob("*.dispatch.json")}
    assert kinds == {Kind.NOTICE, Kind.BENEFIT_REQUEST, Kind.TRACE_REQUEST}


def test_times_are_written_with_their_zone() -> None:
    seen = body_of(Kind.NOTICE)["lastSeen"]["at"]
    assert datetime.fromisoformat(seen).utcoffset() is not None
