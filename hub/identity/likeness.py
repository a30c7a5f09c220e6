"""May two subjects be the same child? Points for and against, each with its reason; a person decides. Pure.

Names never link: at the most they make a proposal. Reasons hold no personal data; whoever may see the two records
compares them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from rapidfuzz.distance import Hamming

from hub.identity.names import Alike, NamesAlike, compare_names
from hub.identity.profile import Profile

ENOUGH = 6
OTHERS = -20
IDENTIFIER = 100
NEVER = -1000


class Verdict(StrEnum):
    """What follows. `same`: an exact identifier says so. `ask`: a person is asked. `nothing`: nobody is."""

    SAME = "same"
    ASK = "ask"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Reason:
    """One thing that speaks for it (points above zero), against it (below), or is only to be borne in mind (zero)."""

    points: int
    text: str


@dataclass(frozen=True)
class Likeness:
    """The outcome. `score` is the sum of the points; from ENOUGH on a person is asked.

    Three kinds of reason decide alone, the stronger before the weaker: NEVER, an exact IDENTIFIER, and OTHERS (a name
    or a date that makes them two people).
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]

    @property
    def forbidden(self) -> bool:
        """Whether the two must never be linked."""
        return any(reason.points <= NEVER for reason in self.reasons)

    @property
    def score(self) -> int:
        """The sum of all points."""
        return sum(reason.points for reason in self.reasons)


def likeness(one: Profile, other: Profile) -> Likeness:
    """Compare two subjects; the same whichever of them comes first."""
    reasons = tuple(sorted(_reasons(one, other), key=lambda reason: (-reason.points, reason.text)))
    return Likeness(_verdict([reason.points for reason in reasons]), reasons)


def _verdict(points: list[int]) -> Verdict:
    if min(points) <= NEVER:
        return Verdict.NOTHING
    if max(points) >= IDENTIFIER:
        return Verdict.SAME
    return Verdict.ASK if sum(points) >= ENOUGH and min(points) > OTHERS else Verdict.NOTHING


def _reasons(one: Profile, other: Profile) -> Iterator[Reason]:
    yield from _identifiers(one, other)
    if one.protected or other.protected:
        yield Reason(NEVER, "An earlier or later identity of one of the two may be protected: they are not compared.")
    yield from _names(compare_names(one.names, other.names))
    yield from _births(one.birth, other.birth)
    if one.sex and other.sex and one.sex is not other.sex:
        yield Reason(-3, "The sexes differ.")
    yield from _surroundings(one, other)


def _identifiers(one: Profile, other: Profile) -> Iterator[Reason]:
    numbers, theirs = one.identifiers, other.identifiers
    both = numbers.nhs_number and theirs.nhs_number
    if both and numbers.nhs_number != theirs.nhs_number:
        yield Reason(NEVER, "The NHS numbers differ: two people, or two identities of which one may be protected.")
    if one.keys & other.keys:
        yield Reason(IDENTIFIER, "An exact identifier is the same.")
    elif both and numbers.nhs_number == theirs.nhs_number:
        yield Reason(4, "The NHS number is the same, but not together with the same date of birth.")
    mine, others = _cases(one), _cases(other)
    if any(others.get(issuer, number) != number for issuer, number in mine.items()):
        yield Reason(-3, "The same authority or office has another case number for each.")
    for name, words in _FURTHER.items():
        value = getattr(numbers, name)
        if value and value == getattr(theirs, name):
            yield Reason(4, f"The {words} is the same.")


_FURTHER = {
    "pnc_id": "Police National Computer number",
    "arc_number": "asylum registration card number",
    "nrm_reference": "National Referral Mechanism reference",
    "national_insurance_number": "National Insurance number",
}


def _cases(one: Profile) -> dict[tuple[str, str], str]:
    return {(kind, issuer): value for kind, issuer, value in one.keys if kind != "nhs_number"}


def _names(alike: NamesAlike | None) -> Iterator[Reason]:
    if alike is None:
        yield Reason(OTHERS, "One of the two has no name.")
        return
    for part in (alike.surname, alike.given):
        yield Reason(_NAME_POINTS[part.alike], part.why)
    if alike.alias:
        yield Reason(0, "An alias of at least one of the two was used.")


_NAME_POINTS = {Alike.SAME: 2, Alike.VARIANT: 1, Alike.UNKNOWN: 0, Alike.DIFFERENT: OTHERS}


def _births(one: date | None, other: date | None) -> Iterator[Reason]:
    if one is None or other is None:
        yield Reason(0, "The date of birth of one of the two is not known.")
    elif one == other:
        yield Reason(4, "The dates of birth are the same.")
    elif (one.year, one.day, one.month) == (other.year, other.month, other.day):
        yield Reason(2, "Day and month of the dates of birth are swapped.")
    elif one.year == other.year and (1, 1) in ((one.day, one.month), (other.day, other.month)):
        yield Reason(2, "The years of birth are the same; 1 January often means that only the year is known.")
    elif Hamming.distance(f"{one:%Y%m%d}", f"{other:%Y%m%d}") == 1:
        yield Reason(1, "The dates of birth differ in one digit: cousins of one name can be born so.")
    else:
        yield Reason(OTHERS, "The dates of birth differ.")


def _surroundings(one: Profile, other: Profile) -> Iterator[Reason]:
    if one.places & other.places:
        yield Reason(2, "A postcode is the same: twins and siblings share it too.")
    elif one.places and other.places:
        yield Reason(0, "The postcodes differ, as they do when a child is placed or moves.")
    if one.school and other.school:
        yield Reason(1, "The school is the same.") if one.school == other.school else Reason(0, "The schools differ.")
    if one.practice and one.practice == other.practice:
        yield Reason(1, "The GP practice is the same.")
