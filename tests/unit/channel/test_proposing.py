"""Two reports that may be about one child: a person is asked, and nobody is linked."""

from collections import Counter

import pytest

from contracts.codes import LegalStatus
from contracts.envelope import Event
from contracts.events import CareContextKnown, EpisodeUpdated, Found
from contracts.person import SubjectFacts
from hub.channel import proposing
from hub.identity import likeness
from hub.ledger import pairs
from hub.ledger.engine import Ledger
from hub.ledger.pairs import PairState
from hub.routing.book import Book
from tests.unit.channel.describing import Room, fact, named, report
from tests.unit.channel.parts import ROTHERHAM
from tests.unit.identity.people import NHS, OTHER_NHS, who


@pytest.fixture
def room(ledger: Ledger, book: Book) -> Room:
    return Room(ledger, book)


async def test_two_spellings_of_one_child_are_a_task_with_reasons_and_ids_only(room: Room) -> None:
    await room.route(report(1, who("Коваленко", "Оксана")))
    await room.route(report(2, who("Kovalenko", "Oxana")))
    (task,) = await room.tasks()
    (pair,) = await room.pairs()
    assert {task.detail["subject"], task.detail["other"]} == {str(named(1)[1]), str(named(2)[1])}
    assert task.detail["pair"] == str(pair.id)
    assert task.episode_id == named(2)[0]
    assert "The dates of birth are the same." in task.detail["reasons"]
    assert not [word for word in ("oval", "ksana", "2010", "Окс") if word in f"{task.title}{task.detail}"]


async def test_until_a_person_decides_each_goes_out_on_what_is_known(room: Room) -> None:
    await room.route(report(1), report(2))
    assert await room.tasks()
    for number in (1, 2):
        told = await room.dispatches(named(number)[0])
        assert told == []  # without an authority the two rules tell nobody
    await room.route(report(3, who(case="C-1")), report(4, who(case="C-2")))
    for number in (3, 4):
        assert {one.subject_id for one in await room.dispatches(named(number)[0])} == {named(number)[1]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (who(given="Isla"), who(given="Freya")),
        (who(nhs=NHS), who(nhs=OTHER_NHS)),
        (who(protected=True), who()),
        (who(), who(status=LegalStatus.PLACEMENT_ORDER)),
    ],
)
async def test_who_must_not_be_proposed_is_not(room: Room, one: SubjectFacts, other: SubjectFacts) -> None:
    await room.route(report(1, one))
    await room.route(report(2, other))
    assert await room.tasks() == []
    assert await room.pairs() == []


async def test_whatever_comes_first_there_is_one_question(room: Room) -> None:
    await room.route(report(2), report(1))
    await room.route(report(1, minutes=5, name="again"), report(2, minutes=6, name="again"))
    assert len(await room.tasks()) == len(await room.pairs()) == 1


async def test_one_who_was_found_is_still_compared_with_who_comes_after(room: Room) -> None:
    await room.route(report(1))
    await room.route(fact(1, Found(), minutes=10))
    await room.route(report(2, minutes=20))
    assert len(await room.tasks()) == 1


async def test_what_is_learned_later_is_compared_too(room: Room) -> None:
    await room.route(report(1), report(2, who(surname=None, given=None)))
    assert await room.tasks() == []
    told = who().model_copy(update={"subject_id": named(2)[1]})
    await room.route(fact(2, EpisodeUpdated(subjects=(told,)), minutes=5))
    assert len(await room.tasks()) == 1


async def test_a_proposal_that_the_facts_no_longer_support_lapses_and_may_come_back(room: Room) -> None:
    await room.route(report(1), report(2))
    (pair,) = await room.pairs()

    def known(facts: SubjectFacts, minutes: int) -> Event:
        told = facts.model_copy(update={"subject_id": named(2)[1]})
        return fact(2, CareContextKnown(authority=ROTHERHAM, subjects=(told,)), minutes=minutes, name=str(minutes))

    await room.route(known(who(given="Freya"), 5))
    assert (await room.tasks(), await room.pairs()) == ([], [])
    async with room.ledger.read() as tx:
        assert (await pairs.get(tx, [pair.id]))[pair.id].state is PairState.LAPSED
    await room.route(known(who(given="Isla"), 10))
    assert len(await room.tasks()) == len(await room.pairs()) == 1
    await room.route(known(who(protected=True), 15))
    assert (await room.tasks(), await room.pairs()) == ([], [])


async def test_siblings_of_one_report_are_not_compared_with_each_other(room: Room) -> None:
    both = report(1)
    other = who(given=None).model_copy(update={"subject_id": named(2)[1]})
    data = both.data.model_copy(update={"subjects": (*both.data.subjects, other)})  # type: ignore[attr-defined]
    await room.route(both.model_copy(update={"data": data}))
    assert await room.tasks() == []


async def test_whatever_breaks_in_comparing_nobody_is_told_later_for_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*two: object) -> object:
        raise ValueError

    monkeypatch.setattr(proposing, "likeness", broken)
    await room.route(report(1, who(case="C-1")), report(2))
    assert await room.dispatches(named(1)[0])
    monkeypatch.setattr(proposing, "likeness", likeness.likeness)
    await room.route(report(2, minutes=5, name="again"))
    assert len(await room.tasks()) == 1


async def test_one_child_reported_over_and_over_opens_no_flood_of_questions(room: Room) -> None:
    for number in range(1, 9):
        await room.route(report(number))
    assert len(await room.pairs()) <= proposing.AT_MOST * 8
    asked = Counter(id for pair in await room.pairs() for id in (pair.one, pair.other))
    assert asked[named(8)[1]] == proposing.AT_MOST


async def test_of_several_the_likeliest_are_asked_about(room: Room) -> None:
    for number in range(1, 5):
        await room.route(report(number, who(given=None)))
    await room.route(report(5, who(post="S60 1AA")))
    await room.route(report(6, who(post="S60 1AA")))
    assert pairs.new_pair(named(5)[1], named(6)[1]).id in {pair.id for pair in await room.pairs()}
