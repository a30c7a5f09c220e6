"""Invented children, as many as are wanted: what police write about each, and what the authority held before.

A child is a number: the same number always gives the same names and references. The authority shared a missing risk
assessment, so what it holds is kept ahead of the report; the report then tells four recipients' copies by the rules:
notice and decision request to the case team, alerts to the 0-19 service and to the practice, both FHIR messages.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from string import Template
from uuid import UUID, uuid5

from contracts.envelope import Reference, event_of, to_structured
from contracts.events import CareContextKnown
from contracts.person import Care, Identifiers, Person, SubjectFacts

POLICE, COUNCIL = "south-yorkshire-police", "rotherham-council"
ROTHERHAM = "E08000018"
PER_REPORT = 4
"""Dispatches that the rules make of one report."""
FHIR_PER_REPORT = 2
ELDEST, DAYS = date(2009, 1, 2), 4000
_SPACE = UUID("6ad0ce6b-8f1c-4a52-9d51-0a54a9b2b3d1")
_TEMPLATE = Template((Path(__file__).parent / "report.xml").read_text(encoding="utf-8"))
_SYLLABLES = ("ash", "bel", "cor", "dun", "elm", "far", "gar", "hol", "ing", "kel")
_TEST_RANGE = 999_000_000


@dataclass(frozen=True)
class Child:
    """One child, number 0 to 499,999."""

    number: int

    @property
    def reference(self) -> str:
        """What its references are made of."""
        return f"{self.number:06d}"

    @property
    def surname(self) -> str:
        """A surname of three syllables and a number spelled with them."""
        return "".join(_SYLLABLES[int(digit)] for digit in self.reference[:3]).capitalize()

    @property
    def forenames(self) -> str:
        """A forename spelled like the surname."""
        return "".join(_SYLLABLES[int(digit)] for digit in self.reference[3:]).capitalize() + " Elise"

    @property
    def born(self) -> date:
        """A date of birth: children of one day are as rare as anywhere."""
        return ELDEST + timedelta(days=self.number * 7 % DAYS)

    @property
    def nhs_number(self) -> str:
        """A number of the test range: 999, then six digits and the check digit."""
        return _with_check_digit(_TEST_RANGE + 2 * self.number)


def report(child: Child, now: datetime) -> bytes:
    """Return a police report about a child who went missing an hour ago."""
    text = _TEMPLATE.substitute(
        number=child.reference,
        surname=child.surname,
        forenames=child.forenames,
        nhs_number=child.nhs_number,
        born=child.born.isoformat(),
        missing_since=_instant(now - timedelta(hours=1)),
        assessed_at=_instant(now - timedelta(minutes=10)),
        issued_at=_instant(now),
    )
    return text.encode()


def care_context(child: Child, now: datetime) -> bytes:
    """Return what the authority holds about a child, as a structured CloudEvent that may be kept ahead."""
    case = f"ROT-{child.reference}"
    care = Care(
        home_authority=ROTHERHAM,
        case_team_name="Rotherham Children in Need Team 2",
        case_team_phone="01632 960101",
        out_of_hours_phone="01632 960102",
        gp_practice="YROTHGP1",
        service_0_19="YROTH019",
    )
    data = CareContextKnown(
        authority=ROTHERHAM,
        subjects=(
            SubjectFacts(
                person=Person(surname=child.surname, forenames=child.forenames, date_of_birth=child.born),
                identifiers=Identifiers(case_id=case, nhs_number=child.nhs_number),
                care=care,
            ),
        ),
        missing_risk_assessment_shared=True,
    )
    return to_structured(
        event_of(
            data,
            id=uuid5(_SPACE, f"context-{child.reference}-{now.isoformat()}"),
            source=f"/partners/{COUNCIL}",
            occurred_at=now - timedelta(days=1),
            recorded_at=now,
            references=(Reference(kind="authority_case", issuer=ROTHERHAM, value=case),),
        )
    )


def children(count: int, first: int = 0) -> Iterator[Child]:
    """Give so many children."""
    return map(Child, range(first, first + count))


def _with_check_digit(first_nine: int) -> str:
    """Return an even nine-digit beginning with its modulus-11 digit; one that has none is made odd, which has one."""
    digits = str(first_nine)
    check = 11 - sum(int(digit) * (10 - place) for place, digit in enumerate(digits)) % 11
    return f"{digits}{check % 11}" if check != 10 else _with_check_digit(first_nine + 1)


def _instant(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
