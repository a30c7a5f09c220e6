"""A person decides that two subjects are one child: told as one, stood down as one, parted again if it was wrong."""

from datetime import timedelta
from itertools import permutations
from uuid import UUID

import pytest
from sqlalchemy import select

from contracts.dispatch import Action, Kind, WithdrawalReason
from contracts.events import ClockFell, EpisodeUpdated, Found, FoundRetracted, SubjectKey
from contracts.person import Care, SubjectFacts
from hub.ledger import deciding, disclosures, pairs, registering, subjects, tables
from hub.ledger.deciding import Decided, Decision, Forbidden, NotSo
from hub.ledger.engine import Ledger
from hub.ledger.pairs import PairState, new_pair
from hub.routing.book import Book
from tests.unit.channel.describing import Room, fact, named, report
from tests.unit.channel.parts import NOW, ROTHERHAM
from tests.unit.identity.people import NHS, OTHER_NHS, who

FIRST, SECOND = named(1)[0], named(2)[0]
NORFOLK = "E10000020"
PAIR = new_pair(named(1)[1], named(2)[1]).id


def child(authority: str, given: str = "Isla", urn: str | None = None) -> SubjectFacts:
    return who(given=given, urn=urn).model_copy(update={"care": Care(responsible_authority=authority)})


@pytest.fixture
def room(ledger: Ledger, book: Book) -> Room:
    return Room(ledger, book)


async def decided(room: Room, decision: Decision, minutes: int, revises: int | None = None) -> Decided:
    room.minutes = minutes
    async with room.ledger.begin() as tx:
        return await deciding.decide(
            tx,
            PAIR,
            decision,
            by="A. Manager",
            partner="operator",
            now=NOW + timedelta(minutes=minutes),
            revises=revises,
        )


async def decide(room: Room, decision: Decision, minutes: int, revises: int | None = None) -> None:
    await decided(room, decision, minutes, revises)
    await room.run()


async def authorities(room: Room, episode: UUID) -> set[str]:
    return {key for _, key, _ in await room.live(episode)}


async def two_reports(room: Room) -> None:
    """One child, known to two authorities; both have been told."""
    await room.route(report(1, child(ROTHERHAM)))
    await room.route(report(2, child(NORFOLK), minutes=5))
    await room.all_left()
    assert await authorities(room, FIRST) == {f"case_team@{ROTHERHAM}"}
    assert await authorities(room, SECOND) == {f"case_team@{NORFOLK}"}


async def test_linked_nobody_holds_two_alerts_and_nobody_none(room: Room) -> None:
    await room.route(report(1, child(ROTHERHAM)))
    await room.route(report(2, child(ROTHERHAM), minutes=5))
    await room.all_left()
    await decide(room, Decision.ACCEPT, 10)
    assert {key for _, key, _ in await room.live(FIRST)} == {f"case_team@{ROTHERHAM}"}
    assert await room.live(SECOND) == set()
    withdrawn = [one for one in await room.dispatches(SECOND) if one.action is Action.WITHDRAW]
    assert {one.reason for one in withdrawn} == {WithdrawalReason.CORRECTED}
    assert await room.tasks() == []


async def test_whoever_was_told_by_the_second_report_alone_is_told_by_the_first_before(room: Room) -> None:
    await two_reports(room)
    told = fact(1, EpisodeUpdated(subjects=(child(NORFOLK).model_copy(update={"subject_id": named(1)[1]}),)), minutes=7)
    await room.route(told)
    await room.all_left()
    await decide(room, Decision.ACCEPT, 10)
    async with room.ledger.read() as tx:
        table = tables.dispatch
        rows = (await tx.execute(select(table.c.episode_id, table.c.action).order_by(table.c.position))).all()
    after = [(row.episode_id, row.action) for row in rows if row.episode_id == SECOND or row.action == "update"]
    assert after[-1] == (SECOND, "withdraw")
    assert await authorities(room, FIRST) == {f"case_team@{NORFOLK}"}


@pytest.mark.parametrize("reported_as", [1, 2])
async def test_found_stands_everybody_down_whichever_report_says_so(room: Room, reported_as: int) -> None:
    await two_reports(room)
    await decide(room, Decision.ACCEPT, 10)
    await room.all_left()
    await room.route(fact(reported_as, Found(), minutes=20))
    assert await room.live(FIRST) == await room.live(SECOND) == set()
    async with room.ledger.read() as tx:
        assert await subjects.open_episodes_of(tx, [named(1)[1], named(2)[1]]) == {}


@pytest.mark.parametrize("reported_as", [1, 2])
async def test_linked_after_found_the_other_report_is_stood_down_too(room: Room, reported_as: int) -> None:
    await two_reports(room)
    await room.route(fact(reported_as, Found(), minutes=8))
    await room.all_left()
    assert len(await room.live(FIRST) | await room.live(SECOND)) > 0
    await decide(room, Decision.ACCEPT, 10)
    assert await room.live(FIRST) == await room.live(SECOND) == set()


async def test_found_in_error_raises_again_for_one_child_once(room: Room) -> None:
    await two_reports(room)
    await decide(room, Decision.ACCEPT, 10)
    await room.all_left()
    await room.route(fact(2, Found(), minutes=20))
    await room.all_left()
    await room.route(fact(2, FoundRetracted(), minutes=30))
    assert len(await authorities(room, FIRST)) == 1
    assert await room.live(SECOND) == set()


async def test_unlinked_what_was_told_because_of_the_link_alone_is_recalled(room: Room) -> None:
    await two_reports(room)
    await decide(room, Decision.ACCEPT, 10)
    await room.all_left()
    # By what the second report says of the child, the first one now tells Norfolk.
    assert await authorities(room, FIRST) == {f"case_team@{NORFOLK}"}
    before = {one.id for one in await room.dispatches(FIRST)}
    await decide(room, Decision.UNLINK, 20)
    new = [one for one in await room.dispatches(FIRST) if one.id not in before]
    recalled = [one for one in new if one.action is Action.WITHDRAW]
    assert {one.recipient.authority for one in recalled} == {NORFOLK}
    assert all(one.content == type(one.content)() for one in recalled)
    assert await authorities(room, FIRST) == {f"case_team@{ROTHERHAM}"}
    assert await authorities(room, SECOND) == {f"case_team@{NORFOLK}"}
    async with room.ledger.read() as tx:
        noted = await disclosures.disclosures(tx, FIRST, disclosures.DISCLOSED)
        kinds = set((await tx.execute(select(tables.audit.c.kind))).scalars())
    assert f"case_team@{NORFOLK}" in {row.recipient for row in noted}
    assert kinds >= {"identity_accepted", "identity_unlinked", "dispatch_withdraw"}


async def test_a_reminder_that_only_the_link_asked_for_is_recalled_too(room: Room) -> None:
    await two_reports(room)
    await decide(room, Decision.ACCEPT, 10)
    due = NOW + timedelta(days=7)
    fell = fact(1, ClockFell(rule="test.weekly", subject_id=named(1)[1], tick=1, due_at=due), minutes=15)
    await room.route(fell)
    reminded = [one for one in await room.dispatches(FIRST) if one.kind is Kind.REMINDER]
    assert {one.recipient.authority for one in reminded} == {NORFOLK}
    await room.all_left()
    await decide(room, Decision.UNLINK, 20)
    last = [
        one for one in await room.dispatches(FIRST) if one.kind is Kind.REMINDER and one.recipient.authority == NORFOLK
    ]
    assert last[-1].action is Action.WITHDRAW


async def test_parted_each_is_found_for_itself(room: Room) -> None:
    await two_reports(room)
    await decide(room, Decision.ACCEPT, 10)
    await decide(room, Decision.UNLINK, 20)
    await room.all_left()
    await room.route(fact(1, Found(), minutes=30))
    assert await room.live(FIRST) == set()
    assert await authorities(room, SECOND) == {f"case_team@{NORFOLK}"}


async def test_a_sibling_of_the_first_report_stays_missing(room: Room) -> None:
    first = report(1, child(ROTHERHAM))
    sibling = child(ROTHERHAM, "Freya").model_copy(update={"subject_id": named(3)[1]})
    data = first.data.model_copy(update={"subjects": (*first.data.subjects, sibling)})  # type: ignore[attr-defined]
    await room.route(first.model_copy(update={"data": data}))
    await room.route(report(2, child(ROTHERHAM), minutes=5))
    await decide(room, Decision.ACCEPT, 10)
    await room.all_left()
    # Whoever speaks of everybody in the second episode means its one child.
    await room.route(fact(2, Found(), minutes=20))
    assert {subject for subject, _, _ in await room.live(FIRST)} == {named(3)[1]}
    async with room.ledger.read() as tx:
        assert await subjects.open_episodes_of(tx, [named(n)[1] for n in (1, 2, 3)]) == {named(3)[1]: FIRST}
        assert set((await subjects.members_of(tx, [SECOND]))[SECOND]) == {named(2)[1]}


async def test_a_next_going_missing_is_one_of_its_own(room: Room) -> None:
    await two_reports(room)
    await decide(room, Decision.ACCEPT, 10)
    await room.route(fact(1, Found(), minutes=20))
    await room.all_left()
    later = report(3, child(NORFOLK), minutes=500)
    again = later.data.subjects[0].model_copy(update={"subject_id": named(2)[1]})  # type: ignore[attr-defined]
    data = later.data.model_copy(update={"subjects": (again,)})
    await room.route(later.model_copy(update={"data": data}))
    assert await authorities(room, named(3)[0]) == {f"case_team@{NORFOLK}"}
    assert await room.live(FIRST) == await room.live(SECOND) == set()


HISTORY = (
    report(1, child(ROTHERHAM)),
    report(2, child(NORFOLK), minutes=5),
    fact(2, Found(subjects=(SubjectKey(subject_id=named(2)[1]),)), minutes=30),
    fact(
        1,
        EpisodeUpdated(subjects=(child(ROTHERHAM, urn="100001").model_copy(update={"subject_id": named(1)[1]}),)),
        minutes=8,
    ),
)


@pytest.mark.parametrize("order", [*permutations(range(len(HISTORY)))][::3])
async def test_in_any_order_and_with_repeats_it_ends_the_same(room: Room, order: tuple[int, ...]) -> None:
    said = [HISTORY[number] for number in order]
    pair = pairs.new_pair(named(1)[1], named(2)[1]).now(PairState.PROPOSED)
    for number, event in enumerate(said):
        await room.route(event)
        if number == 1:
            async with room.ledger.begin() as tx:
                await pairs.put(tx, [pair])
            await decide(room, Decision.ACCEPT, 10)
    await room.batch(said)
    assert await room.live(FIRST) == await room.live(SECOND) == set()
    async with room.ledger.read() as tx:
        assert await subjects.open_episodes_of(tx, [named(1)[1], named(2)[1]]) == {}


async def test_one_answer_however_often_and_a_later_decision_names_the_earlier(room: Room) -> None:
    await two_reports(room)
    once = await decided(room, Decision.ACCEPT, 10)
    again = await decided(room, Decision.ACCEPT, 11)
    assert (again.pair, again.events) == (once.pair, ())
    with pytest.raises(NotSo):
        await decided(room, Decision.REJECT, 12)
    parted = await decided(room, Decision.UNLINK, 13)
    with pytest.raises(NotSo):
        await decided(room, Decision.ACCEPT, 14)
    relinked = await decided(room, Decision.ACCEPT, 15, revises=parted.pair.version)
    assert relinked.pair.state is PairState.ACCEPTED
    assert len({event.id for some in (once, parted, relinked) for event in some.events}) == 6


async def test_what_is_rejected_is_never_proposed_again(room: Room) -> None:
    await two_reports(room)
    await decide(room, Decision.REJECT, 10)
    await room.route(report(2, child(NORFOLK), minutes=15).model_copy(update={"id": PAIR}))
    assert await room.tasks() == []
    assert await room.pairs() == []
    assert [len(await room.live(episode)) for episode in (FIRST, SECOND)] == [1, 1]


async def test_a_protected_identity_or_a_second_number_cannot_be_linked_by_anybody(room: Room) -> None:
    await two_reports(room)
    for minutes, facts in ((6, child(NORFOLK).model_copy(update={"identity_protected": True})),):
        told = facts.model_copy(update={"subject_id": named(2)[1]})
        await room.route(fact(2, EpisodeUpdated(subjects=(told,)), minutes=minutes))
    async with room.ledger.read() as tx:
        pair = (await pairs.get(tx, [PAIR]))[PAIR]
    assert pair.state is PairState.LAPSED
    with pytest.raises(Forbidden):
        await decided(room, Decision.ACCEPT, 10, revises=pair.version)


async def test_two_nhs_numbers_cannot_be_linked(room: Room) -> None:
    await room.route(report(1, who(nhs=NHS)), report(2, who(nhs=OTHER_NHS)))
    async with room.ledger.begin() as tx:
        await pairs.put(tx, [pairs.new_pair(named(1)[1], named(2)[1]).now(PairState.PROPOSED)])
    with pytest.raises(Forbidden):
        await decided(room, Decision.ACCEPT, 10)


async def test_a_restored_ledger_learns_the_decision_from_the_log_in_whatever_order(room: Room) -> None:
    await two_reports(room)
    link = (await decided(room, Decision.ACCEPT, 10)).events
    part = (await decided(room, Decision.UNLINK, 20)).events
    for order in ((*link, *part), (*part, *link), (part[0], link[0], part[1], link[1], part[0])):
        async with room.ledger.begin() as tx:
            await tx.execute(tables.identity_pair.delete())
            await registering.register(tx, order)
            assert (await pairs.get(tx, [PAIR]))[PAIR].state is PairState.UNLINKED


async def test_three_reports_of_one_child_are_one_until_the_middle_is_taken_out(room: Room) -> None:
    await two_reports(room)
    await room.route(report(3, child(NORFOLK), minutes=7))
    await decide(room, Decision.ACCEPT, 10)
    async with room.ledger.begin() as tx:
        second = pairs.new_pair(named(2)[1], named(3)[1])
        await deciding.decide(
            tx, second.id, Decision.ACCEPT, by="A. Manager", partner="operator", now=NOW + timedelta(minutes=11)
        )
    await room.run()
    assert [len(await room.live(named(n)[0])) for n in (1, 2, 3)] == [1, 0, 0]
    await decide(room, Decision.UNLINK, 20)
    assert [len(await room.live(named(n)[0])) for n in (1, 2, 3)] == [1, 1, 0]


async def test_a_sibling_of_the_second_report_is_told_by_the_first_and_stays_a_member_of_the_second(room: Room) -> None:
    await room.route(report(1, child(ROTHERHAM)))
    second = report(2, child(ROTHERHAM), minutes=5)
    sibling = child(ROTHERHAM, "Freya").model_copy(update={"subject_id": named(3)[1]})
    data = second.data.model_copy(update={"subjects": (*second.data.subjects, sibling)})  # type: ignore[attr-defined]
    await room.route(second.model_copy(update={"data": data}))
    await room.all_left()
    await decide(room, Decision.ACCEPT, 10)
    assert {subject for subject, _, _ in await room.live(FIRST)} == {named(1)[1], named(3)[1]}
    async with room.ledger.read() as tx:
        assert set((await subjects.members_of(tx, [FIRST]))[FIRST]) == {named(1)[1]}
        assert await subjects.open_episodes_of(tx, [named(3)[1]]) == {named(3)[1]: SECOND}
    await room.all_left()
    await decide(room, Decision.UNLINK, 20)
    assert {subject for subject, _, _ in await room.live(FIRST)} == {named(1)[1]}
    assert {subject for subject, _, _ in await room.live(SECOND)} == {named(2)[1], named(3)[1]}
