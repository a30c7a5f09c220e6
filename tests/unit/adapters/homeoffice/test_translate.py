"""What the Home Office says, and what it is told; each way from tables."""

import json
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.homeoffice import ADAPTER
from contracts.adapter import Partner, PartnerKind
from contracts.codes import FinderKind
from contracts.dispatch import Action, Content, Kind, Reminder, WithdrawalReason
from contracts.envelope import to_structured
from contracts.errors import Fate, InvalidMessage, Undeliverable
from contracts.events import ContactRecorded, Found, MissingReported
from contracts.person import (
    Care,
    FoundDetails,
    Health,
    Identifiers,
    Immigration,
    Missing,
    Person,
    PoliceCase,
    Residence,
    Unborn,
)
from tests.unit.adapters.homeoffice.support import (
    EPISODE,
    RECEIVED_AT,
    SAMPLES,
    SUBJECT,
    dispatch,
    document,
    endpoint,
    sample,
)

STORIES = sorted(path for path in SAMPLES.glob("*.json") if not path.name.endswith(".canonical.json"))
FOUND, CONTACT, MISSING = "restricted-7-found.json", "restricted-5-weekly-contact.json", "missing.json"


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_sample_means_its_pair(path: Any) -> None:
    reading = ADAPTER.read(document(path.read_bytes()))

    pair = orjson.loads(path.with_suffix(".canonical.json").read_bytes())
    assert [orjson.loads(to_structured(event)) for event in reading.events] == pair
    assert [warning.field for warning in reading.warnings] == (["dateOfBirth"] if path.name == MISSING else [])


TURNED_AWAY: list[tuple[str, bytes | dict[str, Any], Fate, str]] = [
    ("not JSON", b"<found/>", Fate.REFUSED, "body"),
    ("not UTF-8", b'{"hoReference":"\xff"}', Fate.REFUSED, "body"),
    ("a list", b"[]", Fate.REFUSED, "body"),
    ("too deep", b"[" * 200_000, Fate.REFUSED, "body"),
    ("newer version", sample(FOUND, version=2), Fate.HELD, "version"),
    ("unknown event", sample(FOUND, eventType="deported"), Fate.HELD, "eventType"),
    ("no event", sample(FOUND, eventType=None), Fate.HELD, "eventType"),
    ("no reference", sample(FOUND, hoReference=""), Fate.UNUSABLE, "hoReference"),
    ("unreadable reference", sample(FOUND, hoReference=["HO-1"]), Fate.UNUSABLE, "hoReference"),
    (
        "unreadable child of a known episode",
        sample(FOUND, hoReference=7, episodeReference=str(EPISODE)),
        Fate.UNUSABLE,
        "hoReference",
    ),
    (
        "unreadable subject of a known episode",
        sample(FOUND, hoReference=None, subjectReference="x", episodeReference=str(EPISODE)),
        Fate.UNUSABLE,
        "subjectReference",
    ),
    (
        "neither name nor description",
        sample(MISSING, surname=None, forenames=" ", aliases=[]),
        Fate.UNUSABLE,
        "surname",
    ),
]


@pytest.mark.parametrize(("body", "fate", "field"), [c[1:] for c in TURNED_AWAY], ids=[c[0] for c in TURNED_AWAY])
def test_what_is_turned_away_names_the_field(body: bytes | dict[str, Any], fate: Fate, field: str) -> None:
    with pytest.raises(InvalidMessage) as raised:
        ADAPTER.read(document(body))

    assert raised.value.fate is fate
    assert field in [problem.field for problem in raised.value.problems]


DOUBTFUL: list[tuple[str, dict[str, Any], str]] = [
    ("bad authority", sample(FOUND, foundLA="Sheffield"), "foundLA"),
    ("bad finder", sample(FOUND, foundBy="somebody"), "foundBy"),
    ("bad time", sample(FOUND, foundAt="yesterday"), "foundAt"),
    ("no time zone", sample(FOUND, issuedAt="2026-11-21T18:10:00"), "issuedAt"),
    ("written tomorrow", sample(FOUND, issuedAt="2026-11-22T18:10:00Z"), "issuedAt"),
    ("no message id", sample(FOUND, messageId=None), "messageId"),
    ("another profile", sample(FOUND, profile="other"), "profile"),
    ("a name as episode", sample(FOUND, episodeReference="Arman"), "episodeReference"),
    ("one bad contact", sample(CONTACT, contactWith=["police", 4]), "contactWith[1]"),
    ("unknown ground", sample(MISSING, restrictionGround="visa"), "restrictionGround"),
    ("born in the future", sample(MISSING, dateOfBirth="2030-01-01"), "dateOfBirth"),
]


@pytest.mark.parametrize(("body", "field"), [c[1:] for c in DOUBTFUL], ids=[c[0] for c in DOUBTFUL])
def test_what_is_doubtful_is_accepted_and_named(body: dict[str, Any], field: str) -> None:
    reading = ADAPTER.read(document(body))

    assert len(reading.events) == 1
    assert field in [warning.field for warning in reading.warnings]


@pytest.mark.parametrize("at", ["2026-11-22T18:10:00Z", "1970-01-01T00:00:00Z", None])
def test_a_time_that_cannot_be_is_replaced_by_the_arrival(at: str | None) -> None:
    assert ADAPTER.read(document(sample(FOUND, issuedAt=at))).events[0].occurred_at == RECEIVED_AT


def test_found_is_found_by_the_home_office_unless_it_says_otherwise() -> None:
    said = [ADAPTER.read(document(sample(FOUND, foundBy=by))).events[0].data for by in (None, "police")]

    assert all(isinstance(data, Found) for data in said)
    assert [data.found.by for data in said if isinstance(data, Found)] == [FinderKind.HOME_OFFICE, FinderKind.POLICE]


def test_quoted_references_name_episode_and_child() -> None:
    quoted = {"episodeReference": str(EPISODE), "subjectReference": str(SUBJECT)}
    event = ADAPTER.read(document(sample(CONTACT, **quoted))).events[0]

    assert [(one.kind, one.value) for one in event.references] == [
        ("episode", str(EPISODE)),
        ("home_office_case", "HO-5501932"),
    ]
    assert isinstance(event.data, ContactRecorded)
    assert event.data.contact == "home_office_weekly"
    assert event.data.subjects[0].subject_id == SUBJECT


def test_a_disputed_birth_never_matches() -> None:
    data = ADAPTER.read(document(sample(MISSING))).events[0].data

    assert isinstance(data, MissingReported)
    (subject,) = data.subjects
    assert subject.person.date_of_birth is None
    assert [mark.field for mark in subject.doubtful] == ["person.date_of_birth"]


def test_the_same_message_gives_the_same_event() -> None:
    first, again, other = (
        ADAPTER.read(document(body)).events[0].id
        for body in (sample(FOUND), sample(FOUND), sample(FOUND, messageId="another"))
    )
    assert first == again != other


def test_only_the_home_office_is_heard() -> None:
    council = Partner(name="rotherham-council", kind=PartnerKind.AUTHORITY, code="E08000018")

    with pytest.raises(InvalidMessage) as raised:
        ADAPTER.read(document(sample(FOUND), partner=council))
    assert raised.value.fate is Fate.UNUSABLE


CONTENT = Content(
    person=Person(surname="Danesh", forenames="Arman", known_as=("Ari",), nationality="Afghan"),
    identifiers=Identifiers(home_office_reference="HO-5501932", nhs_number="9995480204"),
    residence=Residence(placement_type="foster care"),
    care=Care(responsible_authority="E08000018", gp_practice="YROTHGP1"),
    health=Health(conditions=("asthma-canary",), medication="medication-canary", pregnant=True),
    unborn=Unborn(concerns="unborn-canary"),
    immigration=Immigration(subject_to_restriction=True),
    missing=Missing(missing_since=RECEIVED_AT),
    police=PoliceCase(report_reference="SYP-MP-118251", nationally_circulated_at=RECEIVED_AT),
)


def _body(made: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads(ADAPTER.render(made, endpoint("https://ho.example")).body)
    return loaded


def test_a_notice_tells_what_the_profile_holds_and_nothing_of_health() -> None:
    made = dispatch(content=CONTENT)
    body = _body(made)

    told = {
        name: body[name]
        for name in ("hoReference", "surname", "aliases", "placement", "responsibleLA", "pncCirculated")
    }
    assert told == {
        "hoReference": "HO-5501932",
        "surname": "Danesh",
        "aliases": ["Ari"],
        "placement": "foster care",
        "responsibleLA": "E08000018",
        "pncCirculated": True,
    }
    assert (body["messageId"], body["eventType"], body["policeReference"]) == (str(made.id), "missing", "SYP-MP-118251")
    text = json.dumps(body)
    assert not [word for word in ("canary", "9995480204", "YROTHGP1", "pregnan", "health") if word in text]


KINDS = [
    (Kind.NOTICE, Action.RAISE, {}, "missing"),
    (Kind.NOTICE, Action.UPDATE, {}, "missing"),
    (Kind.FOUND_NOTICE, Action.RAISE, {"content": Content(found=FoundDetails(by=FinderKind.POLICE))}, "found"),
    (
        Kind.REMINDER,
        Action.RAISE,
        {"content": Content(reminder=Reminder(text="Due", tick=2, due_at=RECEIVED_AT))},
        "weekly_contact",
    ),
    (Kind.NOTICE, Action.WITHDRAW, {"reason": WithdrawalReason.FOUND}, "found"),
    (Kind.NOTICE, Action.WITHDRAW, {"reason": WithdrawalReason.CANCELLED}, "cancelled"),
    (Kind.NOTICE, Action.WITHDRAW, {"reason": WithdrawalReason.CORRECTED}, "cancelled"),
    (Kind.REMINDER, Action.WITHDRAW, {"reason": WithdrawalReason.ANSWERED}, "cancelled"),
]


@pytest.mark.parametrize(("kind", "action", "changes", "event_type"), KINDS)
def test_the_event_type_of_each_dispatch(kind: Kind, action: Action, changes: dict[str, Any], event_type: str) -> None:
    body = _body(dispatch(kind, action, **changes))

    assert (body["eventType"], body["action"]) == (event_type, action.value)
    assert (body["episodeReference"], body["reference"]) == (str(EPISODE), "MC-7F3K-2Q9D")


def test_a_withdrawal_says_only_what_ends_and_why() -> None:
    assert _body(dispatch(action=Action.WITHDRAW)).keys() == {
        *("profile", "version", "messageId", "issuedAt", "eventType", "action", "episodeReference", "reference"),
        *("subjectReference", "recipient", "thread", "revision", "reason"),
    }


@pytest.mark.parametrize("kind", [k for k in Kind if k not in (Kind.NOTICE, Kind.FOUND_NOTICE, Kind.REMINDER)])
def test_other_kinds_are_undeliverable(kind: Kind) -> None:
    with pytest.raises(Undeliverable, match="correct the directory"):
        ADAPTER.render(dispatch(kind), endpoint("https://ho.example"))


CANARY = "Zx7QcanaryVALUE"
_json = st.none() | st.booleans() | st.integers() | st.just(CANARY) | st.lists(st.just(CANARY), max_size=2)
_fields = sorted({*sample(MISSING), *sample(FOUND), *sample(CONTACT), "subjectReference", "episodeReference"})


def _said(body: bytes) -> str:
    try:
        said = str(ADAPTER.read(document(body)).warnings)
    except InvalidMessage as error:
        said = f"{error.title} {error.problems} {error!r}"
    # a library's own words quote single signs of what they read between backticks
    assert "`" not in said
    return said


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_arbitrary_bytes_are_read_or_refused(body: bytes) -> None:
    assert CANARY not in _said(body)


@settings(max_examples=400, deadline=None)
@given(st.dictionaries(st.sampled_from(_fields), _json, max_size=8), st.sampled_from([FOUND, CONTACT, MISSING]))
def test_no_value_ever_shows_in_warnings_or_errors(changes: dict[str, Any], name: str) -> None:
    assert CANARY not in _said(json.dumps(sample(name, **changes)).encode())
