"""A token in every field that police and authorities can send: each reaches whom the table of disclosure names, and
nobody and nothing else (promises G5 and G6)."""

import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, get_args, get_type_hints
from uuid import UUID

import pytest
import pytest_asyncio
import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pydantic import BaseModel
from sqlalchemy import func, select

from adapters.authorities.model.subject import Subject
from adapters.authorities.translate.kinds import KINDS
from adapters.police.model.groups import wire_name
from adapters.police.model.report import Group, MissingReport
from contracts.adapter import HttpResponse, TlsIdentity
from contracts.codes import Role
from contracts.dispatch import Kind
from contracts.envelope import Event
from contracts.events import SafeAndWellChecked
from hub.app import Hub, now
from hub.channel import batch
from hub.channel.broker import make_producer, make_reader
from hub.channel.topics import DEAD, EPISODE, INVALID, from_topic, to_topic
from hub.demo import reading
from hub.http import HttpClient
from hub.ledger import audit, tables
from hub.routing.plan import Plan, plan
from tests.journeys.canary_fields import (
    FACT_WORDS,
    INFORMATION,
    LAMBETH,
    NOBODY,
    POLICE_FOUND_WORDS,
    POLICE_WORDS,
    ROTHERHAM,
    SUBJECT_WORDS,
    Canary,
    canary,
)
from tests.journeys.stage import CARE_CONTEXT, FACTS, REPORTS, XML, Json, Stage, staged, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
# The designated nurse decides by herself, over MESH; whatever an authority states, the test states.
SETTINGS = {
    "authorities": ("decisions=none", "answers=no", "inbox=nobody"),
    "health": (f"areas={LAMBETH}", "interval=0.2"),
}
# The Citizen API takes four digits of the National Insurance number, never the whole of it.
CUT = {(Role.DWP_CITIZEN_TRACE, Kind.TRACE_REQUEST): {"identifiers.national_insurance_number"}}
# Only for a child that no police force has reported, which no journey from a police report can show.
NOT_PLAYED = {(Role.POLICE_FORCE, Kind.NOTICE)}
# Guidance is the case team's telephone under another name.
ALIASES = {"guidance.phone": "care.case_team_phone", "guidance.out_of_hours_phone": "care.out_of_hours_phone"}


@dataclass
class Recorder:
    """The hub's way out, noting everything of each request but its body."""

    inner: HttpClient
    seen: list[str] = field(default_factory=list)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        identity: TlsIdentity | None = None,
        timeout: float = 20.0,
    ) -> HttpResponse:
        """Note and pass on."""
        self.seen.append(f"{method} {url} {dict(headers or {})}")
        return await self.inner.request(method, url, headers=headers, body=body, identity=identity, timeout=timeout)


@dataclass
class Played:
    """The whole journey, over: what each dispatch was, and what of it arrived."""

    stage: Stage
    canary: Canary
    course: Json
    arrived: dict[str, str]
    records: dict[str, list[ConsumerRecord]]
    requests: Recorder


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
            patch.setattr(batch, "plan", _breaking(tokens))
            episode = await _play(_Journey(stage, tokens))
            await _provoke(stage, tokens)
            course = await stage.quiet(episode)
            records = await _log(stage)
            arrived = await _arrived(stage, records)
            yield Played(stage, tokens, course, arrived, records, recorders[0])


def _breaking(tokens: Canary) -> Callable[..., Plan]:
    """Routing as it is, but broken by one kind of event, with an error that quotes everything."""

    def broken(events: Sequence[Event], *rest: Any) -> Plan:
        if any(isinstance(event.data, SafeAndWellChecked) for event in events):
            raise ValueError(" ".join(tokens.all))
        return plan(events, *rest)

    return broken


@dataclass
class _Journey:
    stage: Stage
    canary: Canary
    number: int = 0

    async def police(self, status: str, words: Mapping[str, str], groups: Sequence[str] | None = None) -> Json:
        """Send the next version of the report."""
        self.number += 1
        header = {"header.reportStatus": status, "header.reportVersion": str(self.number)}
        issued = {"header.issuedAt": now().isoformat()}
        text = self.canary.police({**POLICE_WORDS, **words, **header, **issued}, groups)
        return await self.stage.accepted(REPORTS, "norfolk-police", text, XML)

    def message(self, **content: Any) -> Json:
        """Return the next message of Rotherham's about its case."""
        self.number += 1
        [case] = self.canary.of(["identifiers.case_id"])
        common = {"profile": "authority-message", "version": 1, "authority": ROTHERHAM, "caseId": case}
        return {**common, "messageId": f"ROT-{self.number}", "issuedAt": now().isoformat(), **content}

    async def facts(self, *kinds: str, **more: Any) -> None:
        """State facts of some kinds."""
        stated = [{"fact": kind, **self.canary.authority(kind, FACT_WORDS), **more} for kind in kinds]
        await self.stage.accepted(FACTS, "rotherham-council", self.message(facts=stated))

    async def context(self) -> None:
        """Say all that Rotherham holds."""
        subject = self.canary.authority("subject", SUBJECT_WORDS)
        await self.stage.accepted(CARE_CONTEXT, "rotherham-council", self.message(subjects=[subject]))


async def _play(journey: _Journey) -> str:
    told = journey.stage.told
    [person] = journey.canary.of(["identifiers.police_person_reference"])
    unheard = {"person.favouriteColour": " ".join(journey.canary.of([NOBODY]))}
    missing = ("header", "risk", "person", "missing", "lastSeen", "informant", "officer")
    whole = (*missing, "pncCirculatedAt", "mpuNotifiedAt")
    episode = str((await journey.police("new", unheard, whole))["episode"])
    await told(episode, "case_team/care_context_request")
    await journey.context()
    await journey.facts("riskAssessed", "whereaboutsBelieved", "contactRecorded", "sighted", "tracingInformation")
    asks = [f"case_team/decision_request:rotherham.{rule}" for rule in ("P16.circulate-to-areas", P17)]
    await told(episode, *asks, "designated_nurse_safeguarding@E09000022/notice")
    await journey.facts("decision", decision="rotherham.P16.circulate-to-areas")
    await journey.facts("decision", decision=f"rotherham.{P17}")
    await told(episode, "duty_team@E09000022/notice", "home_office_notifications/reminder")
    await told(episode, "dwp_notifications/notice", "dwp_citizen_trace/trace_request")
    await told(episode, "child_benefit_office/benefit_request", "midwifery/alert", "police_force/information")
    await journey.stage.quiet(episode)
    await journey.facts("found")
    await told(episode, "police_force/found_notice", "case_team/found_notice", "duty_team/found_notice")
    await journey.stage.quiet(episode)
    await journey.facts("foundInError")
    await until_live(journey.stage, episode, alive=True)
    found = {**POLICE_FOUND_WORDS, "found.personReferences": person}
    await journey.police("found", found, ("header", "person", "found"))
    await told(episode, "immigration_compliance_enforcement/found_notice")
    await journey.facts("returned", *(f"returnInterview{how}" for how in ("Offered", "Held", "Refused")))
    await journey.facts("safeAndWellChecked")
    await until_live(journey.stage, episode, alive=False)
    return episode


P17 = "P17.national-notification"


async def until_live(stage: Stage, episode: str, *, alive: bool) -> None:
    async def ask() -> bool:
        return bool(reading.live(await stage.quiet(episode))) is alive

    await until(ask, "alerts are live" if alive else "nothing is live")


async def _provoke(stage: Stage, tokens: Canary) -> None:
    """Bring about every kind of error with a body full of tokens, over HTTP and on the topics."""
    all_of_it = " ".join(tokens.all)
    report = tokens.police({**POLICE_WORDS, "header.reportStatus": "new", "header.reportVersion": "1"})
    [reference] = tokens.of(["police.report_reference"])
    for body, type, partner, more in (
        (report, XML, None, {"Authorization": f"Bearer {reference}"}),
        (report, XML, "rotherham-council", {}),
        (report, f"text/{reference}", "norfolk-police", {}),
        (report, XML, "norfolk-police", {}),
        (report.replace(reference, ""), XML, "norfolk-police", {}),
        (report.replace("<schemaVersion>1", "<schemaVersion>9"), XML, "norfolk-police", {}),
        (report[:-20], XML, "norfolk-police", {}),
        (f"<!DOCTYPE {reference}>{report}", XML, "norfolk-police", {}),
        (all_of_it, XML, "norfolk-police", {}),
    ):
        await stage.post(REPORTS, partner, body, type, **more)
    foreign = {"profile": all_of_it, "authority": LAMBETH, "caseId": reference, "messageId": reference}
    await stage.post(CARE_CONTEXT, "rotherham-council", foreign)
    await stage.post(FACTS, "rotherham-council", {"facts": [{"fact": all_of_it}], "caseId": reference})
    await stage.post("/receipts", "rotherham-council", {"receipts": [{"dispatch_id": reference, "stage": all_of_it}]})
    stranger = {"dispatch_id": str(UUID(int=1)), "stage": "accepted", "at": now().isoformat(), "by": reference}
    await stage.post("/receipts", "rotherham-council", {"receipts": [stranger]})
    await stage.post("/events", "rotherham-council", json.dumps({"specversion": all_of_it, "type": reference}))
    await _bad_records(stage, tokens)
    _talk(all_of_it)


def _talk(all_of_it: str) -> None:
    """Log everything, as a careless line of the hub's or a talkative library would."""
    structlog.get_logger("hub.careless").debug("careless", surname=all_of_it, endpoint={"name": 1}, body=all_of_it)
    try:
        raise ValueError(all_of_it)
    except ValueError:
        logging.getLogger("some.library").debug("sent %s", all_of_it, exc_info=True)


async def _bad_records(stage: Stage, tokens: Canary) -> None:
    """Records that cannot be read, on the hub's own topic and on a partner's."""
    all_of_it = " ".join(tokens.all)
    stolen = {"specversion": "1.0", "id": all_of_it, "source": f"/partners/{all_of_it}", "type": all_of_it, "time": "x"}
    headers = [(f"ce_{name}", value.encode()) for name, value in stolen.items()]
    producer = make_producer(stage.hub.connection)
    await producer.start()
    try:
        for topic in (EPISODE, from_topic("norfolk-council")):
            await producer.send_and_wait(topic, all_of_it.encode(), key=b"bad", headers=headers)
            await producer.send_and_wait(topic, json.dumps({**stolen, "data": all_of_it}).encode(), key=b"bad")
    finally:
        await producer.stop()

    async def told() -> bool:
        async with stage.hub.ledger.read() as tx:
            table = tables.outbox
            wanted = select(func.count()).where(table.c.topic == INVALID, table.c.published_at.is_not(None))
            return int((await tx.execute(wanted)).scalar_one()) >= 4

    await until(told, "the invalid channel has a letter about each bad record")


async def _log(stage: Stage) -> dict[str, list[ConsumerRecord]]:
    """Read every topic to its end: as far as the ledger says that records were published."""
    table = tables.outbox
    async with stage.hub.ledger.read() as tx:
        wanted = select(table.c.topic, func.count()).where(table.c.published_at.is_not(None)).group_by(table.c.topic)
        expected = {str(topic): int(number) for topic, number in await tx.execute(wanted)}
    expected |= {from_topic("norfolk-council"): 2, EPISODE: expected[EPISODE] + 2}
    found: dict[str, list[ConsumerRecord]] = {topic.name: [] for topic in stage.hub.topics()}
    reader: AIOKafkaConsumer = make_reader(stage.hub.connection)
    reader.assign([TopicPartition(topic, 0) for topic in found])
    await reader.start()
    try:
        for place in reader.assignment():
            reader.seek(place, 0)

        async def whole() -> bool:
            for place, read in (await reader.getmany(timeout_ms=100)).items():
                found[place.topic] += read
            return all(len(found[topic]) >= number for topic, number in expected.items())

        await until(whole, "every topic is read to its end")
    finally:
        await reader.stop()
    return found


async def _arrived(stage: Stage, records: Mapping[str, Sequence[ConsumerRecord]]) -> dict[str, str]:
    """Return what each recipient really got, by the dispatch's id, which is the message's id on every wire."""
    got: dict[str, str] = {}
    for adapter in ("police", "authorities", "homeoffice", "dwp"):
        got |= {one["id"]: json.dumps(one, ensure_ascii=False) for one in await stage.received(adapter)}
    got |= {one["local_id"]: json.dumps(one, ensure_ascii=False) for one in await stage.received("health")}
    for record in records[to_topic("norfolk-council")]:
        got[json.loads(record.value)["messageId"]] = record.value.decode()
    inbox = (await stage.get("/inbox", "lambeth-council")).json()["items"]
    return got | {one["dispatch_id"]: json.dumps(one, ensure_ascii=False) for one in inbox}


async def test_everything_that_was_sent_arrived(played: Played) -> None:
    sent = {one["id"]: one for one in reading.told(played.course)}
    # A trace leaves nothing at DWP that could be withdrawn: that dispatch calls nobody.
    silent = {id for id, one in sent.items() if (one["kind"], one["action"]) == ("trace_request", "withdraw")}
    assert set(sent) - silent == set(played.arrived)
    assert {one["state"] for one in played.course["dispatches"]} <= {"sent", "cancelled"}


async def test_every_row_of_the_table_was_played(played: Played) -> None:
    rows = {(row.role, kind) for row in played.stage.hub.book.disclosure.rows for kind in row.kinds}
    assert {_row(one) for one in reading.told(played.course)} == rows - NOT_PLAYED


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
