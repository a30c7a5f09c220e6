"""Who might be the same child: pairs, and what is made of them. A name makes a proposal at the most, never a link."""

from datetime import date

import pytest

from contracts.codes import LegalStatus, Sex
from contracts.person import DoubtfulValue, SubjectFacts
from hub.identity.likeness import Verdict, likeness
from hub.identity.profile import drawers_of, profile_of
from tests.unit.identity.people import NHS, OTHER_NHS, who

SAME, ASK, NOTHING = Verdict.SAME, Verdict.ASK, Verdict.NOTHING
DIGIT, OTHER_DAY = date(2010, 3, 15), date(2011, 7, 2)
THIRD = date(2010, 3, 10)
JANUARY = date(2010, 1, 1)
DOUBTFUL = (DoubtfulValue(field="identifiers.nhs_number", value=NHS, reason="check digit"),)

TABLE: list[tuple[str, SubjectFacts, SubjectFacts, Verdict]] = [
    # The names
    ("the same name and date of birth", who(), who(), ASK),
    ("capitals and accents", who("ŁAWSKI", "Zoë"), who("Lawski", "Zoe"), ASK),
    ("Polish letters", who("Wiśniewski", "Łukasz"), who("Wisniewski", "Lukasz"), ASK),
    ("Polish endings of a surname", who("Kowalski", "Ola"), who("Kowalska", "Ola"), ASK),
    ("Cyrillic", who("Коваленко", "Оксана"), who("Kovalenko", "Oksana"), ASK),
    ("Cyrillic, another transcription", who("Коваленко", "Оксана"), who("Kowalenko", "Oxana"), ASK),
    ("Arabic", who("محمود", "أحمد"), who("Mahmoud", "Ahmad"), ASK),
    ("Arabic, another transcription", who("حسن", "محمد"), who("Hassan", "Mohammed"), ASK),
    ("two Latin transcriptions", who("Hassan", "Mohammed"), who("Hasan", "Mohamed"), ASK),
    ("an article of an Arabic surname", who("Al-Hassan", "Nour"), who("Hassan", "Nour"), ASK),
    ("German letters", who("Müller", "Jonas"), who("Muller", "Jonas"), ASK),
    ("Vietnamese letters", who("Đặng", "Linh"), who("Dang", "Linh"), ASK),
    ("an apostrophe", who("O\u2019Brien", "Niamh"), who("OBrien", "Niamh"), ASK),
    ("an apostrophe and a blank", who("O Brien", "Niamh"), who("O'Brien", "Niamh"), ASK),
    ("a hyphen or a blank", who("Smith-Jones", "Ava"), who("Smith Jones", "Ava"), ASK),
    ("half of a double surname", who("Smith-Jones", "Ava"), who("Jones", "Ava"), ASK),
    ("a double surname the other way round", who("Jones-Smith", "Ava"), who("Smith-Jones", "Ava"), ASK),
    ("a Spanish second surname left out", who("Garcia Lopez", "Luz"), who("Garcia", "Luz"), ASK),
    ("surname and given name in the opposite order", who("Nguyen", "Linh"), who("Linh", "Nguyen"), ASK),
    ("a short form", who("Marlowe", "Samuel"), who("Marlowe", "Sam"), ASK),
    ("two short forms of one name", who("Marlowe", "Bob"), who("Marlowe", "Rob"), ASK),
    ("another short form", who("Marlowe", "Katherine"), who("Marlowe", "Kate"), ASK),
    ("a second given name", who("Marlowe", "Isla Rose"), who("Marlowe", "Isla"), ASK),
    ("called by the second given name", who("Marlowe", "Ann Rose"), who("Marlowe", "Rose"), ASK),
    ("an alias is the other's name", who("Marlowe", "Isla", aka=("Izzy Quill",)), who("Quill", "Izzy"), ASK),
    ("an alias of one word", who("Marlowe", "Isla", aka=("Pip",)), who("Marlowe", "Pip"), ASK),
    ("both by the same alias", who("Marlowe", "Isla", aka=("Pip Quill",)), who("Fenn", "Ro", aka=("Pip Quill",)), ASK),
    ("a misspelt surname", who("Marlowe"), who("Marlow"), ASK),
    ("a surname by its sound", who("Smyth"), who("Smith"), ASK),
    ("two letters of a long surname", who("Featherstone"), who("Fetherston"), ASK),
    ("surname and given name both misspelt", who("Marlowe", "Tamsin"), who("Marlow", "Tamzin"), ASK),
    ("only the surname, and nothing beside", who("Marlowe", None), who("Marlowe", "Isla"), ASK),
    ("only the given name", who(None, "Isla"), who("Marlowe", "Isla"), ASK),
    # Dates of birth
    ("day and month swapped", who(born=date(2010, 3, 4)), who(born=date(2010, 4, 3)), ASK),
    ("one digit, and nothing beside", who(), who(born=DIGIT), NOTHING),
    ("one digit and the same postcode", who(post="S60 1AA"), who(born=DIGIT, post="s601aa"), ASK),
    ("one digit, school and practice", who(urn="100001", gp="Y00001"), who(born=DIGIT, urn="100001", gp="Y00001"), ASK),
    ("only the year is known", who(born=JANUARY), who(), ASK),
    ("no date of birth, and nothing beside", who(born=None), who(), NOTHING),
    ("no date of birth, and the same postcode", who(born=None, post="S60 1AA"), who(post="S60 1AA"), ASK),
    ("no date of birth, school and practice",
     who(born=None, gp="Y00001", urn="100001"), who(gp="Y00001", urn="100001"), ASK),
    ("no date of birth of either", who(born=None), who(born=None), NOTHING),
    ("no date of birth, but the police's national number", who(born=None, pnc="10/1A"), who(pnc="10/1A"), ASK),
    # What else
    ("sexes differ", who(sex=Sex.FEMALE), who(sex=Sex.MALE), NOTHING),
    ("sexes differ, but postcode and school are the same",
     who(sex=Sex.FEMALE, post="S60 1AA"), who(sex=Sex.MALE, post="S60 1AA"), ASK),
    ("the sex of one is not known", who(sex=Sex.UNKNOWN), who(sex=Sex.MALE), ASK),
    ("moved: the postcodes differ", who(post="S60 1AA"), who(post="NR1 3JU"), ASK),
    ("placed where the other lives", who(born=DIGIT, placed="NR1 3JU"), who(post="NR1 3JU"), ASK),
    ("another school", who(school="Hill School"), who(school="Dale School"), ASK),
    ("another case number of the same authority", who(case="C-1"), who(case="C-2"), NOTHING),
    # Exact identifiers
    ("the same NHS number and date of birth", who(nhs=NHS), who("Fenn", "Ro", nhs=NHS), SAME),
    ("the same Home Office reference", who(office="HO-1"), who("Fenn", "Ro", OTHER_DAY, office="HO-1"), SAME),
    ("the same case of the same authority", who(case="C-1"), who("Fenn", "Ro", None, case="C-1"), SAME),
    ("the same NHS number with a date one digit off", who(nhs=NHS), who(born=DIGIT, nhs=NHS), ASK),
    ("a doubtful NHS number counts for nothing",
     who(born=None).model_copy(update={"doubtful": DOUBTFUL}), who(nhs=NHS), NOTHING),
    # Never
    ("twins", who("Marlowe", "Isla", post="S60 1AA"), who("Marlowe", "Freya", post="S60 1AA"), NOTHING),
    ("twins of both sexes",
     who("Marlowe", "Isla", sex=Sex.FEMALE), who("Marlowe", "Theo", sex=Sex.MALE), NOTHING),
    ("twins at one school with one practice",
     who("Marlowe", "Jayden", urn="100001", gp="Y00001"), who("Marlowe", "Hayden", urn="100001", gp="Y00001"), NOTHING),
    ("twins with short names a letter apart", who("Marlowe", "Mia"), who("Marlowe", "Tia"), NOTHING),
    ("twins with the same second name", who("Marlowe", "Isla Rose"), who("Marlowe", "Freya Rose"), NOTHING),
    ("cousins of one name", who(), who(born=OTHER_DAY), NOTHING),
    ("cousins of one name at one address", who(post="S60 1AA"), who(born=OTHER_DAY, post="S60 1AA"), NOTHING),
    ("cousins of one name, born in the same month", who(born=date(2010, 3, 21)), who(born=THIRD), NOTHING),
    ("a parent of the same name", who(born=date(1985, 3, 14)), who(), NOTHING),
    ("siblings", who("Marlowe", "Isla"), who("Marlowe", "Freya", OTHER_DAY), NOTHING),
    ("another surname, no other name", who("Marlowe", "Isla"), who("Quill", "Isla"), NOTHING),
    ("strangers born on the same day", who(), who("Fenn", "Ro"), NOTHING),
    ("two NHS numbers", who(nhs=NHS, post="S60 1AA"), who(nhs=OTHER_NHS, post="S60 1AA"), NOTHING),
    ("nobody has a name", who(None, None, post="S60 1AA"), who(None, None, post="S60 1AA"), NOTHING),
    ("before and after adoption: given a new name",
     who("Marlowe", "Isla", nhs=NHS), who("Fairchild", "Isla", nhs=OTHER_NHS), NOTHING),
    ("before and after adoption: a number is the same by mistake",
     who("Marlowe", "Isla", nhs=NHS, pnc="10/1A"), who("Marlowe", "Isla", nhs=OTHER_NHS, pnc="10/1A"), NOTHING),
    ("a placement order: the next identity is protected", who(status=LegalStatus.PLACEMENT_ORDER), who(), NOTHING),
    ("an authority marked the identity", who(protected=True), who(), NOTHING),
    ("marked, and an exact identifier is the same", who(protected=True, nhs=NHS), who(nhs=NHS), NOTHING),
]  # fmt: skip


@pytest.mark.parametrize(("story", "one", "other", "verdict"), TABLE, ids=[row[0] for row in TABLE])
def test_pairs(story: str, one: SubjectFacts, other: SubjectFacts, verdict: Verdict) -> None:
    assert len(TABLE) >= 60
    found = likeness(profile_of(one), profile_of(other))
    assert found.verdict is verdict, found.reasons
    assert likeness(profile_of(other), profile_of(one)) == found


@pytest.mark.parametrize(
    ("story", "one", "other", "verdict"),
    [row for row in TABLE if row[3] is ASK],
    ids=[r[0] for r in TABLE if r[3] is ASK],
)
def test_whoever_would_be_proposed_is_looked_for(
    story: str, one: SubjectFacts, other: SubjectFacts, verdict: Verdict
) -> None:
    here, there = drawers_of(profile_of(one)), drawers_of(profile_of(other))
    assert here.searched & there.filed
    assert there.searched & here.filed


WARNED = [
    ("twins with names alike", who("Marlowe", "Amelia"), who("Marlowe", "Amelie"), "twins and siblings"),
    ("twins with forms of one name", who("Marlowe", "Emma"), who("Marlowe", "Emily"), "twins and siblings"),
    ("a twin without a given name", who("Marlowe", None), who("Marlowe", "Isla"), "it may be a twin"),
    ("a cousin's date of birth", who(post="S60 1AA"), who(born=DIGIT, post="S60 1AA"), "cousins"),
    ("a shared address", who(post="S60 1AA"), who(post="S60 1AA"), "twins and siblings share it"),
]


@pytest.mark.parametrize(("story", "one", "other", "warning"), WARNED, ids=[row[0] for row in WARNED])
def test_who_is_easily_mistaken_is_proposed_with_a_clear_warning_only(
    story: str, one: SubjectFacts, other: SubjectFacts, warning: str
) -> None:
    found = likeness(profile_of(one), profile_of(other))
    assert found.verdict is ASK
    assert any(warning in reason.text for reason in found.reasons)


def test_no_reason_says_anything_about_anybody() -> None:
    said = " ".join(
        reason.text for _, one, other, _ in TABLE for reason in likeness(profile_of(one), profile_of(other)).reasons
    )
    told = {"marlowe", "isla", "quill", "2010", "s60", "9990000018", "y00001", "kovalenko", "mohammed"}
    assert not [word for word in told if word in said.casefold()]
