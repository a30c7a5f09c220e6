"""Intake: once each, whole or not at all, and bad messages keep what may be kept."""

from hashlib import sha256
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from contracts.adapter import Reading
from contracts.errors import Fate, InvalidMessage, Problem
from contracts.events import EpisodeUpdated, MissingReported, Sighted
from hub.episode.reference import episode_reference
from hub.ledger import events, intake, messages, outbox, tables, tasks
from hub.ledger.engine import Ledger
from hub.ledger.intake import Conflict, Incoming
from tests.unit.ledger.intaking import Desk, accepted_of, episode_of, kept_of
from tests.unit.ledger.making import (
    NHS,
    NOW,
    POLICE,
    at,
    case_reference,
    child,
    document,
    hub_reference,
    key,
    missing,
    report_reference,
    said,
    updated,
)

KEPT = (
    tables.message,
    tables.event,
    tables.outbox,
    tables.subject_key,
    tables.episode_subject,
    tables.episode_reference,
    tables.task,
)


async def sizes(ledger: Ledger) -> dict[str, int]:
    async with ledger.read() as tx:
        return {t.name: (await tx.execute(select(func.count()).select_from(t))).scalar_one() for t in KEPT}


async def test_a_report_is_message_event_and_outbox_at_once(ledger: Ledger) -> None:
    paper = document(body=b"<report/>", message_id="m-1")
    event = missing(child(nhs=NHS))
    warning = Problem("lastSeen", "is missing", "send it")
    async with ledger.begin() as tx:
        accepted = await accepted_of(tx, paper, Reading((event,), (warning,)))
    episode_id = episode_of(accepted)
    assert accepted.answer == {
        "receipt": str(accepted.message_id),
        "episode": str(episode_id),
        "reference": episode_reference(episode_id),
        "events": [str(event.id)],
        "warnings": [{"field": "lastSeen", "detail": "is missing", "remedy": "send it"}],
    }
    async with ledger.read() as tx:
        stored = await messages.get(tx, accepted.message_id)
        assert stored is not None
        assert (stored.body, stored.size, stored.fate) == (b"<report/>", 9, "accepted")
        assert stored.digest == sha256(b"<report/>").hexdigest()
        assert stored.answer == accepted.answer
        (kept,) = (await events.of_episodes(tx, [episode_id]))[episode_id]
        (record,) = await outbox.unpublished(tx, 10)
    assert isinstance(kept.data, MissingReported)
    assert kept.data.subjects[0].subject_id is not None
    assert kept.references == event.references
    assert (record.event_id, record.key) == (event.id, str(episode_id).encode())


async def test_the_same_bytes_again_get_the_same_answer_and_change_nothing(ledger: Ledger) -> None:
    desk, paper, event = Desk(ledger), document(message_id="m-1"), missing()
    first = await desk.send(event, document=paper)
    before = await sizes(ledger)
    second = await desk.send(event, document=paper)
    assert (first.repeated, second.repeated) == (False, True)
    assert second.answer == first.answer
    assert second.episode_ids == first.episode_ids
    assert await sizes(ledger) == before


async def test_other_bytes_under_the_same_id_are_a_conflict(ledger: Ledger) -> None:
    desk = Desk(ledger)
    await desk.send(missing(), document=document(message_id="m-1"))
    before = await sizes(ledger)
    other = Incoming(document(message_id="m-1"), "police", Reading((missing(),)))
    for _ in range(2):
        async with ledger.begin() as tx:
            assert isinstance(await intake.accept(tx, other, now=NOW), Conflict)
        assert await sizes(ledger) == {**before, "task": 1}
    assert await desk.tasks() == ["message_conflict"]


async def test_ids_are_each_partners_own_and_the_id_inside_the_document_counts_first(ledger: Ledger) -> None:
    desk, inside = Desk(ledger), document(message_id="transport-1")
    first = await desk.send(missing(), document=inside, message_id="inner")
    again = document(body=inside.body, message_id="transport-2")
    assert (await desk.send(missing(), document=again, message_id="inner")).repeated
    stranger = POLICE.model_copy(update={"name": "other-police"})
    other = await desk.send(missing(), document=document(stranger, message_id="transport-1"), message_id="inner")
    assert not other.repeated
    assert first.message_id != other.message_id


async def test_a_lower_version_after_a_higher_one_is_kept_and_said_to_be_superseded(ledger: Ledger) -> None:
    desk = Desk(ledger)
    first = await desk.send(missing())
    newest = await desk.send(updated(hours=3).model_copy(update={"source_version": 3}))
    older = await desk.send(updated(hours=2))
    assert (first.answer["warnings"], newest.answer["warnings"]) == ([], [])
    assert [one["field"] for one in older.answer["warnings"]] == ["version"]
    assert len((await desk.episode(episode_of(first))).subjects) == 1
    async with ledger.read() as tx:
        assert len((await events.of_episodes(tx, [episode_of(first)]))[episode_of(first)]) == 3


async def test_without_any_id_the_bytes_are_the_id(ledger: Ledger) -> None:
    desk, event = Desk(ledger), missing()
    first = await desk.send(event, document=document(body=b"same"))
    assert (await desk.send(event, document=document(body=b"same"))).answer == first.answer
    assert not (await desk.send(updated(), document=document(body=b"other"))).repeated


async def test_the_same_event_in_another_message_is_stored_once(ledger: Ledger) -> None:
    desk, event = Desk(ledger), missing()
    first, second = await desk.send(event), await desk.send(event)
    assert not second.repeated
    assert second.episode_ids == first.episode_ids
    assert second.answer["events"] == [str(event.id)]
    assert await desk.to_publish() == [event.id]


async def test_a_crash_in_the_middle_leaves_nothing_half_kept(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    desk, paper, event = Desk(ledger), document(message_id="m-1"), missing()
    before = await sizes(ledger)
    with monkeypatch.context() as broken:
        broken.setattr(outbox, "add", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            await desk.send(event, document=paper)
    assert await sizes(ledger) == before
    retried = await desk.send(event, document=paper)
    assert not retried.repeated
    assert await desk.to_publish() == [event.id]


@pytest.mark.parametrize(
    ("data", "references", "field"),
    [
        (EpisodeUpdated(subjects=(child(),)), [], "references"),
        (Sighted(subjects=(key(),)), [], "references"),
        (Sighted(), [], "references"),
        (Sighted(), [hub_reference("episode", uuid4())], "references.episode"),
        (Sighted(), [hub_reference("episode", "not an id")], "references.episode"),
        (Sighted(), [report_reference(), hub_reference("dispatch", uuid4())], "references.dispatch"),
    ],
)
async def test_what_points_at_nothing_is_unusable(
    ledger: Ledger, data: Sighted | EpisodeUpdated, references: list[object], field: str
) -> None:
    with pytest.raises(InvalidMessage) as error:
        await Desk(ledger).send(said(data, *references))  # type: ignore[arg-type]
    assert error.value.fate is Fate.UNUSABLE
    assert [problem.field for problem in error.value.problems] == [field]
    assert set((await sizes(ledger)).values()) == {0}


@pytest.mark.parametrize(
    ("fate", "body_kept", "task"),
    [(Fate.REFUSED, False, []), (Fate.UNUSABLE, True, ["message_unusable"]), (Fate.HELD, True, ["message_held"])],
)
async def test_what_is_kept_of_a_bad_message(ledger: Ledger, fate: Fate, body_kept: bool, task: list[str]) -> None:
    paper = document(body=b"Rowan Example", message_id="m-1")
    error = InvalidMessage(fate, "Not usable.", [Problem("name", "is missing", "send it")])
    async with ledger.begin() as tx:
        answer = (await kept_of(tx, paper, error)).answer
        assert (await kept_of(tx, paper, error, at(1))).answer == answer
        stored = await messages.find(tx, POLICE.name, "m-1")
        opened = await tasks.list_open(tx)
    assert stored is not None
    assert (stored.fate, stored.size, stored.digest) == (fate.value, 13, sha256(b"Rowan Example").hexdigest())
    assert stored.body == (b"Rowan Example" if body_kept else None)
    assert [one.kind for one in opened] == task
    assert answer["receipt"] == str(stored.id)
    assert answer["warnings" if fate is Fate.HELD else "problems"][0]["field"] == "name"
    assert "Rowan" not in repr((answer, opened))


async def test_a_corrected_message_may_use_the_id_of_a_bad_one(ledger: Ledger) -> None:
    desk = Desk(ledger)
    error = InvalidMessage(Fate.UNUSABLE, "Not usable.")
    async with ledger.begin() as tx:
        await kept_of(tx, document(message_id="m-1"), error)
    assert await desk.tasks() == ["message_unusable"]
    accepted = await desk.send(missing(), document=document(message_id="m-1"))
    assert not accepted.repeated
    assert await desk.tasks() == []


async def test_a_held_message_is_taken_once_it_can_be_read(ledger: Ledger) -> None:
    desk, paper = Desk(ledger), document(message_id="m-1")
    async with ledger.begin() as tx:
        await kept_of(tx, paper, InvalidMessage(Fate.HELD, "Newer."))
    accepted = await desk.send(missing(), document=paper)
    async with ledger.read() as tx:
        stored = await messages.get(tx, accepted.message_id)
    assert stored is not None
    assert (stored.fate, stored.answer) == ("accepted", accepted.answer)
    assert await desk.tasks() == []


async def test_names_that_a_database_cannot_hold_are_kept_by_digest(ledger: Ledger) -> None:
    desk = Desk(ledger)
    strange = [report_reference("R" * 100_000), case_reference("nul\0nul")]
    subject = child(person_reference="P" * 5_000)
    first = await desk.send(said(MissingReported(subjects=(subject,)), *strange), message_id="m" * 5_000)
    for reference in strange:
        assert (await desk.send(said(Sighted(), reference, hours=1))).episode_ids == first.episode_ids
    same = await desk.send(said(Sighted(subjects=(key(person_reference="P" * 5_000),)), hours=1))
    assert same.episode_ids == first.episode_ids


async def test_a_batch_of_events_for_several_episodes(ledger: Ledger) -> None:
    desk = Desk(ledger)
    many = [missing(child(person_reference=f"P-{n}"), ref=f"NC-{n}") for n in range(120)]
    accepted = await desk.send(*many)
    assert len(set(accepted.episode_ids)) == 120
    assert accepted.answer["episodes"] == [str(id) for id in accepted.episode_ids]
    assert sorted(map(str, await desk.to_publish())) == sorted(accepted.answer["events"])
