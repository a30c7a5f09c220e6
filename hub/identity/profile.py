"""What of a subject's facts tells whether two subjects are one: what is compared, and where to look. Pure."""

import re
from dataclasses import dataclass, field
from datetime import date

from contracts.codes import LegalStatus, Sex
from contracts.person import Identifiers, SubjectFacts
from hub.identity.keys import Key, keys_of
from hub.identity.names import Name, names_of, sound

NAMES_TO_LOOK_UNDER = 4


@dataclass(frozen=True)
class Profile:
    """What is compared. Doubtful values never come here: the canonical model keeps them apart.

    `places` are postcodes without blanks; `case` is the case number with the authority that issued it; `protected`: an
    adopted child's earlier identity may hang on it.
    """

    names: tuple[Name, ...] = ()
    birth: date | None = None
    sex: Sex | None = None
    places: frozenset[str] = frozenset()
    school: str | None = None
    practice: str | None = None
    identifiers: Identifiers = field(default_factory=Identifiers)
    keys: frozenset[Key] = frozenset()
    protected: bool = False


def profile_of(facts: SubjectFacts) -> Profile:
    """Take from a subject's facts what is compared."""
    person, care, home = facts.person, facts.care, facts.residence
    return Profile(
        names=names_of(person),
        birth=person.date_of_birth,
        sex=person.sex if person.sex in (Sex.FEMALE, Sex.MALE) else None,
        places=frozenset(_plain(one) for one in (home.home_postcode, home.placement_postcode) if one),
        school=care.school_urn or (_plain(care.school) if care.school else None),
        practice=care.gp_practice,
        identifiers=facts.identifiers,
        keys=frozenset(keys_of(facts)),
        protected=bool(facts.identity_protected) or care.legal_status is LegalStatus.PLACEMENT_ORDER,
    )


@dataclass(frozen=True)
class Drawers:
    """Under which words a subject is filed, and under which others like it are looked for."""

    filed: frozenset[str]
    searched: frozenset[str]


def drawers_of(profile: Profile) -> Drawers:
    """Return where a subject is filed so that whoever may be the same finds it without comparing with everybody.

    Any two whom `likeness` would propose share a drawer: the date of birth (day and month in either order) with a part
    of the name by its sound, or the whole name by its sound with the year, with day and month, or without a date.
    Of whom one word of a name is known, only those of the same date of birth are found: the others are too many.
    """
    filed: set[str] = set()
    searched: set[str] = set()
    for name in profile.names[:NAMES_TO_LOOK_UNDER]:
        parts = sorted({sound(word) for word in (*name.surname, *name.given[:1])})
        pairs = sorted({_pair(sound(a), sound(b)) for a in name.surname for b in name.given[:2]})
        if profile.birth is None:
            filed |= {f"name|{pair}" for pair in pairs} | {f"undated|{pair}" for pair in pairs}
            searched |= {f"name|{pair}" for pair in pairs}
            continue
        day, month = sorted((profile.birth.day, profile.birth.month))
        born = f"{profile.birth.year}-{day}-{month}"
        dated = {f"born|{born}|{part}" for part in parts}
        dated |= {f"year|{profile.birth.year}|{pair}" for pair in pairs}
        dated |= {f"day|{profile.birth.day}-{profile.birth.month}|{pair}" for pair in pairs}
        filed |= dated | {f"name|{pair}" for pair in pairs}
        searched |= dated | {f"undated|{pair}" for pair in pairs}
    return Drawers(frozenset(filed), frozenset(searched))


def _pair(one: str, other: str) -> str:
    return "+".join(sorted((one, other)))


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())
