"""Which episode and which subject a document means; context before, after and never; found before the report."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest

from contracts.dispatch import Dispatch
from contracts.envelope import Event, derived_id
from contracts.events import (
    CareContextKnown,
    DecisionRecorded,
    EpisodeUpdated,
    Found,
    MissingReported,
    ReceiptRecorded,
)
from contracts.person import Health
from contracts.receipt import Receipt, Stage
from hub.episode.fold import fold
from hub.episode.transitions import Status
from hub.ledger import dispatches, events, messages, pairs, subjects
from hub.ledger.engine import Ledger
from hub.ledger.intake import KEPT_AHEAD_FOR
from tests.unit.ledger.intaking import Desk, episode_of
from tests.unit.ledger.making import (
    BORN,
    COUNCIL,
    HOME_OFFICE,
    NHS,
    NOW,
    OTHER_NHS,
    OTHER_POLICE,
    believed,
    case_reference,
    child,
    context,
    dispatch,
    found,
    hub_reference,
    key,
    missing,
    report_reference,
    said,
    updated,
)


async def dispatch_about(ledger: Ledger, episode_id: UUID, subject_id: UUID | None) -> Dispatch:
    one = dispatch(episode_id=episode_id, subject_id=subject_id)
    async with ledger.begin() as tx:
        await dispatches.add(tx, [one], {})
    return one


@pytest.mark.parametrize(
    ("first", "then"),
    [
        pytest.param(missing(), updated(child(), hours=1), id="same report reference"),
        pytest.param(
            missing(child(nhs=NHS)), missing(child(nhs=NHS), ref="SY-9", partner=OTHER_POLICE), id="NHS number"
        ),
        pytest.param(missing(child(nhs=NHS)), context(child(nhs=NHS, case_id="C-1")), id="context by NHS number"),
        pytest.param(
            missing(), found(key(person_reference="P-1"), ref="NC-2"), id="person reference of the same force"
        ),
        pytest.param(
            said(MissingReported(subjects=(child(),)), report_reference(), case_reference()),
            said(CareContextKnown(authority="E08000018", subjects=(child(),)), case_reference(), partner=COUNCIL),
            id="case reference",
        ),
        pytest.param(
            said(MissingReported(subjects=(child(),)), report_reference(), case_reference("C-5")),
            context(child(case_id="C-5")),
            id="case reference, then case id",
        ),
    ],
)
async def test_same_episode_and_same_subject(ledger: Ledger, first: object, then: object) -> None:
    desk = Desk(ledger)
    one, two = await desk.send(first), await desk.send(then)  # type: ignore[arg-type]
    assert one.episode_ids == two.episode_ids
    assert len((await desk.episode(episode_of(one))).subjects) == 1
    assert await desk.tasks() == []


@pytest.mark.parametrize(
    "other",
    [
        missing(child(person_reference="P-2"), ref="NC-2"),
        missing(child(person_reference="P-1"), ref="NC-2", partner=OTHER_POLICE),
        missing(child(nhs=NHS, born=BORN.replace(year=2011)), ref="NC-2"),
        missing(child(nhs=NHS, born=None), ref="NC-2"),
        missing(child(), ref="NC-2"),
    ],
    ids=["another person", "another force's number", "another birth date", "no birth date", "only the name"],
)
async def test_another_episode(ledger: Ledger, other: object) -> None:
    desk = Desk(ledger)
    one = await desk.send(missing(child(nhs=NHS, person_reference="P-1")))
    two = await desk.send(other)  # type: ignore[arg-type]
    assert set(one.episode_ids).isdisjoint(two.episode_ids)


async def test_hub_ids_name_episode_and_subject(ledger: Ledger) -> None:
    desk = Desk(ledger)
    first = await desk.send(missing(child(person_reference="P-1"), child(person_reference="P-2", name="Ash")))
    episode_id = episode_of(first)
    rowan, ash = (await desk.episode(episode_id)).subjects
    asked = await dispatch_about(ledger, episode_id, ash.id)
    answer = context(child(nhs=NHS, name="Unlike"), about=hub_reference("dispatch", asked.id))
    assert (await desk.send(answer)).episode_ids == first.episode_ids
    people = {one.id: one.facts for one in (await desk.episode(episode_id)).subjects}
    assert people.keys() == {rowan.id, ash.id}
    assert people[ash.id].identifiers.nhs_number == NHS
    where = believed(key(nhs=NHS), about=hub_reference("episode", episode_id))
    assert (await desk.send(where)).episode_ids == first.episode_ids
    assert (await desk.episode(episode_id)).subject(ash.id) is not None
    decision = DecisionRecorded(decision="tell", answer=True, decided_by="A. Manager")
    await desk.send(said(decision, hub_reference("dispatch", asked.id), partner=COUNCIL))
    (recorded,) = (await desk.episode(episode_id)).decisions
    assert recorded.data.subject_id == ash.id


async def test_an_answer_about_the_unborn_stands_on_the_mothers_record(ledger: Ledger) -> None:
    desk = Desk(ledger)
    mother = child(person_reference="P-1").model_copy(update={"health": Health(pregnant=True)})
    episode_id = episode_of(await desk.send(missing(mother)))
    mother_id = (await desk.subject(episode_id)).subject_id
    assert mother_id is not None
    unborn = derived_id("unborn", mother_id)
    asked = await dispatch_about(ledger, episode_id, unborn)
    about = hub_reference("dispatch", asked.id)
    await desk.send(context(child(nhs=NHS), about=about))
    assert (await desk.subject(episode_id)).identifiers.nhs_number == NHS
    await desk.send(said(DecisionRecorded(decision="d", answer=True, decided_by="x"), about, partner=COUNCIL))
    assert (await desk.episode(episode_id)).decisions[0].data.subject_id == unborn


async def test_siblings_without_identifiers_are_told_apart_by_name_within_their_episode(ledger: Ledger) -> None:
    desk = Desk(ledger)
    both = (child(name="Rowan"), child(name="Ash"))
    episode_id = episode_of(await desk.send(missing(*both)))
    await desk.send(updated(child(name="ASH "), child(name="Rowan", nhs=NHS)))
    people = (await desk.episode(episode_id)).subjects
    assert [one.facts.person.forenames for one in people] == ["Rowan", "ASH "]
    assert [one.facts.identifiers.nhs_number for one in people] == [NHS, None]


async def test_an_unknown_identifier_is_a_sibling_when_it_contradicts_and_the_subject_when_not(ledger: Ledger) -> None:
    desk = Desk(ledger)
    episode_id = episode_of(await desk.send(missing(child(person_reference="P-1"))))
    await desk.send(updated(child(nhs=NHS)))
    assert (await desk.subject(episode_id)).identifiers.nhs_number == NHS
    await desk.send(updated(child(nhs=OTHER_NHS, name="Ash")))
    assert len((await desk.episode(episode_id)).subjects) == 2


async def test_found_one_sibling_never_means_all(ledger: Ledger) -> None:
    desk = Desk(ledger)
    first = await desk.send(missing(child(person_reference="P-1"), child(person_reference="P-2", name="Ash")))
    await desk.send(found(key(person_reference="P-9")))
    episode = await desk.episode(episode_of(first))
    assert [one.status for one in episode.subjects[:2]] == [Status.MISSING, Status.MISSING]
    assert await desk.tasks() == ["subject_not_recognised"]


async def test_found_before_the_report_is_held_and_joins_it(ledger: Ledger) -> None:
    desk = Desk(ledger)
    end = await desk.send(found(key(person_reference="P-1")))
    assert await desk.tasks() == ["unreported"]
    report = await desk.send(missing())
    assert report.episode_ids == end.episode_ids
    assert await desk.tasks() == []
    assert (await desk.episode(episode_of(report))).status is Status.FOUND


async def test_found_by_another_agency_before_the_report_joins_it_by_the_person(ledger: Ledger) -> None:
    desk = Desk(ledger)
    end = await desk.send(said(Found(subjects=(key(nhs=NHS),)), hours=9, partner=HOME_OFFICE))
    report = await desk.send(missing(child(nhs=NHS)))
    assert report.episode_ids == end.episode_ids
    assert (await desk.episode(episode_of(report))).status is Status.FOUND


def told_in_five(number: int) -> list[Event]:
    """Two forces, an authority twice, and the end, about one child; unlike every other number's."""
    born = BORN + timedelta(days=number)
    rowan = child(nhs=NHS, person_reference=f"P-{number}", born=born)
    return [
        missing(rowan, ref=f"NC-{number}", hours=0),
        missing(child(nhs=NHS, born=born), ref=f"SY-{number}", partner=OTHER_POLICE, hours=1),
        context(child(nhs=NHS, case_id=f"C-{number}", born=born), shared=True, hours=2),
        believed(key(nhs=NHS, born=born), about=case_reference(f"C-{number}"), hours=3),
        found(key(person_reference=f"P-{number}"), ref=f"NC-{number}", hours=4),
    ]


async def test_every_order_of_a_story_ends_in_one_episode_with_nobody_sought(ledger: Ledger) -> None:
    desk = Desk(ledger)
    orders = list(enumerate(permutations(range(5))))
    # The decisions are the same code on both databases: PostgreSQL, slower to ask, gets every seventh order.
    for number, order in orders if ledger.kind == "sqlite" else orders[::7]:
        story = told_in_five(number)
        accepted = [await desk.send(story[step]) for step in order]
        named = {id for one in accepted for id in one.episode_ids}
        async with ledger.read() as tx:
            stored = await events.of_episodes(tx, named)
        assert [id for id, of in stored.items() if fold(of, id).status is Status.MISSING] == [], order
        (whole,) = [id for id, of in stored.items() if len(of) >= len(story)]
        assert {type(one.data) for one in stored[whole]} == {type(one.data) for one in story}, order
        (subject,) = fold(stored[whole], whole).subjects
        assert (subject.status, subject.facts.identifiers.case_id) == (Status.FOUND, f"C-{number}"), order
        assert subject.whereabouts.believed_left_area, order


async def test_missing_again_with_a_new_reference_is_a_new_episode_and_with_the_same_one_it_is_not(
    ledger: Ledger,
) -> None:
    desk = Desk(ledger)
    first = await desk.send(missing(hours=0))
    await desk.send(found(hours=2))
    late = await desk.send(missing(ref="NC-1", hours=1))
    assert late.episode_ids == first.episode_ids
    again = await desk.send(missing(ref="NC-1", hours=5))
    assert again.episode_ids == first.episode_ids
    assert (await desk.episode(episode_of(first))).status is Status.MISSING
    await desk.send(found(hours=6))
    second = await desk.send(missing(ref="NC-2", hours=20))
    assert second.episode_ids != first.episode_ids
    assert (await desk.subject(episode_of(second))).subject_id == (await desk.subject(episode_of(first))).subject_id
    end = await desk.send(found(key(person_reference="P-1"), ref=None, hours=21))
    assert end.episode_ids == second.episode_ids, "without a reference, the open episode is meant"


async def test_a_report_of_what_happened_before_the_end_joins_the_ended_episode(ledger: Ledger) -> None:
    desk = Desk(ledger)
    first = await desk.send(missing(child(nhs=NHS), hours=0))
    await desk.send(found(hours=9))
    late = await desk.send(missing(child(nhs=NHS), ref="SY-9", partner=OTHER_POLICE, hours=3))
    assert late.episode_ids == first.episode_ids
    assert (await desk.episode(episode_of(first))).status is Status.FOUND


async def test_a_case_reference_means_the_present_episode_not_the_one_that_ended(ledger: Ledger) -> None:
    desk = Desk(ledger)
    old = said(MissingReported(subjects=(child(person_reference="P-1"),)), report_reference(), case_reference())
    await desk.send(old)
    await desk.send(found(hours=2))
    new = await desk.send(missing(ref="NC-2", hours=20))
    facts = said(
        CareContextKnown(authority="E08000018", subjects=(child(),)), case_reference(), hours=21, partner=COUNCIL
    )
    assert (await desk.send(facts)).episode_ids == new.episode_ids


@pytest.mark.parametrize("first", ["context", "report"])
async def test_context_before_and_after_the_report_end_alike(ledger: Ledger, first: str) -> None:
    desk = Desk(ledger)
    facts, report = context(child(nhs=NHS, case_id="C-1"), shared=True, hours=-50), missing(child(nhs=NHS))
    accepted = [await desk.send(one) for one in ((facts, report) if first == "context" else (report, facts))]
    (episode_id,) = {id for one in accepted for id in one.episode_ids}
    subject = (await desk.episode(episode_id)).subjects[0]
    assert (subject.facts.identifiers.case_id, subject.context_from) == ("C-1", ("E08000018",))
    assert set(await desk.to_publish()) == {facts.id, report.id}


async def test_context_that_was_not_shared_is_not_kept_ahead_and_its_sender_is_told(ledger: Ledger) -> None:
    desk = Desk(ledger)
    accepted = await desk.send(context(child(nhs=NHS)))
    assert (accepted.episode_ids, accepted.answer["events"]) == ((), [])
    assert [warning["field"] for warning in accepted.answer["warnings"]] == ["subjects"]
    async with ledger.read() as tx:
        stored = await messages.get(tx, accepted.message_id)
        assert await subjects.subjects_by_keys(tx, [("nhs_number", BORN.isoformat(), NHS)]) == {}
    assert stored is not None
    assert stored.body is None
    episode_id = episode_of(await desk.send(missing(child(nhs=NHS))))
    assert (await desk.episode(episode_id)).subjects[0].context_from == ()


async def test_context_kept_ahead_expires(ledger: Ledger) -> None:
    desk = Desk(ledger)
    await desk.send(context(child(nhs=NHS), shared=True))
    desk.now = NOW + KEPT_AHEAD_FOR
    episode_id = episode_of(await desk.send(missing(child(nhs=NHS))))
    assert (await desk.episode(episode_id)).subjects[0].context_from == ()


async def test_early_context_of_several_children_reaches_only_the_one_who_is_missing(ledger: Ledger) -> None:
    desk = Desk(ledger)
    await desk.send(context(child(nhs=NHS), child(nhs=OTHER_NHS, name="Ash"), shared=True))
    episode_id = episode_of(await desk.send(missing(child(nhs=NHS))))
    assert (await desk.subject(episode_id)).identifiers.nhs_number == NHS
    other = episode_of(await desk.send(missing(child(nhs=OTHER_NHS), ref="NC-2")))
    assert (await desk.episode(other)).subjects[0].context_from == ("E08000018",)


async def test_receipts_of_several_episodes_each_reach_their_own(ledger: Ledger) -> None:
    desk = Desk(ledger)
    homes = [episode_of(await desk.send(missing(child(person_reference=f"P-{n}"), ref=f"NC-{n}"))) for n in (1, 2)]
    sent = [await dispatch_about(ledger, home, (await desk.subject(home)).subject_id) for home in homes]
    receipts = tuple(Receipt(dispatch_id=one.id, stage=Stage.OPENED, at=NOW) for one in sent)
    both = await desk.send(said(ReceiptRecorded(receipts=receipts), hub_reference("dispatch", sent[0].id)))
    assert list(both.episode_ids) == homes
    async with ledger.read() as tx:
        held = await events.of_episodes(tx, homes)
    stated = {id: [it.data for it in some if isinstance(it.data, ReceiptRecorded)] for id, some in held.items()}
    assert stated == {home: [ReceiptRecorded(receipts=(one,))] for home, one in zip(homes, receipts, strict=True)}


async def test_early_context_is_found_when_the_answer_shows_who_it_is(ledger: Ledger) -> None:
    desk = Desk(ledger)
    early = context(child(nhs=NHS, case_id="C-1"), shared=True, hours=-5)
    await desk.send(early)
    episode_id = episode_of(await desk.send(missing()))
    assert (await desk.episode(episode_id)).subjects[0].context_from == ()
    asked = await dispatch_about(ledger, episode_id, (await desk.subject(episode_id)).subject_id)
    await desk.send(context(child(nhs=NHS), about=hub_reference("dispatch", asked.id)))
    assert (await desk.subject(episode_id)).identifiers.case_id == "C-1"
    assert early.id in await desk.to_publish()
    assert await desk.tasks() == []


async def test_two_known_people_are_never_made_one_without_a_person_deciding(ledger: Ledger) -> None:
    desk = Desk(ledger)
    one = await desk.send(missing(child(nhs=NHS), ref="NC-1"))
    two = await desk.send(missing(child(person_reference="P-2"), ref="NC-2"))
    both = await desk.send(updated(child(nhs=NHS, person_reference="P-2"), ref="NC-2"))
    assert both.episode_ids == two.episode_ids != one.episode_ids
    assert await desk.tasks() == ["possible_match"]
    people = {(await desk.subject(episode_of(x))).subject_id for x in (one, two)}
    async with ledger.read() as tx:
        (pair,) = await pairs.waiting(tx, 10)
    assert {pair.one, pair.other} == people
    assert pair.reasons == [vars(pairs.TOGETHER)]
    await desk.send(updated(child(nhs=NHS, person_reference="P-2"), ref="NC-2", hours=2))
    assert await desk.tasks() == ["possible_match"]


async def test_a_subject_has_one_open_episode(ledger: Ledger) -> None:
    desk = Desk(ledger)
    await desk.send(missing(child(nhs=NHS), ref="NC-1"))
    await desk.send(missing(child(person_reference="P-2"), child(name="Ash"), ref="NC-2"))
    await desk.send(updated(child(nhs=NHS, name="Third"), child(person_reference="P-2"), ref="NC-2"))
    assert "open_twice" in await desk.tasks()


async def test_an_id_that_the_sender_made_up_is_not_taken_for_a_subject(ledger: Ledger) -> None:
    desk = Desk(ledger)
    made_up = child(person_reference="P-1").model_copy(update={"subject_id": uuid4()})
    episode_id = episode_of(await desk.send(said(EpisodeUpdated(subjects=(made_up,)), report_reference())))
    assert (await desk.subject(episode_id)).subject_id != made_up.subject_id
