"""Whatever a dispatch may carry reaches the authority in its own words; a withdrawal carries nothing."""

import types
import typing
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, get_args, get_origin
from uuid import UUID

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel

from adapters.authorities import ADAPTER
from adapters.authorities.model.subject import Subject
from adapters.authorities.translate.subject import facts_of, words_of
from contracts.adapter import Channel
from contracts.codes import SafeToTell
from contracts.dispatch import Action, Content, Information, Kind, Question, Reminder, WithdrawalReason
from contracts.errors import Undeliverable
from contracts.person import Parent, SubjectFacts
from tests.unit.adapters.authorities.support import EPISODE, RECEIVED_AT, SUBJECT, dispatch, endpoint

TOLD = [
    Kind.NOTICE,
    Kind.DECISION_REQUEST,
    Kind.CARE_CONTEXT_REQUEST,
    Kind.INFORMATION,
    Kind.FOUND_NOTICE,
    Kind.REMINDER,
]
SPECIAL = {
    "nhs_number": "9993237418",
    "national_insurance_number": "AB123456C",
    "child_benefit_number": "CHB12345678AB",
    "gp_practice": "YGP01",
    "service_0_19": "Y019X",
    "midwifery": "YMID1",
    "school_urn": "654321",
    "known_agencies": "youth-justice-7",
    "home_authority": "E08000018",
    "responsible_authority": "E08000019",
    "host_authority": "E10000020",
    "force": "E23000024",
    "authority": "E09000022",
}


class Tokens:
    """Fills every field of a model with something unique that must be seen again."""

    def __init__(self) -> None:
        self.given: list[str] = []

    def of(self, model: type[BaseModel]) -> Any:
        return model(**{name: self.value(name, field.annotation) for name, field in model.model_fields.items()})

    def value(self, name: str, kind: Any) -> Any:
        if get_origin(kind) is tuple:
            return (self.value(name, get_args(kind)[0]),)
        if name in SPECIAL:
            return self.note(SPECIAL[name])
        if get_origin(kind) in (types.UnionType, typing.Union):
            return self.value(name, next(one for one in get_args(kind) if one is not type(None)))
        if get_origin(kind) is typing.Annotated:
            return self.value(name, get_args(kind)[0])
        return self.plain(name, kind)

    def plain(self, name: str, kind: Any) -> Any:
        number = len(self.given)
        if issubclass(kind, BaseModel):
            return self.of(kind)
        if issubclass(kind, StrEnum):
            return next(iter(kind))
        if kind is bool:
            return True
        if kind is int:
            return int(self.note(str(70_000 + number)))
        if kind is UUID:
            return UUID(int=number)
        if kind is AwareDatetime:
            return datetime.fromisoformat(self.note(f"2026-01-01T00:{number // 60:02}:{number % 60:02}") + "+00:00")
        if kind is date:
            return date.fromisoformat(self.note(f"20{number % 100:02}-02-03"))
        return self.note(f"canary-{name}-{number}")

    def note(self, token: str) -> str:
        self.given.append(token)
        return token


def _body(made: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = orjson.loads(ADAPTER.render(made, endpoint("https://council.example/hook")).body)
    return loaded


def test_every_field_that_a_dispatch_may_carry_reaches_the_authority() -> None:
    tokens = Tokens()
    content = tokens.of(Content)
    text = orjson.dumps(_body(dispatch(content=content))).decode()

    assert len(tokens.given) > 100
    assert [token for token in tokens.given if token not in text] == []
    assert isinstance(content.reminder, Reminder)
    assert isinstance(content.question, Question)
    assert isinstance(content.information, Information)


@pytest.mark.parametrize("kind", TOLD)
@pytest.mark.parametrize("channel", [Channel.WEBHOOK, Channel.INBOX, Channel.TOPIC])
def test_every_kind_is_the_same_json_on_every_channel(kind: Kind, channel: Channel) -> None:
    made = dispatch(kind)
    wire = ADAPTER.render(made, endpoint("somewhere", channel))

    assert wire == ADAPTER.render(made, endpoint("https://council.example/hook"))
    body = orjson.loads(wire.body)
    assert body["messageId"] == str(made.id)
    assert (body["episodeReference"], body["subjectReference"]) == (str(EPISODE), str(SUBJECT))
    assert body["reference"] == "MC-7F3K-2Q9D"
    assert body["grounds"][0]["clause"] == "rotherham P6"


@pytest.mark.parametrize("kind", [Kind.ALERT, Kind.TRACE_REQUEST, Kind.BENEFIT_REQUEST, Kind.UNKNOWN])
def test_what_authorities_are_not_sent_is_undeliverable(kind: Kind) -> None:
    with pytest.raises(Undeliverable, match="correct the directory"):
        ADAPTER.render(dispatch(kind), endpoint("https://council.example/hook"))


@pytest.mark.parametrize("reason", [reason for reason in WithdrawalReason if reason is not WithdrawalReason.UNKNOWN])
@pytest.mark.parametrize("kind", TOLD)
def test_a_withdrawal_says_only_what_ends_and_why(kind: Kind, reason: WithdrawalReason) -> None:
    body = _body(dispatch(kind, Action.WITHDRAW, reason=reason))

    assert (body["action"], body["reason"]) == ("withdraw", reason.value)
    assert not {"subject", "grounds", "found", "lastSeen", "whereabouts", "dueAt"} & body.keys()


def test_a_question_is_asked_in_words_that_can_be_answered() -> None:
    question = Question(decision="rotherham.P17.national-notification", text="Notify nationally?", due_at=RECEIVED_AT)
    body = _body(dispatch(Kind.DECISION_REQUEST, content=Content(question=question)))

    assert body["messageType"] == "decisionRequest"
    assert body["question"]["decision"] == "rotherham.P17.national-notification"
    assert body["question"]["dueAt"] == "2026-11-21T20:00:00Z"


def test_the_same_words_are_written_and_read() -> None:
    tokens = Tokens()
    beside = {"doubtful": (), "subject_id": None, "kind": None, "identity_protected": None}
    facts = tokens.of(SubjectFacts).model_copy(update=beside)
    assert facts_of(Subject.model_validate(words_of(facts))) == facts


@given(st.builds(Parent, safe_to_tell=st.sampled_from(SafeToTell)))
def test_whether_a_parent_may_be_told_survives_the_way_there_and_back(parent: Parent) -> None:
    facts = SubjectFacts.model_validate({"relations": {"parents": (parent,)}})
    again = facts_of(Subject.model_validate(words_of(facts))).relations.parents

    assert [one.safe_to_tell for one in again] == [parent.safe_to_tell]


def test_times_are_written_in_utc() -> None:
    assert _body(dispatch())["issuedAt"] == RECEIVED_AT.astimezone(UTC).isoformat().replace("+00:00", "Z")
