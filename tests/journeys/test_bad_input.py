"""Bad input over HTTP, row by row: what is answered, what is kept, who is asked; and the next good report always gets
its 202 (promises G1 and G9)."""

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from hashlib import sha256
from itertools import count
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from contracts.dispatch import FOUND_THREAD
from hub.app import now
from hub.demo import reading
from hub.ledger import partners, tables
from tests.journeys.bad_documents import CANARY, Body, context, event, facts, plain, put, report, with_doctype, without
from tests.journeys.stage import CARE_CONTEXT, FACTS, JSON, REPORTS, XML, Stage, sample, until

pytestmark = pytest.mark.asyncio(loop_scope="module")
EVENTS, CLOUD_EVENT = "/events", "application/cloudevents+json"
LARGE = 10_000_000
# Opened by routing, some time after the answer; the rows are about what intake opens.
OF_ROUTING = (
    *("unmatched", "unrouted", "decision_overdue", "delivery_failed", "delivery_unknown", "receipt_overdue"),
    "possible_match",
)
_number = count(1)


LEAST = b"""<missingReport xmlns="urn:missing-children-hub:police-missing-report">
<header><schemaVersion>1</schemaVersion><reportReference>%s</reportReference></header><person><surname>CANARY</surname></person></missingReport>"""
MINIMUM = (
    "missing.missingSince",
    "lastSeen.at",
    "lastSeen.place",
    "lastSeen.circumstances",
    "lastSeen.withPersons",
    "risk.riskLevel",
    "risk.assessedAt",
    "person[1].dob",
    "person[1].clothing",
    "person[1].possessions",
    "person[1].photoRef",
    "person[1].height",
    "person[1].associates",
    "person[1].health.conditions",
    "person[1].address.legalStatus",
    "person[1].address.missingFrom",
    "person[1].address.responsibleLA",
)
ALL_ROTHERHAM = put(hostLA="E08000018", homeLA="E08000018", responsibleLA="E08000018")
DECISION = {"fact": "decision", "decision": "rotherham.P17.national-notification", "answer": True, "decidedBy": CANARY}


@dataclass(frozen=True)
class Row:
    """One bad message: the status, what the message store keeps (its fate, and whether the raw bytes), the fields
    warned of, and the kinds of task opened.

    `kept` None: not even a digest. `first`: a good message of the same sender before it.
    """

    name: str
    body: Body
    status: int
    kept: str | None = None
    raw: bool = False
    warned: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()
    path: str = REPORTS
    partner: str | None = "norfolk-police"
    type: str = XML
    headers: tuple[tuple[str, str], ...] = ()
    first: Body | None = None


def refused(name: str, body: Body, **more: Any) -> Row:
    """Unsafe or unreadable: 400, size and digest only."""
    return Row(name, body, 400, "refused", **more)


def unread(name: str, body: Body, status: int, **more: Any) -> Row:
    """Refused for what it comes as, or for whom it comes from: size and digest only."""
    return Row(name, body, status, "refused", **more)


def unusable(name: str, body: Body, **more: Any) -> Row:
    """Nothing to act on: 422, kept raw, a person is asked."""
    return Row(name, body, 422, "unusable", raw=True, tasks=("message_unusable",), **more)


def held(name: str, body: Body, *warned: str, **more: Any) -> Row:
    """Not readable yet: 202, kept raw, a person is asked."""
    return Row(name, body, 202, "held", raw=True, warned=warned, tasks=("message_held",), **more)


def warned(name: str, body: Body, *fields: str, **more: Any) -> Row:
    """Taken in, with warnings."""
    return Row(name, body, 202, "accepted", raw=True, warned=fields, **more)


OF_ROTHERHAM: dict[str, Any] = {"partner": "rotherham-council", "type": JSON}
AS_EVENT: dict[str, Any] = {"path": EVENTS, "type": CLOUD_EVENT}
TABLE = (
    refused("empty", plain(b"")),
    refused("not XML", plain(b"CANARY, no XML")),
    refused("half of it", lambda tag: report(tag)[:900].encode()),
    refused("DOCTYPE", with_doctype("")),
    refused("entity", with_doctype('<!ENTITY x "CANARY">')),
    refused("entity from a file", with_doctype('<!ENTITY x SYSTEM "file:///etc/passwd">')),
    refused("200,000 nested elements", plain(b"<a>" * 200_000 + b"</a>" * 200_000)),
    refused("200,000 nested lists", plain(b"[" * 200_000 + b"]" * 200_000), type=JSON),
    refused("wrong charset", lambda tag: report(tag).replace("slim", "schl\xe4nk").encode("latin-1")),
    refused("another charset named", lambda tag: report(tag).replace("UTF-8", "UTF-16").encode()),
    refused("more than a report may hold", lambda tag: report(tag).replace("slim", "x" * 2_000_001).encode()),
    unread("50 MB", plain(b"x" * 50_000_000), 413),
    unread("compressed", put(), 415, headers=(("Content-Encoding", "gzip"),)),
    unread("wrong content type", put(), 415, type="text/csv"),
    unread("no content type", put(), 415, type=""),
    unread("unusable Message-Id", put(), 400, headers=(("Message-Id", "x" * 201),)),
    held("unknown schema version", put(schemaVersion="99"), "header.schemaVersion"),
    unusable("another document", plain(b"<CANARY/>")),
    unusable("no reference", without("reportReference")),
    unusable(
        "neither name nor description",
        without(
            *("surname", "forenames", "knownAs", "height", "build", "hair", "eyes", "marks", "clothing", "photoRef")
        ),
    ),
    warned("minimum content missing", lambda tag: LEAST % f"R-{tag}".encode(), *MINIMUM),
    warned("bad NHS number", put(pncId="1</pncId><nhsNumber>9990000019</nhsNumber><pncId>"), "person[1].nhsNumber"),
    warned("unknown authority", put(homeLA="E08999999"), "person[1].address.homeLA"),
    warned("impossible date", put(dob="2012-02-31"), "person[1].dob"),
    warned("born after today", put(dob="2199-01-01"), "person[1].dob"),
    warned("missing since tomorrow", put(missingSince="2199-01-01T00:00:00Z"), "missing.missingSince"),
    warned("no time zone", put(missingSince="2026-01-03T17:10:00"), "missing.missingSince"),
    warned("unknown word", put(riskLevel=CANARY), "risk.riskLevel"),
    warned("unknown element", put(pncId="1</pncId><CANARY>1</CANARY><pncId>"), "person[1].CANARY"),
    warned("another's area", ALL_ROTHERHAM, "person[1].address"),
    warned("another force's code", put(forceCode="E23000011"), "header.forceCode"),
    Row(
        "same id, other bytes",
        put(hair="CANARY, cut short"),
        409,
        first=put(),
        tasks=("message_conflict",),
    ),
    Row("missing token", put(), 401, partner=None),
    Row("wrong token", put(), 401, partner=None, headers=(("Authorization", "Bearer CANARY"),)),
    Row("another scheme", put(), 401, partner=None, headers=(("Authorization", "Basic CANARY"),)),
    unread("wrong kind of partner", put(), 403, partner="rotherham-council"),
    Row("unknown way in", put(), 404, path="/intake/police/CANARY"),
    unusable("speaks for another authority", context(authority="E09000022"), path=CARE_CONTEXT, **OF_ROTHERHAM),
    held("future version of a message", context(version=99), "version", path=CARE_CONTEXT, **OF_ROTHERHAM),
    held("unknown fact", facts({"fact": CANARY}, caseId="C-1"), "facts[0].fact", path=FACTS, **OF_ROTHERHAM),
    unusable("nobody meant", facts({"fact": "returned"}), path=FACTS, **OF_ROTHERHAM),
    unusable("no fact at all", facts(caseId="C-1"), path=FACTS, **OF_ROTHERHAM),
    unusable(
        "an episode the hub never named",
        facts({"fact": "returned"}, episodeReference=str(uuid4())),
        path=FACTS,
        **OF_ROTHERHAM,
    ),
    unread("a decision nobody asked for", facts(DECISION, caseId="C-1"), 403, path=FACTS, **OF_ROTHERHAM),
    refused("not JSON", plain(b'{"CANARY": '), path=FACTS, **OF_ROTHERHAM),
    held("unknown event type", event("missing.person.teleported.v1"), "type", **AS_EVENT),
    held("future version of an event", event("missing.person.reported.v2"), "type", **AS_EVENT),
    unusable("another's event", event(source="dwp"), **AS_EVENT),
    unusable(
        "the hub's own event", event("missing.clock.fell.v1", rule="x", due_at="2026-01-01T00:00:00Z"), **AS_EVENT
    ),
    refused("no CloudEvent", plain(b'{"CANARY": 1}'), **AS_EVENT),
    warned(
        "doubtful field of an event", event(missing={"missing_since": CANARY}), "data.missing.missing_since", **AS_EVENT
    ),
)


async def test_the_table_is_long_enough() -> None:
    assert len({row.name for row in TABLE}) == len(TABLE) >= 25


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
async def test_bad_input(stage: Stage, row: Row) -> None:
    tag = f"{next(_number)}-{uuid4().hex[:6]}"
    if row.first is not None:
        await stage.accepted(row.path, row.partner or "", row.first(tag), row.type)
    before = await tasks_of_intake(stage)
    body = row.body(tag)
    more = {name.replace("-", "_"): value for name, value in row.headers}
    send = stage.post if len(body) < LARGE else partial(too_much, stage)
    answer = await send(row.path, row.partner, body, row.type, **more)
    assert answer.status_code == row.status, answer.text
    assert CANARY not in answer.text.replace("person[1].CANARY", ""), answer.text
    assert_worded(row, answer)
    assert await stored(stage, body) == ([(row.kept, row.raw)] if row.kept else [])
    opened = {id: kind for id, kind in (await tasks_of_intake(stage)).items() if id not in before}
    assert sorted(opened.values()) == sorted(row.tasks)
    if row.kept in ("held", "unusable"):
        assert answer.json()["task"] in opened
    await assert_open_to_the_next(stage, tag)


async def too_much(stage: Stage, path: str, partner: str | None, body: bytes, type: str) -> httpx.Response:
    """POST what is answered and cut off before it is read; only a blocking client still reads the answer then."""

    def post() -> httpx.Response:
        with httpx.Client(base_url=stage.client.base_url, trust_env=False, timeout=60) as client:
            return client.post(path, content=body, headers=stage.headers(partner, Content_Type=type))

    return await asyncio.to_thread(post)


def assert_worded(row: Row, answer: httpx.Response) -> None:
    """A receipt with its warnings, or a problem document that names every wrong field and what to do."""
    said = answer.json()
    if row.status == 202:
        assert said["receipt"]
        assert set(row.warned) <= {one["field"] for one in said["warnings"]}, said["warnings"]
        assert all(one["detail"] for one in said["warnings"])
        return
    assert answer.headers["content-type"] == "application/problem+json"
    assert said["status"] == row.status
    assert said["type"].startswith("urn:missing-children-hub:problem:")
    assert said["title"]
    if row.kept and row.status in (400, 422):
        assert said["receipt"]
        assert said["errors"]
    assert said.get("errors") or said["detail"]
    assert all(one["field"] and one["detail"] for one in said.get("errors", []))


async def assert_open_to_the_next(stage: Stage, tag: str) -> None:
    """The next good report is taken, without a word of warning."""
    good = await stage.accepted(REPORTS, "norfolk-police", report(f"good-{tag}"), XML)
    assert good["warnings"] == []


async def stored(stage: Stage, body: bytes) -> list[tuple[str, bool]]:
    """What the message store has of these bytes: fate, and whether the bytes themselves."""
    table = tables.message
    async with stage.hub.ledger.read() as tx:
        rows = (await tx.execute(select(table).where(table.c.digest == sha256(body).hexdigest()))).all()
    assert all(row.body in (None, body) and row.size == len(body) for row in rows)
    return [(row.fate, row.body is not None) for row in rows]


async def tasks_of_intake(stage: Stage) -> dict[str, str]:
    return {one["id"]: one["kind"] for one in await stage.tasks() if one["kind"] not in OF_ROUTING}


async def test_an_expired_token_is_refused_and_a_new_one_works(stage: Stage) -> None:
    tag = uuid4().hex[:6]
    old, new = partners.new_token(), partners.new_token()
    async with stage.hub.ledger.begin() as tx:
        known = await partners.by_name(tx, "norfolk-police")
        assert known is not None
        late = known.model_copy(update={"name": f"late-{tag}"})
        begun = now() - timedelta(days=2)
        await partners.add(tx, late, partners.hash_token(old), begun, begun + timedelta(days=1))
        newer = known.model_copy(update={"name": f"newer-{tag}"})
        await partners.add(tx, newer, partners.hash_token(new), begun, begun + timedelta(days=9))
    answers = [await stage.post(REPORTS, None, report(tag), XML, Authorization=f"Bearer {one}") for one in (old, new)]
    assert [answer.status_code for answer in answers] == [401, 202]
    assert answers[0].headers["www-authenticate"].startswith("Bearer")
    assert old not in answers[0].text


async def test_the_same_id_with_the_same_bytes_gets_the_same_receipt_and_has_no_effect(stage: Stage) -> None:
    body = report(uuid4().hex[:6])
    first = await stage.accepted(REPORTS, "norfolk-police", body, XML)
    course = await stage.quiet(first["episode"])
    again = await stage.accepted(REPORTS, "norfolk-police", body, XML)
    assert again == first
    assert (await stage.quiet(first["episode"]))["dispatches"] == course["dispatches"]
    assert await stored(stage, body.encode()) == [("accepted", True)]


async def test_an_older_version_after_a_newer_one_is_kept_and_counts_for_nothing(stage: Stage) -> None:
    tag = uuid4().hex[:6]
    newer = re.sub("<hair>.*</hair>", "<hair>cut short</hair>", report(tag)).replace(
        "<reportVersion>1</reportVersion>", "<reportVersion>3</reportVersion>"
    )
    older = report(tag).replace("<reportVersion>1</reportVersion>", "<reportVersion>2</reportVersion>")
    issued = re.search("<issuedAt>(.*)</issuedAt>", newer)
    assert issued is not None
    older = re.sub("<issuedAt>.*</issuedAt>", issued[0], older)
    first = await stage.accepted(REPORTS, "norfolk-police", newer, XML)
    second = await stage.accepted(REPORTS, "norfolk-police", older, XML)
    assert second["episode"] == first["episode"]
    assert [one for one in second["warnings"] if one["field"] == "version" and "superseded" in one["detail"]]
    assert await stored(stage, older.encode()) == [("accepted", True)]
    course = await stage.quiet(first["episode"])
    assert len([one for one in course["events"] if one["source"] == "/partners/norfolk-police"]) == 2
    assert await hair(stage, first["episode"]) == {"cut short"}


async def hair(stage: Stage, episode: str) -> set[str]:
    """What the hub believes of the subjects' hair now."""
    async with stage.hub.ledger.read() as tx:
        rows = (await tx.execute(select(tables.episode))).all()
    [state] = [row.state for row in rows if str(row.id) == episode]
    return {one["facts"]["description"]["hair"] for one in state["subjects"]}


async def test_found_before_any_report_is_held_and_applied_when_the_report_comes(stage: Stage) -> None:
    tag = uuid4().hex[:6]
    own = {"MP-26-004127": f"R-{tag}", "NFK-P-310552": f"P-{tag}", "ROT-204417": f"C-{tag}"}
    found = await stage.accepted(REPORTS, "norfolk-police", sample("police", "away-9-found.xml", own), XML)
    waiting = await stage.quiet(found["episode"])
    assert waiting["dispatches"] == []
    assert [one["kind"] for one in waiting["tasks"] if one["settled_at"] is None] == ["unreported"]
    # Written the day before the find, come after it.
    early = report(tag, days_ago=1)
    reported = await stage.accepted(REPORTS, "norfolk-police", early, XML)
    assert reported["episode"] == found["episode"]

    async def applied() -> bool:
        course = await stage.quiet(found["episode"])
        return len(course["events"]) >= 2 and all(one["position"] for one in course["events"])

    await until(applied, "both are routed")
    course = await stage.quiet(found["episode"])
    assert course["status"] == "found"
    assert reading.live(course) == []
    # What the find asks for goes out; nothing of the going missing does.
    raised = [one for one in course["dispatches"] if one["action"] == "raise"]
    assert all(one["thread"].startswith(FOUND_THREAD) for one in raised)
    assert [one["kind"] for one in course["tasks"] if one["settled_at"] is None] == []
