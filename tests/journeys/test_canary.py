"""A token in every field that police and authorities can send: each reaches whom the table of disclosure names, and
nobody and nothing else (promises G5 and G6)."""

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import fields
from typing import Any, get_args, get_type_hints

import pytest
import pytest_asyncio
from pydantic import BaseModel
from sqlalchemy import select

from adapters.authorities.model.subject import Subject
from adapters.authorities.translate.kinds import KINDS
from adapters.police.model.groups import wire_name
from adapters.police.model.report import Group, MissingReport
from contracts.codes import Role
from contracts.dispatch import Kind
from hub.app import Hub, now
from hub.channel.topics import DEAD, EPISODE, INVALID, from_topic, to_topic
from hub.demo import reading
from hub.ledger import audit, tables
from hub.routing import joined
from tests.journeys.canary_fields import (
    FACT_WORDS,
    INFORMATION,
    NOBODY,
    POLICE_FOUND_WORDS,
    POLICE_WORDS,
    SUBJECT_WORDS,
    Canary,
    canary,
)
from tests.journeys.canary_journey import (
    SETTINGS,
    Journey,
    Played,
    Recorder,
    arrived_at,
    breaking,
    log_of,
    play,
    provoke,
)
from tests.journeys.stage import Json, staged

pytestmark = pytest.mark.asyncio(loop_scope="module")
# The Citizen API takes four digits of the National Insurance number, never the whole of it.
CUT = {(Role.DWP_CITIZEN_TRACE, Kind.TRACE_REQUEST): {"identifiers.national_insurance_number"}}
# Only for a child that no police force has reported, which no journey from a police report can show; of a child of
# another authority than Rotherham; or after a decision of the host authority.
NOT_PLAYED = {
    (Role.POLICE_FORCE, Kind.NOTICE),
    (Role.ASSISTANT_DIRECTOR, Kind.NOTICE),
    (Role.CEOP, Kind.NOTICE),
    (Role.CHILDRENS_GUARDIAN, Kind.NOTICE),
    (Role.DEBRIEF_SERVICE, Kind.TASK),
    (Role.DUTY_TEAM, Kind.TASK),
    (Role.EXECUTIVE_DIRECTOR, Kind.DECISION_REQUEST),
    (Role.EXPLOITATION_TEAM, Kind.NOTICE),
    (Role.EXPLOITATION_TEAM, Kind.TASK),
    (Role.MISSING_PERSONS_COORDINATOR, Kind.NOTICE),
    (Role.MISSING_PERSONS_COORDINATOR, Kind.TASK),
    (Role.PLACEMENT, Kind.NOTICE),
    (Role.QUALITY_ASSURANCE_TEAM, Kind.NOTICE),
    (Role.QUALITY_ASSURANCE_TEAM, Kind.TASK),
    (Role.RETURN_INTERVIEW_PROVIDER, Kind.NOTICE),
    (Role.RETURN_INTERVIEW_PROVIDER, Kind.TASK),
    (Role.TEAM_MANAGER, Kind.DECISION_REQUEST),
    (Role.TEAM_MANAGER, Kind.NOTICE),
    (Role.TEAM_MANAGER, Kind.TASK),
    (Role.VIRTUAL_SCHOOL, Kind.NOTICE),
    (Role.YOUTH_OUTREACH, Kind.NOTICE),
}
# Guidance is the case team's telephone under another name.
ALIASES = {"guidance.phone": "care.case_team_phone", "guidance.out_of_hours_phone": "care.out_of_hours_phone"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Played]:
    """One child who is looked after, pregnant, restricted, placed elsewhere, gone to Lambeth, found twice."""
    recorders: list[Recorder] = []

    def record(hub: Hub) -> None:
        recorders.append(Recorder(hub.http))
        hub.http = recorders[0]  # type: ignore[assignment]

    with pytest.MonkeyPatch.context() as patch:
        async with staged(tmp_path_factory.mktemp("canary"), SETTINGS, "DEBUG", record) as stage:
            tokens = canary(now())
            patch.setattr(joined, "plan", breaking(tokens))
            episode = await play(Journey(stage, tokens))
            await provoke(stage, tokens)
            course = await stage.quiet(episode)
            records = await log_of(stage)
            arrived = await arrived_at(stage, records)
            yield Played(stage, tokens, course, arrived, records, recorders[0])


async def test_everything_that_was_sent_arrived(played: Played) -> None:
    sent = {one["id"]: one for one in reading.told(played.course)}
    # A trace leaves nothing at DWP that could be withdrawn: that dispatch calls nobody.
    silent = {id for id, one in sent.items() if (one["kind"], one["action"]) == ("trace_request", "withdraw")}
    assert set(sent) - silent == set(played.arrived)
    assert {one["state"] for one in played.course["dispatches"]} <= {"sent", "cancelled"}


async def test_every_row_of_the_table_was_played(played: Played) -> None:
    rows = {(row.role, kind) for row in played.stage.hub.book.disclosure.rows for kind in row.kinds}
    told = {_row(one) for one in reading.told(played.course)}
    assert told <= rows
    # Which clocks have fallen depends on the day on which this is played.
    assert {row for row in rows - NOT_PLAYED - told if row[1] is not Kind.REMINDER} == set()
    assert not told & NOT_PLAYED


async def test_each_recipient_holds_exactly_what_the_table_gives_it(played: Played) -> None:
    table = {(row.role, kind): row.fields for row in played.stage.hub.book.disclosure.rows for kind in row.kinds}
    held: dict[tuple[Role, Kind], set[str]] = {}
    for one in reading.told(played.course):
        if one["action"] != "withdraw":
            held.setdefault(_row(one), set()).update(played.canary.inside(played.arrived[one["id"]]))
    for row, tokens in held.items():
        allowed = {ALIASES.get(name, name) for name in table[row] - CUT.get(row, set())}
        allowed |= {INFORMATION} if row[1] is Kind.INFORMATION else set()
        assert _named(played.canary, tokens) == _named(played.canary, played.canary.of(allowed)), row


async def test_no_single_message_holds_more_than_its_row(played: Played) -> None:
    """Role by role above; here message by message, so that nobody makes up for another's lack."""
    table = {(row.role, kind): row.fields for row in played.stage.hub.book.disclosure.rows for kind in row.kinds}
    for one in reading.told(played.course):
        if one["id"] in played.arrived:
            allowed = {INFORMATION, *(ALIASES.get(name, name) for name in table[_row(one)])}
            allowed = set() if one["action"] == "withdraw" else allowed
            extra = played.canary.inside(played.arrived[one["id"]]) - played.canary.of(allowed)
            assert not extra, (one["recipient"], one["kind"], one["action"], _named(played.canary, extra))


async def test_withdrawals_hold_nothing_and_what_is_for_nobody_reached_nobody(played: Played) -> None:
    withdrawn = [one["id"] for one in reading.told(played.course) if one["action"] == "withdraw"]
    texts = [played.arrived[id] for id in withdrawn if id in played.arrived]
    assert len(texts) > 20
    assert played.canary.inside(" ".join(texts)) == set()
    secret = played.canary.of([NOBODY])
    assert secret
    assert played.canary.inside(" ".join(played.arrived.values())) & secret == set()


async def test_logs_and_metrics_hold_nothing(played: Played) -> None:
    logs = [json.loads(line) for line in played.stage.logs.getvalue().splitlines()]
    assert {"debug", "info", "warning"} <= {entry["level"] for entry in logs}
    assert played.canary.inside(played.stage.logs.getvalue()) == set()
    metrics = await played.stage.get("/metrics")
    assert "hub_intake_messages_total" in metrics.text
    assert played.canary.inside(metrics.text) == set()


async def test_no_answer_of_the_hub_repeats_a_value(played: Played) -> None:
    problems = [one for one in played.stage.answers if one.status_code >= 400]
    assert {400, 401, 403, 404, 409, 415, 422} <= {one.status_code for one in problems}
    assert all(one.headers["content-type"] == "application/problem+json" for one in problems)
    # Only the inbox is there to hand out content; receipts, courses, tasks and errors never do.
    texts = [one.text + str(one.headers) for one in played.stage.answers if one.request.url.path != "/inbox"]
    assert len(texts) > 30
    assert played.canary.inside(" ".join(texts)) == set()


async def test_urls_and_headers_of_requests_hold_nothing(played: Played) -> None:
    asked = played.requests.seen
    assert {"POST", "GET"} <= {one.split()[0] for one in asked}
    assert len({one.split()[1].split("/")[2] for one in asked}) == 5, "every partner that is reached by HTTP"
    assert played.canary.inside(" ".join(asked)) == set()


async def test_keys_and_headers_of_every_topic_hold_nothing(played: Played) -> None:
    own = {topic: records for topic, records in played.records.items() if topic != from_topic("norfolk-council")}
    written = [one for records in own.values() for one in records if one.key != b"bad"]
    assert {one.topic for one in written} == {EPISODE, INVALID, DEAD, to_topic("norfolk-council")}
    text = " ".join(f"{one.key!r} {one.headers!r}" for one in written)
    assert "ce_source" in text
    assert played.canary.inside(text) == set()


@pytest.mark.parametrize(("topic", "least"), [(INVALID, 4), (DEAD, 1)])
async def test_letters_about_bad_records_hold_nothing(played: Played, topic: str, least: int) -> None:
    letters = played.records[topic]
    assert len(letters) >= least
    assert played.canary.inside(b" ".join(one.value for one in letters)) == set()


@pytest.mark.parametrize("table", [tables.task, tables.audit, tables.attempt, tables.receipt, tables.disclosure])
async def test_the_ledgers_own_books_hold_nothing(played: Played, table: Any) -> None:
    async with played.stage.hub.ledger.read() as tx:
        rows = (await tx.execute(select(table))).all()
        assert await audit.verify(tx)
    assert rows
    assert played.canary.inside(" ".join(map(str, rows))) == set()


def _row(dispatch: Json) -> tuple[Role, Kind]:
    return Role(dispatch["role"]), Kind(dispatch["kind"])


def _named(tokens: Canary, found: set[str]) -> set[str]:
    """Return the fields of some tokens, for people to read when they differ."""
    return {
        f"{field.canonical} ({field.police or field.authority})" for field, one in tokens.tokens.items() if one in found
    }


async def test_every_field_that_police_can_send_is_filled() -> None:
    given = {"header.reportVersion", "header.reportStatus", "header.issuedAt", "found.personReferences"}
    tokens = {field.police for field in canary(now()).tokens}
    assert set(_police_leaves(MissingReport)) == (tokens | {*POLICE_WORDS, *POLICE_FOUND_WORDS} | given) - {""}


async def test_every_field_that_authorities_can_send_is_filled() -> None:
    tokens = {field.authority for field in canary(now()).tokens}
    leaves = set(_authority_leaves(Subject, "subject."))
    for word, kind in KINDS.items():
        leaves |= set(_authority_leaves(kind.shape, f"{word}."))
    given = {"subject.subjectReference", "decision.subjectReference", "decision.decision"}
    assert leaves == (tokens | {*SUBJECT_WORDS, *FACT_WORDS} | given) - {""}


def _police_leaves(kind: type[Group], path: str = "") -> Iterator[str]:
    hints = get_type_hints(kind)
    for one in fields(kind):
        if one.name in ("path", "stated"):
            continue
        inner = _part_of(hints[one.name], Group)
        name = f"{path}{wire_name(one.name)}"
        yield from _police_leaves(inner, f"{name}.") if inner else (name,)


def _authority_leaves(kind: type[BaseModel], path: str) -> Iterator[str]:
    for name, one in kind.model_fields.items():
        inner = _part_of(one.annotation, BaseModel)
        at = f"{path}{one.alias or name}"
        yield from _authority_leaves(inner, f"{at}.") if inner else (at,)


def _part_of(hint: Any, base: type[Any]) -> Any:
    """Return the group that a field holds, or that its list holds."""
    if isinstance(hint, type) and not get_args(hint):
        return hint if issubclass(hint, base) else None
    return next((found for part in get_args(hint) if (found := _part_of(part, base))), None)
