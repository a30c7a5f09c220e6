"""What holds for everything: any bytes in, any content out."""

import json
from datetime import datetime
from typing import Any

import orjson
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from adapters.health import ADAPTER
from adapters.health.model import FHIR_JSON, MESH_REPORT
from adapters.health.translate.outward import is_tidy, tidy
from contracts.codes import SubjectKind
from contracts.dispatch import Action, Content, Dispatch, Kind, WithdrawalReason
from contracts.errors import InvalidMessage
from tests.unit.adapters.health.support import dispatch_of, document, endpoint_for, message_of, names

QUICK = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NHS = st.sampled_from(["9990000018", "9990000026", "9449306753"])
GSS = st.sampled_from(["E08000018", "E10000020", "E09000022"])
ODS = st.sampled_from(["YROTH019", "YROTHGP1"])
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2090, 1, 1), timezones=st.timezones())
SPECIAL: dict[str, st.SearchStrategy[Any]] = {
    "nhs_number": NHS,
    "force": GSS,
    "authority": GSS,
    "gp_practice": ODS,
    "service_0_19": ODS,
    "midwifery": ODS,
}
SPECIAL |= {f"{part}_authority": GSS for part in ("home", "responsible", "host")}
SPECIAL |= {"school_urn": st.just("987654"), "known_agencies": st.just(("rotherham-youth-justice",))}
SPECIAL |= {"national_insurance_number": st.just("AA123456A"), "child_benefit_number": st.just("CHB12345678AB")}


st.register_type_strategy(AwareDatetime, MOMENTS)


def facts(model: type[BaseModel]) -> st.SearchStrategy[Any]:
    """Return any value of a group of facts; identifiers are well-formed ones."""
    fields = {}
    for name, field in model.model_fields.items():
        assert field.annotation is not None
        annotation: Any = field.annotation
        given_strategy = SPECIAL.get(name, st.from_type(annotation))
        fields[name] = given_strategy if field.is_required() else st.just(field.get_default()) | given_strategy
    return st.builds(model, **fields)


for group in {field.annotation for field in Content.model_fields.values()}:
    parts = [
        part for part in getattr(group, "__args__", (group,)) if isinstance(part, type) and issubclass(part, BaseModel)
    ]
    for part in parts:
        for field in part.model_fields.values():
            for inner in getattr(field.annotation, "__args__", ()):
                if isinstance(inner, type) and issubclass(inner, BaseModel):
                    st.register_type_strategy(inner, facts(inner))
        st.register_type_strategy(part, facts(part))
CONTENTS = facts(Content)
DISPATCHES = st.builds(
    lambda content, kind, subject, high: dispatch_of("decision-request-1-raise").model_copy(
        update={
            "kind": kind,
            "subject_kind": subject,
            "high_risk": high,
            "content": content.model_copy(
                update={"question": dispatch_of("decision-request-1-raise").content.question}
            ),
        }
    ),
    CONTENTS,
    st.sampled_from([Kind.ALERT, Kind.NOTICE, Kind.DECISION_REQUEST]),
    st.sampled_from(SubjectKind),
    st.booleans(),
)


@QUICK
@given(DISPATCHES)
def test_any_content_becomes_a_valid_message(dispatch: Dispatch) -> None:
    body = json.loads(ADAPTER.render(dispatch, endpoint_for(dispatch)).body)
    assert body["type"] == "message"


@QUICK
@given(st.sampled_from([Kind.ALERT, Kind.NOTICE, Kind.DECISION_REQUEST]), st.sampled_from(WithdrawalReason))
def test_any_withdrawal_becomes_a_valid_message(kind: Kind, reason: WithdrawalReason) -> None:
    withdrawn = dispatch_of("alert-3-withdraw-found").model_copy(update={"kind": kind, "reason": reason})
    assert withdrawn.action is Action.WITHDRAW
    assert json.loads(ADAPTER.render(withdrawn, endpoint_for(withdrawn)).body)["type"] == "message"


def read_or_refuse(body: bytes, content_type: str = FHIR_JSON) -> None:
    try:
        reading = ADAPTER.read(document(body, content_type=content_type))
        said: tuple[object, ...] = reading.events
    except InvalidMessage as wrong:
        said = wrong.problems
    # Events, or problems that name a field: never neither, and no other exception.
    assert said


@QUICK
@given(st.binary(max_size=400), st.sampled_from([FHIR_JSON, MESH_REPORT]))
def test_any_bytes_are_read_or_refused(body: bytes, content_type: str) -> None:
    read_or_refuse(body, content_type)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def spoiled(value: Any, draw: Any) -> Any:
    """Return a message with some of its values replaced by anything."""
    if draw(st.integers(0, 11)) == 0:
        return draw(JSON)
    if isinstance(value, dict):
        return {name: spoiled(item, draw) for name, item in value.items()}
    return [spoiled(item, draw) for item in value] if isinstance(value, list) else value


@QUICK
@given(st.data(), st.sampled_from(names(".message.json")))
def test_a_spoiled_message_is_read_or_refused(data: st.DataObject, name: str) -> None:
    body = json.dumps(spoiled(message_of(name), data.draw)).encode()
    read_or_refuse(body, MESH_REPORT if name.startswith("report") else FHIR_JSON)


TEXTS = st.text(max_size=6) | st.sampled_from([" a", "a ", "a\u00a0", "\u200b", "a\\b", 'a "b" c', "a\x7fb", "é", ""])
MESSAGES = st.recursive(
    TEXTS | st.booleans() | st.integers(0, 9) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
)


@QUICK
@given(MESSAGES)
def test_what_looks_tidy_when_written_is_tidy(message: Any) -> None:
    assert not is_tidy(orjson.dumps(message)) or tidy(message) == message


def test_most_messages_look_tidy() -> None:
    for name in names("dispatch"):
        dispatch = dispatch_of(name)
        assert is_tidy(ADAPTER.render(dispatch, endpoint_for(dispatch)).body), name
