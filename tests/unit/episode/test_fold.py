"""Folding: what an episode knows after its events."""

from datetime import date, timedelta
from itertools import permutations
from uuid import UUID, uuid4

import pytest
from hypothesis import given, settings

from contracts.codes import FinderKind, PoliceCategory, RiskFlag, RiskLevel, SubjectKind
from contracts.envelope import Event, derived_id
from contracts.events import (
    CareContextKnown,
    Data,
    EpisodeUpdated,
    Found,
    FoundRetracted,
    MissingReported,
    Returned,
    RiskAssessed,
    Sighted,
    SubjectKey,
    WhereaboutsBelieved,
)
from contracts.person import (
    Care,
    Description,
    DoubtfulValue,
    FoundDetails,
    Health,
    KnownLink,
    LastSeen,
    Missing,
    Person,
    Risk,
    SubjectFacts,
    Unborn,
)
from hub.episode.episode import Episode
from hub.episode.fold import fold, walk
from hub.episode.reference import episode_reference
from hub.episode.transitions import Status
from tests.stories.events import CHILD, EPISODE, LAMBETH, NORFOLK, ROTHERHAM, SIBLING, START, at
from tests.unit.episode.histories import arrivals


def episode(*said: Data) -> Episode:
    """Fold data said hour after hour, a report of the child first."""
    first = MissingReported(subjects=(SubjectFacts(subject_id=CHILD),))
    return fold([at(hours, data) for hours, data in enumerate((first, *said))], EPISODE)


def update(**groups: object) -> EpisodeUpdated:
    """Return an update of the child."""
    return EpisodeUpdated(subjects=(SubjectFacts.model_validate({"subject_id": CHILD, **groups}),))


@settings(max_examples=60, deadline=None)
@given(arrivals())
def test_order_of_arrival_and_repetition_do_not_matter(drawn: tuple[list[Event], list[Event]]) -> None:
    history, arrival = drawn
    assert fold(arrival, EPISODE) == fold(history, EPISODE)
    assert [step.episode for step in walk(arrival, EPISODE)] == [step.episode for step in walk(history, EPISODE)]


def test_nothing_said_makes_an_empty_episode() -> None:
    assert fold([], EPISODE) == Episode(id=EPISODE)
    assert fold([], EPISODE).status is Status.UNREPORTED


def test_what_an_update_leaves_out_stays() -> None:
    known = episode(update(person=Person(surname="Quill", forenames="Tamsin")), update(person=Person(surname="Quell")))
    assert known.subjects[0].facts.person == Person(surname="Quell", forenames="Tamsin")


def test_an_empty_list_takes_nothing_away() -> None:
    known = episode(update(description=Description(marks=("scar",))), update(description=Description(marks=())))
    assert known.subjects[0].facts.description.marks == ("scar",)


def test_doubtful_values_are_kept_once() -> None:
    doubt = DoubtfulValue(field="nhs_number", value="123", reason="too short")
    facts = SubjectFacts(subject_id=CHILD, doubtful=(doubt,))
    known = episode(EpisodeUpdated(subjects=(facts,)), EpisodeUpdated(subjects=(facts,)))
    assert known.subjects[0].facts.doubtful == (doubt,)


def test_a_flag_once_stated_is_never_lost_and_category_stays_apart_from_risk() -> None:
    first = Risk(level=RiskLevel.HIGH, category=PoliceCategory.MISSING, flags=(RiskFlag.TRAFFICKING,))
    known = episode(
        RiskAssessed(risk=first),
        RiskAssessed(risk=Risk(level=RiskLevel.LOW, flags=(RiskFlag.SELF_HARM,))),
    ).subjects[0]
    assert known.risk.level is RiskLevel.LOW
    assert known.risk.category is PoliceCategory.MISSING
    assert known.risk.flags == (RiskFlag.TRAFFICKING, RiskFlag.SELF_HARM)


def test_beliefs_add_areas_and_the_last_word_on_one_counts() -> None:
    known = episode(
        WhereaboutsBelieved(believed_left_area=True, areas=(KnownLink(authority=LAMBETH, link="aunt"),)),
        WhereaboutsBelieved(areas=(KnownLink(authority=NORFOLK), KnownLink(authority=LAMBETH, link="school"))),
    ).subjects[0]
    assert known.whereabouts.believed_left_area is True
    assert [(area.authority, area.link) for area in known.whereabouts.areas] == [(LAMBETH, "school"), (NORFOLK, None)]


@pytest.mark.parametrize(("confirmed", "place"), [(True, "station"), (False, "home")])
def test_only_a_confirmed_sighting_moves_last_seen(confirmed: bool, place: str) -> None:
    report = EpisodeUpdated(last_seen=LastSeen(place="home"))
    known = episode(report, Sighted(confirmed=confirmed, last_seen=LastSeen(place="station")))
    assert known.last_seen.place == place


def test_context_is_known_by_authority_and_a_second_answer_adds() -> None:
    facts = SubjectFacts(subject_id=CHILD, care=Care(gp_practice="YROTHGP1"))
    known = episode(
        CareContextKnown(authority=ROTHERHAM, subjects=(facts,)),
        CareContextKnown(authority=ROTHERHAM, subjects=(facts,)),
        CareContextKnown(authority=NORFOLK, subjects=(SubjectFacts(subject_id=CHILD, kind=SubjectKind.CARE_LEAVER),)),
    ).subjects[0]
    assert known.context_from == (ROTHERHAM, NORFOLK)
    assert known.kind is SubjectKind.CARE_LEAVER
    assert known.facts.care.gp_practice == "YROTHGP1"


def test_found_names_its_subjects() -> None:
    second = EpisodeUpdated(subjects=(SubjectFacts(subject_id=SIBLING),))
    both = MissingReported(subjects=(SubjectFacts(subject_id=CHILD), SubjectFacts(subject_id=SIBLING)))
    known = episode(second, both, Found(subjects=(SubjectKey(subject_id=SIBLING),)))
    assert {subject.id: subject.status for subject in known.subjects} == {CHILD: Status.MISSING, SIBLING: Status.FOUND}
    assert known.status is Status.MISSING
    assert episode(both, Found()).status is Status.FOUND


def test_found_of_somebody_whom_nobody_could_name_finds_nobody_else() -> None:
    assert episode(Found(subjects=(SubjectKey(),))).status is Status.MISSING


def test_a_second_find_adds_to_the_first_and_the_return_does_not_move_it() -> None:
    when = START + timedelta(hours=1)
    known = episode(
        Found(found=FoundDetails(at=when, authority=LAMBETH, by=FinderKind.POLICE)),
        Found(found=FoundDetails(place="a station")),
        Returned(at=START + timedelta(hours=9), by=FinderKind.FAMILY),
    ).subjects[0]
    assert known.found == FoundDetails(at=when, authority=LAMBETH, by=FinderKind.POLICE, place="a station")


def test_found_in_error_forgets_the_find() -> None:
    known = episode(Found(found=FoundDetails(place="a station")), FoundRetracted()).subjects[0]
    assert (known.status, known.found) == (Status.MISSING, FoundDetails())


def test_spells_count_ends_and_their_undoing() -> None:
    steps = [MissingReported(), Found(), FoundRetracted(), Found(), MissingReported()]
    first = MissingReported(subjects=(SubjectFacts(subject_id=CHILD),))
    again = [one if not isinstance(one, MissingReported) else first for one in steps]
    spells = [step.episode.subjects[0].spell for step in walk([at(n, d) for n, d in enumerate(again)], EPISODE)]
    assert spells == [1, 2, 3, 4, 5]


LATER = START + timedelta(hours=2)
MOMENTS = [
    (Missing(missing_since=START, reported_at=START + timedelta(hours=1)), "missing_since", START),
    (Missing(reported_at=START + timedelta(hours=1)), "missing_since", START + timedelta(hours=1)),
    (Missing(), "missing_since", START),
    (Missing(reported_at=START, report_completed_at=LATER), "report_completed", LATER),
    (Missing(reported_at=LATER), "report_completed", LATER),
    (Missing(), "found", None),
]


@pytest.mark.parametrize(("missing", "name", "expected"), MOMENTS)
def test_moments(missing: Missing, name: str, expected: object) -> None:
    known = fold([at(0, MissingReported(subjects=(SubjectFacts(subject_id=CHILD),), missing=missing))], EPISODE)
    assert known.moment(name, known.subjects[0]) == expected


def test_the_moment_of_the_find_is_stated_or_else_when_it_was_reported() -> None:
    stated, silent = START - timedelta(hours=1), episode(Found())
    known = episode(Found(found=FoundDetails(at=stated)))
    assert known.moment("found", known.subjects[0]) == stated
    assert silent.moment("found", silent.subjects[0]) == START + timedelta(hours=1)


def test_the_unborn_child_stands_on_the_mothers_record() -> None:
    facts = SubjectFacts(
        subject_id=CHILD,
        kind=SubjectKind.PREGNANT_WOMAN,
        care=Care(looked_after=True, gp_practice="YROTHGP1"),
        unborn=Unborn(expected_date_of_delivery=date(2027, 1, 15), child_protection_plan=True),
    )
    known = episode(EpisodeUpdated(subjects=(facts,)))
    mother, unborn = known.everyone
    assert unborn.id == derived_id("unborn", mother.id)
    assert (unborn.kind, unborn.record_id, unborn.status) == (SubjectKind.UNBORN_CHILD, mother.id, mother.status)
    assert (unborn.facts.care.child_protection_plan, unborn.facts.care.looked_after) == (True, None)
    assert unborn.facts.care.gp_practice == "YROTHGP1"
    assert known.subject(unborn.id) == unborn
    assert known.subject(uuid4()) is None


@pytest.mark.parametrize(("pregnant", "several"), [(True, 2), (False, 1), (None, 1)])
def test_an_unborn_child_is_there_when_the_mother_is_pregnant(pregnant: bool | None, several: int) -> None:
    assert len(episode(update(health=Health(pregnant=pregnant))).everyone) == several


def test_the_reference_is_readable_and_stable() -> None:
    assert episode_reference(EPISODE) == episode_reference(UUID(str(EPISODE)))
    signs = set("".join(episode_reference(uuid4())[3:] for _ in range(50)))
    assert not signs & set("01IOl")


@pytest.mark.parametrize("seconds", [0, -50], ids=["the same second", "a clock that is behind"])
def test_the_report_comes_first_whatever_the_senders_clocks_say(seconds: int) -> None:
    """A found or a belief about everyone, stated no later than the report, is about those whom the report names."""
    report = at(0, MissingReported(subjects=(SubjectFacts(subject_id=CHILD),))).model_copy(update={"source_version": 1})
    stated = START + timedelta(seconds=seconds)
    said = [at(0, one) for one in (WhereaboutsBelieved(believed_left_area=True), Found())]
    belief, found = (one.model_copy(update={"occurred_at": stated}) for one in said)
    for events in permutations([report, belief, found]):
        episode = fold(events, EPISODE)
        assert episode.status is Status.FOUND
        assert episode.subjects[0].whereabouts.believed_left_area is True
