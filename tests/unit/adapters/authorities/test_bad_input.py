"""Nothing but unsafe or empty messages is turned away; what is doubtful is named, kept apart and never matched."""

import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.authorities import ADAPTER
from adapters.authorities.translate.kinds import KINDS
from contracts.adapter import Partner, PartnerKind
from contracts.errors import Fate, InvalidMessage
from contracts.events import CareContextKnown, DecisionRecorded, Found, WhereaboutsBelieved
from tests.unit.adapters.authorities.support import EPISODE, RECEIVED_AT, SUBJECT, document, sample

CONTEXT, WHEREABOUTS = "away-2-care-context.json", "away-4-whereabouts.json"
Change = Callable[[dict[str, Any]], object]


def changed(name: str, change: Change) -> bytes:
    message = sample(name)
    change(message)
    return orjson.dumps(message)


def put(field: str, value: Any) -> Change:
    return lambda message: message.__setitem__(field, value)


def drop(*fields: str) -> Change:
    return lambda message: [message.pop(field, None) for field in fields]


def of_subject(field: str, value: Any) -> Change:
    return lambda message: message["subjects"][0].__setitem__(field, value)


def of_fact(field: str, value: Any) -> Change:
    return lambda message: message["facts"][0].__setitem__(field, value)


def only_fact(**fact: Any) -> Change:
    return lambda message: message.__setitem__("facts", [fact])


TURNED_AWAY: list[tuple[str, str, bytes, Fate, str]] = [
    ("not JSON", "facts", b"<report/>", Fate.REFUSED, "body"),
    ("not UTF-8", "facts", b'{"a":"\xff"}', Fate.REFUSED, "body"),
    ("empty", "care-context", b"", Fate.REFUSED, "body"),
    ("a list", "facts", b"[]", Fate.REFUSED, "body"),
    ("200,000 levels deep", "facts", b"[" * 200_000, Fate.REFUSED, "body"),
    ("unknown way in", "other", b"{}", Fate.REFUSED, "route"),
    ("newer version", "facts", changed(WHEREABOUTS, put("version", 2)), Fate.HELD, "version"),
    ("unknown kind of fact", "facts", changed(WHEREABOUTS, of_fact("fact", "adopted")), Fate.HELD, "facts[0].fact"),
    ("no fact", "facts", changed(WHEREABOUTS, put("facts", [])), Fate.UNUSABLE, "facts"),
    ("facts are text", "facts", changed(WHEREABOUTS, put("facts", "found")), Fate.UNUSABLE, "facts"),
    ("another authority", "facts", changed(WHEREABOUTS, put("authority", "E09000022")), Fate.UNUSABLE, "authority"),
    ("nobody meant", "facts", changed(WHEREABOUTS, drop("caseId")), Fate.UNUSABLE, "episodeReference"),
    ("no reference readable", "facts", changed(WHEREABOUTS, put("caseId", {})), Fate.UNUSABLE, "caseId"),
    ("context of nobody", "care-context", b'{"subjects":[{"surname":"Ashdown"}]}', Fate.UNUSABLE, "subjects"),
    (
        "empty belief",
        "facts",
        changed(WHEREABOUTS, only_fact(fact="whereaboutsBelieved")),
        Fate.UNUSABLE,
        "facts[0].areas",
    ),
    (
        "no answer",
        "facts",
        changed("unborn-4-decision.json", of_fact("answer", "perhaps")),
        Fate.UNUSABLE,
        "facts[0].answer",
    ),
    (
        "nobody decided",
        "facts",
        changed("unborn-4-decision.json", of_fact("decidedBy", "")),
        Fate.UNUSABLE,
        "facts[0].decidedBy",
    ),
]


@pytest.mark.parametrize(
    ("route", "body", "fate", "field"), [case[1:] for case in TURNED_AWAY], ids=[c[0] for c in TURNED_AWAY]
)
def test_what_is_turned_away_names_the_field(route: str, body: bytes, fate: Fate, field: str) -> None:
    with pytest.raises(InvalidMessage) as raised:
        ADAPTER.read(document(route, body))

    assert raised.value.fate is fate
    assert field in [problem.field for problem in raised.value.problems]


DOUBTFUL: list[tuple[str, str, str, bytes, str]] = [
    (
        "bad NHS number",
        "care-context",
        CONTEXT,
        changed(CONTEXT, of_subject("nhsNumber", "9993237419")),
        "subjects[0].nhsNumber",
    ),
    (
        "bad ODS code",
        "care-context",
        CONTEXT,
        changed(CONTEXT, of_subject("gpPractice", "??")),
        "subjects[0].gpPractice",
    ),
    (
        "bad authority",
        "care-context",
        CONTEXT,
        changed(CONTEXT, of_subject("hostAuthority", "Norfolk")),
        "subjects[0].hostAuthority",
    ),
    (
        "born tomorrow",
        "care-context",
        CONTEXT,
        changed(CONTEXT, of_subject("dateOfBirth", "2026-11-22")),
        "subjects[0].dateOfBirth",
    ),
    (
        "no date",
        "care-context",
        CONTEXT,
        changed(CONTEXT, of_subject("dateOfBirth", "14/03/2011")),
        "subjects[0].dateOfBirth",
    ),
    (
        "a number as date",
        "care-context",
        CONTEXT,
        changed(CONTEXT, of_subject("dateOfBirth", 5)),
        "subjects[0].dateOfBirth",
    ),
    (
        "unknown legal status",
        "care-context",
        CONTEXT,
        changed(CONTEXT, of_subject("legalStatus", "s31")),
        "subjects[0].legalStatus",
    ),
    (
        "team is text",
        "care-context",
        CONTEXT,
        changed(CONTEXT, of_subject("caseTeam", "LAC 2")),
        "subjects[0].caseTeam",
    ),
    ("one bad parent", "care-context", CONTEXT, changed(CONTEXT, of_subject("parents", [7])), "subjects[0].parents[0]"),
    (
        "a subject is text",
        "care-context",
        CONTEXT,
        changed(CONTEXT, lambda m: m["subjects"].append("x")),
        "subjects[1]",
    ),
    (
        "an unborn child alone",
        "care-context",
        CONTEXT,
        changed(CONTEXT, of_subject("kind", "unbornChild")),
        "subjects[0].kind",
    ),
    ("no subjects", "care-context", CONTEXT, changed(CONTEXT, drop("subjects")), "subjects"),
    ("no message id", "facts", WHEREABOUTS, changed(WHEREABOUTS, drop("messageId")), "messageId"),
    ("no version", "facts", WHEREABOUTS, changed(WHEREABOUTS, drop("version")), "version"),
    ("another profile", "facts", WHEREABOUTS, changed(WHEREABOUTS, put("profile", "other")), "profile"),
    ("no time", "facts", WHEREABOUTS, changed(WHEREABOUTS, drop("issuedAt")), "issuedAt"),
    ("no time zone", "facts", WHEREABOUTS, changed(WHEREABOUTS, put("issuedAt", "2026-11-21T09:10:00")), "issuedAt"),
    (
        "written tomorrow",
        "facts",
        WHEREABOUTS,
        changed(WHEREABOUTS, put("issuedAt", "2026-11-22T09:10:00Z")),
        "issuedAt",
    ),
    (
        "a name as reference",
        "facts",
        WHEREABOUTS,
        changed(WHEREABOUTS, put("episodeReference", "Rowan")),
        "episodeReference",
    ),
    (
        "a bad area",
        "facts",
        WHEREABOUTS,
        changed(WHEREABOUTS, of_fact("areas", [{"authority": "Lambeth"}])),
        "facts[0].areas[0].authority",
    ),
    (
        "a bad fact among good",
        "facts",
        WHEREABOUTS,
        changed(WHEREABOUTS, lambda m: m["facts"].append({"fact": "decision"})),
        "facts[1].answer",
    ),
    (
        "an unknown fact among good",
        "facts",
        WHEREABOUTS,
        changed(WHEREABOUTS, lambda m: m["facts"].append({"fact": "x"})),
        "facts[1].fact",
    ),
]


@pytest.mark.parametrize(
    ("route", "body", "field"), [(c[1], c[3], c[4]) for c in DOUBTFUL], ids=[c[0] for c in DOUBTFUL]
)
def test_what_is_doubtful_is_accepted_and_named(route: str, body: bytes, field: str) -> None:
    reading = ADAPTER.read(document(route, body))

    assert len(reading.events) == 1
    assert field in [warning.field for warning in reading.warnings]


def test_a_doubtful_number_is_kept_but_never_an_identifier() -> None:
    reading = ADAPTER.read(document("care-context", changed(CONTEXT, of_subject("nhsNumber", "9993237419"))))

    data = reading.events[0].data
    assert isinstance(data, CareContextKnown)
    (subject,) = data.subjects
    assert subject.identifiers.nhs_number is None
    assert [(mark.field, mark.value) for mark in subject.doubtful] == [("identifiers.nhs_number", "9993237419")]
    assert subject.person.surname == "Ashdown"


def test_an_impossible_birth_is_kept_but_never_used() -> None:
    reading = ADAPTER.read(document("care-context", changed(CONTEXT, of_subject("dateOfBirth", "1890-01-01"))))

    data = reading.events[0].data
    assert isinstance(data, CareContextKnown)
    assert data.subjects[0].person.date_of_birth is None
    assert data.subjects[0].doubtful[0].field == "person.date_of_birth"


@pytest.mark.parametrize("at", ["2027-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "2026-11-21T09:10:00", None, "soon"])
def test_a_time_that_cannot_be_is_replaced_by_the_arrival(at: str | None) -> None:
    reading = ADAPTER.read(document("facts", changed(WHEREABOUTS, put("issuedAt", at))))

    assert reading.events[0].occurred_at == RECEIVED_AT


UNREADABLE_NAMES: list[tuple[Any, Any]] = [
    ([{"caseId": ["x"]}], None),
    ("everybody", None),
    ([{"nhsNumber": "9993237418"}], None),
    ([{}], None),
    ([], "not-a-reference"),
    (None, 12),
]


@pytest.mark.parametrize(("subjects", "header"), UNREADABLE_NAMES)
def test_found_of_somebody_unreadable_never_becomes_found_of_everybody(subjects: Any, header: Any) -> None:
    message = {**sample(WHEREABOUTS), "facts": [{"fact": "found", "subjects": subjects}], "subjectReference": header}

    with pytest.raises(InvalidMessage) as raised:
        ADAPTER.read(document("facts", message))

    assert raised.value.fate is Fate.UNUSABLE


def test_found_of_one_sibling_names_only_that_one() -> None:
    named = [{"caseId": "ROT-1"}, {"subjectReference": "no"}]
    message = {**sample(WHEREABOUTS), "facts": [{"fact": "found", "subjects": named}]}

    data = ADAPTER.read(document("facts", message)).events[0].data

    assert isinstance(data, Found)
    assert [key.identifiers.case_id for key in data.subjects] == ["ROT-1"]


def test_references_are_quoted_in_the_event() -> None:
    quoted = {"episodeReference": str(EPISODE).upper(), "subjectReference": str(SUBJECT), "inAnswerTo": str(SUBJECT)}
    event = ADAPTER.read(document("facts", {**sample("unborn-4-decision.json"), **quoted})).events[0]

    assert [(one.kind, one.issuer, one.value) for one in event.references] == [
        ("episode", "hub", str(EPISODE)),
        ("authority_case", "E08000018", "ROT-198830"),
        ("dispatch", "hub", str(SUBJECT)),
    ]
    assert isinstance(event.data, DecisionRecorded)
    assert event.data.subject_id == SUBJECT


def test_facts_of_one_message_keep_their_order_and_ids() -> None:
    message = {**sample(WHEREABOUTS), "facts": [{"fact": "found"}, {"fact": "foundInError"}, {"fact": "returned"}]}
    first, again = (ADAPTER.read(document("facts", message)).events for _ in range(2))

    assert [event.type for event in sorted(first, key=lambda event: event.order)] == [e.type for e in first]
    assert [event.id for event in first] == [event.id for event in again]
    assert len({event.id for event in first}) == 3


def test_another_kind_of_partner_cannot_speak_as_an_authority() -> None:
    police = Partner(name="norfolk-police", kind=PartnerKind.POLICE, code="E08000018")

    with pytest.raises(InvalidMessage) as raised:
        ADAPTER.read(document("facts", sample(WHEREABOUTS), partner=police))

    assert raised.value.fate is Fate.UNUSABLE


def test_codes_are_read_however_they_are_spaced() -> None:
    body = changed(WHEREABOUTS, of_fact("areas", {"authority": " e09000022 "}))
    data = ADAPTER.read(document("facts", body)).events[0].data

    assert isinstance(data, WhereaboutsBelieved)
    assert [area.authority for area in data.areas] == ["E09000022"]


CANARY = "Zx7QcanaryVALUE"
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.just(CANARY),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.just(CANARY) | st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
_fields = sorted(
    {
        *sample(CONTEXT),
        *sample(CONTEXT)["subjects"][0],
        *sample(WHEREABOUTS),
        "subjectReference",
        "inAnswerTo",
        "case_id",
    }
)


def _says_nothing_of_the_value(read: Callable[[], object]) -> None:
    said = ""
    try:
        said = str(getattr(read(), "warnings", ""))
    except InvalidMessage as error:
        said = f"{error.title} {error.problems} {error!r}"
    assert CANARY not in said
    # a library's own words quote single signs of what they read between backticks
    assert "`" not in said


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["care-context", "facts"]), st.binary(max_size=300))
def test_arbitrary_bytes_are_read_or_refused(route: str, body: bytes) -> None:
    _says_nothing_of_the_value(lambda: ADAPTER.read(document(route, body)))


@settings(max_examples=250, deadline=None)
@given(
    st.dictionaries(st.sampled_from(_fields), _json, max_size=5),
    st.lists(st.dictionaries(st.sampled_from(_fields), _json, max_size=5), max_size=3),
    st.sampled_from(["care-context", "facts"]),
)
def test_arbitrary_json_in_known_fields_never_shows_in_errors(
    header: dict[str, Any], parts: list[dict[str, Any]], route: str
) -> None:
    kinds = ["whereaboutsBelieved", "decision", "found", "sighted", "riskAssessed", "returned"]
    facts = [{**part, "fact": kinds[n % len(kinds)]} for n, part in enumerate(parts)]
    message = {"caseId": "ROT-1", **header, "subjects": parts, "facts": facts}
    _says_nothing_of_the_value(lambda: ADAPTER.read(document(route, json.dumps(message).encode())))


@pytest.mark.parametrize("field", _fields)
def test_no_field_shows_its_value(field: str) -> None:
    message = {"caseId": "ROT-1", "subjects": [{field: CANARY}], field: CANARY}
    _says_nothing_of_the_value(lambda: ADAPTER.read(document("care-context", message)))
    for kind in KINDS:
        facts = {"caseId": "ROT-1", "facts": [{"fact": kind, "subjects": [{field: CANARY}], field: CANARY}]}
        _says_nothing_of_the_value(lambda facts=facts: ADAPTER.read(document("facts", facts)))  # type: ignore[misc]
