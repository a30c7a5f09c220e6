"""The journey of the canary: one child to whom everything applies, and everything that can go wrong beside it."""

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from sqlalchemy import func, select

from contracts.adapter import HttpResponse, TlsIdentity
from contracts.envelope import Event
from contracts.events import SafeAndWellChecked
from hub.app import now
from hub.channel.broker import make_producer, make_reader
from hub.channel.topics import EPISODE, INVALID, from_topic, to_topic
from hub.demo import reading
from hub.http import HttpClient
from hub.ledger import tables
from hub.routing.plan import Plan, plan
from tests.journeys.canary_fields import (
    FACT_WORDS,
    LAMBETH,
    NOBODY,
    POLICE_FOUND_WORDS,
    POLICE_WORDS,
    ROTHERHAM,
    SUBJECT_WORDS,
    Canary,
)
from tests.journeys.stage import CARE_CONTEXT, FACTS, REPORTS, XML, Json, Stage, until

# The designated nurse decides by herself, over MESH; whatever an authority states, the test states.
SETTINGS = {
    "authorities": ("decisions=none", "answers=no", "inbox=nobody"),
    "health": (f"areas={LAMBETH}", "interval=0.2"),
}


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


def breaking(tokens: Canary) -> Callable[..., Plan]:
    """Routing as it is, but broken by one kind of event, with an error that quotes everything."""

    def broken(events: Sequence[Event], *rest: Any) -> Plan:
        if any(isinstance(event.data, SafeAndWellChecked) for event in events):
            raise ValueError(" ".join(tokens.all))
        return plan(events, *rest)

    return broken


@dataclass
class Journey:
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


async def play(journey: Journey) -> str:
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
    await told(episode, "placement/decision_request:baseline.regulator")
    await journey.facts("decision", decision="baseline.regulator")
    abroad = ("P19.abroad", "P19.legal-interventions")
    await told(episode, *(f"case_team/decision_request:rotherham.{rule}" for rule in abroad))
    await journey.facts("decision", decision="rotherham.P19.abroad")
    await journey.facts("decision", decision="rotherham.P19.legal-interventions")
    await told(episode, "duty_team@E09000022/notice", "home_office_notifications/reminder")
    await told(episode, "regulator/notice", "uk_missing_persons_unit/notice", "placement/task")
    await told(episode, "dwp_notifications/notice", "dwp_citizen_trace/trace_request")
    await told(episode, "child_benefit_office/benefit_request", "midwifery/alert", "police_force/information")
    await journey.stage.quiet(episode)
    await journey.facts("found")
    await told(episode, "police_force/found_notice", "case_team/found_notice", "duty_team/found_notice")
    await told(episode, f"case_team/found:decision_request:rotherham.{P29}")
    await journey.facts("decision", decision=f"rotherham.{P29}")
    await told(episode, f"child_protection_conference_chair/found:task:rotherham.{P29}")
    await told(episode, "police_force/found:decision_request:baseline.safe-and-well-agreed", "placement/reminder")
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
P29 = "P29.review-conference-when-found"


async def until_live(stage: Stage, episode: str, *, alive: bool) -> None:
    async def ask() -> bool:
        return bool(reading.live(await stage.quiet(episode))) is alive

    await until(ask, "alerts are live" if alive else "nothing is live")


async def provoke(stage: Stage, tokens: Canary) -> None:
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


async def log_of(stage: Stage) -> dict[str, list[ConsumerRecord]]:
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


async def arrived_at(stage: Stage, records: Mapping[str, Sequence[ConsumerRecord]]) -> dict[str, str]:
    """Return what each recipient really got, by the dispatch's id, which is the message's id on every wire."""
    got: dict[str, str] = {}
    for adapter in ("police", "authorities", "homeoffice", "dwp"):
        got |= {one["id"]: json.dumps(one, ensure_ascii=False) for one in await stage.received(adapter)}
    got |= {one["local_id"]: json.dumps(one, ensure_ascii=False) for one in await stage.received("health")}
    for record in records[to_topic("norfolk-council")]:
        got[json.loads(record.value)["messageId"]] = record.value.decode()
    inbox = (await stage.get("/inbox", "lambeth-council")).json()["items"]
    return got | {one["dispatch_id"]: json.dumps(one, ensure_ascii=False) for one in inbox}
