"""What comes back from DWP: a table of answers and the events that they mean; bad bytes have one of three fates."""

from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.dwp import ADAPTER
from adapters.dwp.model import RECORD_PARTS, TraceResult
from adapters.dwp.translate import read, trace_answer, trace_result
from contracts.adapter import HttpResponse
from contracts.dispatch import Kind
from contracts.envelope import Reference, from_structured, to_structured
from contracts.errors import Fate, InvalidMessage
from contracts.events import EventType, TracingInformationReceived
from tests.unit.adapters.dwp.making import EPISODE, NOW, SUBJECT, dispatch, document

ADAPTER_FOLDER = Path(__file__).parents[4] / "adapters/dwp"
SPEC = ADAPTER_FOLDER / "spec"
SAMPLES = ADAPTER_FOLDER / "samples"
TRACE = dispatch(Kind.TRACE_REQUEST)


def response(status: int, mock: str | None = None) -> HttpResponse:
    return HttpResponse(status, {}, (SPEC / f"{mock}.json").read_bytes() if mock else b"<html>gateway</html>")


def trace_body(**changes: Any) -> bytes:
    fields = {"dispatch": str(TRACE.id), "episode": str(EPISODE), "subject": str(SUBJECT), "result": "matched"}
    return orjson.dumps(fields | changes)


@pytest.mark.parametrize(
    ("match", "details", "matched", "words"),
    [
        (response(200, "foundResponse"), response(200, "foundDetailsResponse"), True, "(Matched on NINO). It holds"),
        (response(200, "foundResponse"), None, True, "(Matched on NINO). Ask DWP"),
        (response(200, "foundResponse"), response(404, "notFoundResponse"), True, "(Matched on NINO). Ask DWP"),
        (response(404, "notFoundResponse"), None, False, "found no record"),
        (response(422, "ambiguousResponse"), None, None, "more than one record"),
    ],
    ids=["found", "found, no details", "found, details gone", "not found", "ambiguous"],
)
def test_each_answer_becomes_its_event(
    match: HttpResponse, details: HttpResponse | None, matched: bool | None, words: str
) -> None:
    result = trace_result(match)
    assert result is not None
    answer = trace_answer(TRACE, result, match, details)
    reading = read(document(answer.body, answer.message_id, answer.route))
    (event,) = reading.events
    assert isinstance(event.data, TracingInformationReceived)
    assert (event.data.agency, event.data.matched) == ("DWP", matched)
    assert words in (event.data.information or "")
    assert [subject.subject_id for subject in event.data.subjects] == [SUBJECT]
    assert event.references == (
        Reference(kind="dispatch", issuer="hub", value=str(TRACE.id)),
        Reference(kind="episode", issuer="hub", value=str(EPISODE)),
    )
    assert (event.type, event.source, event.recorded_at) == (
        EventType.TRACING_INFORMATION_RECEIVED,
        "/partners/dwp",
        NOW,
    )
    assert reading.warnings == ()


def read_or_refused(body: bytes) -> bool:
    """Whether bytes gave one event, or a refusal that names what is wrong; anything else is raised."""
    try:
        return len(read(document(body)).events) == 1
    except InvalidMessage as refused:
        return bool(refused.problems)


@pytest.mark.parametrize("status", [200, 404, 422])
def test_a_gateways_page_is_no_answer_of_the_api(status: int) -> None:
    assert trace_result(response(status)) is None


def test_neither_number_nor_guid_of_the_answer_is_kept() -> None:
    match, details = response(200, "foundResponse"), response(200, "foundDetailsResponse")
    body = trace_answer(TRACE, TraceResult.MATCHED, match, details).body.decode()
    for secret in ("NP112233C", "be62ed49", "ab2a482f"):
        assert secret in (match.body + details.body).decode()
        assert secret not in body


def test_the_same_finding_is_the_same_message() -> None:
    first, second = (trace_answer(TRACE, TraceResult.NONE, response(404, "notFoundResponse"), None) for _ in range(2))
    other = trace_answer(TRACE, TraceResult.AMBIGUOUS, response(422, "ambiguousResponse"), None)
    assert first == second
    assert other.message_id != first.message_id
    events = {read(document(answer.body, answer.message_id)).events[0].id for answer in (first, second, other)}
    assert len(events) == 2


@pytest.mark.parametrize(
    ("body", "fate", "field"),
    [
        (b"", Fate.REFUSED, "body"),
        (b"not json", Fate.REFUSED, "body"),
        (b"[]", Fate.REFUSED, "body"),
        (b"\xff\xfe\x00", Fate.REFUSED, "body"),
        (b"[" * 200_000, Fate.REFUSED, "body"),
        (b'{"a":' * 100_000, Fate.REFUSED, "body"),
        (trace_body(scenario="x" * 70_000), Fate.REFUSED, "body"),
        (trace_body(dispatch="soon"), Fate.UNUSABLE, "dispatch"),
        (trace_body(dispatch=None), Fate.UNUSABLE, "dispatch"),
        (b'{"result": "matched"}', Fate.UNUSABLE, "dispatch"),
        (trace_body(version=2), Fate.HELD, "version"),
    ],
)
def test_a_bad_answer_has_its_fate_and_names_the_field(body: bytes, fate: Fate, field: str) -> None:
    with pytest.raises(InvalidMessage) as refused:
        read(document(body))
    assert (refused.value.fate, refused.value.problems[0].field) == (fate, field)


def test_another_route_is_refused() -> None:
    with pytest.raises(InvalidMessage, match="no such route"):
        read(document(trace_body(), route="elsewhere"))


@pytest.mark.parametrize(
    ("changes", "doubtful", "matched"),
    [
        ({"result": "perhaps"}, "result", None),
        ({"result": 7}, "result", None),
        ({"subject": "not a uuid"}, "subject", True),
        ({"episode": "not a uuid"}, "episode", True),
        ({"holds": "claims"}, "holds", True),
        ({"scenario": {"a": 1}}, "scenario", True),
    ],
)
def test_a_doubtful_field_is_named_and_the_rest_is_read(
    changes: dict[str, Any], doubtful: str, matched: bool | None
) -> None:
    reading = read(document(trace_body(**changes)))
    assert doubtful in {warning.field for warning in reading.warnings}
    assert isinstance(reading.events[0].data, TracingInformationReceived)
    assert reading.events[0].data.matched is matched


def test_only_known_parts_of_a_record_are_named() -> None:
    reading = read(document(trace_body(holds=["claims", "universal-credit-612.50", *RECORD_PARTS])))
    assert isinstance(reading.events[0].data, TracingInformationReceived)
    assert "612" not in (reading.events[0].data.information or "")


@settings(deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_never_a_crash(body: bytes) -> None:
    assert read_or_refused(body)


_values = (
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=8) | st.lists(st.integers(-9, 9), max_size=2)
)


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from(["dispatch", "episode", "subject", "result", "holds", "version", "profile"]), _values
    )
)
def test_any_json_object_is_read_or_refused_never_a_crash(fields: dict[str, Any]) -> None:
    assert read_or_refused(orjson.dumps(fields))
    assert read_or_refused(trace_body(**fields))


@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*.canonical.json")), ids=lambda path: path.name)
def test_a_sample_means_its_canonical_events(path: Path) -> None:
    expected = [from_structured(orjson.dumps(event)) for event in orjson.loads(path.read_bytes())]
    source = path.with_name(path.name.replace(".canonical", ""))
    reading = ADAPTER.read(document(source.read_bytes()))
    assert [orjson.loads(to_structured(event)) for event in reading.events] == orjson.loads(path.read_bytes())
    assert list(reading.events) == expected


def test_every_result_has_a_sample() -> None:
    results = {
        orjson.loads(path.read_bytes())["result"]
        for path in SAMPLES.glob("trace-*.json")
        if "canonical" not in path.name
    }
    assert results == {"matched", "none", "ambiguous"}
