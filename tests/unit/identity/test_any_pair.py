"""What holds for any two subjects, whatever is known of them."""

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from contracts.codes import LegalStatus, Sex
from contracts.person import SubjectFacts
from hub.identity.likeness import Verdict, likeness
from hub.identity.profile import drawers_of, profile_of
from tests.unit.identity.people import NHS, OTHER_NHS, who

NAMES = st.sampled_from(
    ("Marlowe", "Marlow", "Quill", "Quill-Marlowe", "Коваленко", "Kovalenko", "حسن", "Hassan", None)
)
GIVEN = st.sampled_from(("Isla", "Isla Rose", "Freya", "Sam", "Samuel", "Оксана", "Oxana", "محمد", "Mohamed", None))
BIRTHS = st.one_of(st.none(), st.dates(date(2009, 12, 28), date(2011, 1, 5)), st.just(date(2010, 1, 1)))
POSTCODES = st.sampled_from(("S60 1AA", "NR1 3JU", None))
NUMBERS = st.sampled_from((NHS, OTHER_NHS, None))
people = st.builds(
    who,
    NAMES,
    GIVEN,
    BIRTHS,
    aka=st.lists(st.sampled_from(("Pip", "Isla Quill", "Sam Marlowe")), max_size=2).map(tuple),
    sex=st.sampled_from((Sex.FEMALE, Sex.MALE, Sex.UNKNOWN, None)),
    post=POSTCODES,
    placed=POSTCODES,
    urn=st.sampled_from(("100001", "100002", None)),
    gp=st.sampled_from(("Y00001", "Y00002", None)),
    nhs=NUMBERS,
    pnc=st.sampled_from(("10/1A", "10/2B", None)),
    case=st.sampled_from(("C-1", "C-2", None)),
    status=st.sampled_from((LegalStatus.CARE_ORDER, None)),
)


@given(people, people)
def test_it_is_the_same_whoever_comes_first(one: SubjectFacts, other: SubjectFacts) -> None:
    assert likeness(profile_of(one), profile_of(other)) == likeness(profile_of(other), profile_of(one))


@given(people, people, BIRTHS.filter(bool))
def test_an_exact_identifier_outweighs_all_else_that_differs(
    one: SubjectFacts, other: SubjectFacts, birth: date | None
) -> None:
    same = {"identifiers": one.identifiers.model_copy(update={"nhs_number": NHS})}
    one = one.model_copy(update=same | {"person": one.person.model_copy(update={"date_of_birth": birth})})
    other = other.model_copy(update=same | {"person": other.person.model_copy(update={"date_of_birth": birth})})
    assert likeness(profile_of(one), profile_of(other)).verdict is Verdict.SAME


@given(people, people)
def test_two_nhs_numbers_are_never_one_child(one: SubjectFacts, other: SubjectFacts) -> None:
    one = one.model_copy(update={"identifiers": one.identifiers.model_copy(update={"nhs_number": NHS})})
    other = other.model_copy(update={"identifiers": other.identifiers.model_copy(update={"nhs_number": OTHER_NHS})})
    assert likeness(profile_of(one), profile_of(other)).verdict is Verdict.NOTHING


@given(people, people)
def test_a_protected_identity_is_never_proposed(one: SubjectFacts, other: SubjectFacts) -> None:
    hidden = one.model_copy(update={"identity_protected": True})
    assert likeness(profile_of(hidden), profile_of(other)).verdict is Verdict.NOTHING


@given(people, people)
def test_no_name_links_by_itself(one: SubjectFacts, other: SubjectFacts) -> None:
    found = likeness(profile_of(one), profile_of(other))
    assert (found.verdict is Verdict.SAME) <= bool(profile_of(one).keys & profile_of(other).keys)


CONFLICTS = st.sampled_from(
    (
        ("person", "surname", "Featherstone", "Quixley"),
        ("person", "forenames", "Bartholomew", "Ottoline"),
        ("person", "date_of_birth", date(2010, 6, 6), date(2014, 11, 27)),
        ("person", "sex", Sex.FEMALE, Sex.MALE),
        ("residence", "home_postcode", "AB1 2CD", "EF3 4GH"),
        ("care", "school_urn", "100003", "100004"),
        ("care", "gp_practice", "Y00003", "Y00004"),
        ("identifiers", "nhs_number", NHS, OTHER_NHS),
    )
)


@given(people, people, CONFLICTS)
def test_a_fact_in_conflict_never_raises_the_score_of_who_is_proposed(
    one: SubjectFacts, other: SubjectFacts, conflict: tuple[str, str, object, object]
) -> None:
    group, field, mine, theirs = conflict
    unknown = (_with(one, group, field, None), _with(other, group, field, None))
    half = (_with(one, group, field, mine), unknown[1])
    whole = (half[0], _with(other, group, field, theirs))
    before, after = (likeness(profile_of(a), profile_of(b)) for a, b in (half, whole))
    # Of several names the two that are most alike are compared; where all of them differ, nobody is proposed.
    assert after.verdict is not Verdict.ASK or after.score <= before.score


@given(people, people)
def test_whoever_would_be_proposed_by_name_is_found(one: SubjectFacts, other: SubjectFacts) -> None:
    mine, theirs = profile_of(one), profile_of(other)
    whole = all(one.names and one.names[0].surname for one in (mine, theirs))
    # Of whom one word of a name is known and not the same date of birth, there are too many to be looked for.
    born = mine.birth is not None and mine.birth == theirs.birth
    enough = born or all(whole and one.names[0].given for one in (mine, theirs))
    if likeness(mine, theirs).verdict is Verdict.ASK and whole and enough and not _also_known(one, other):
        assert drawers_of(mine).searched & drawers_of(theirs).filed


def _also_known(*some: SubjectFacts) -> bool:
    return any(one.person.known_as for one in some)


def _with(facts: SubjectFacts, group: str, field: str, value: object) -> SubjectFacts:
    return facts.model_copy(update={group: getattr(facts, group).model_copy(update={field: value})})
