"""Lenient readers of single values: each gives the value, or nothing and a warning."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from adapters.police.model.areas import county_of, is_known_authority
from adapters.police.model.groups import wire_name
from adapters.police.model.report import Group
from adapters.police.translate.notes import Notes
from adapters.police.translate.words import NO, YES, plain
from contracts.codes import is_gss_code, is_nhs_number

LONDON = ZoneInfo("Europe/London")
CLOCKS_MAY_DIFFER = timedelta(minutes=10)
# Children's services are run by unitary authorities, boroughs, counties and the councils of the other nations.
AUTHORITY_PREFIXES = ("E06", "E08", "E09", "E10", "W06", "S12", "N09")
_UK_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
E = TypeVar("E", bound=StrEnum)
V = TypeVar("V")


@dataclass(frozen=True)
class Fields:
    """Reads the fields of one group. `now` is when the report arrived: what lies after it has not happened yet."""

    group: Group
    notes: Notes
    now: datetime

    def where(self, name: str) -> str:
        """Return the place of a field, as the sender knows it."""
        return ".".join(part for part in (self.group.path, wire_name(name)) if part)

    def stated(self, name: str) -> bool:
        """Say whether the field stood in the report, even if empty: an empty list says that there is none."""
        return wire_name(name) in self.group.stated

    def text(self, name: str) -> str | None:
        """Return the text that was sent."""
        value: str | None = getattr(self.group, name)
        return value

    def many(self, name: str) -> tuple[str, ...]:
        """Return a repeated field's texts."""
        values: tuple[str, ...] = getattr(self.group, name)
        return values

    def _checked(self, name: str, meant: str, read: Callable[[str], V | None], detail: str, remedy: str) -> V | None:
        text = self.text(name)
        if text is None:
            return None
        value = read(text)
        if value is None:
            self.notes.doubt(self.where(name), meant, text, detail, remedy)
        return value

    def moment(self, name: str, meant: str) -> datetime | None:
        """Return a past moment; without a time zone it is taken as London time, with a warning."""
        value = self._checked(
            name, meant, self._moment_at(name), "is not a date and time", "Send 2026-11-20T19:30:00Z."
        )
        if value is not None and value > self.now + CLOCKS_MAY_DIFFER:
            self.notes.doubt(self.where(name), meant, self.text(name) or "", "lies in the future", "Correct the date.")
            return None
        return value

    def _moment_at(self, name: str) -> Callable[[str], datetime | None]:
        def read(text: str) -> datetime | None:
            if (day := _day(text)) is not None:
                self.notes.warn(self.where(name), "has no time of day; the start of the day is used", "Send the time.")
                value = datetime.combine(day, time(), LONDON)
            elif (found := _iso(text)) is not None and found.tzinfo is None:
                self.notes.warn(self.where(name), "has no time zone; London time is used", "Send Z or an offset.")
                value = found.replace(tzinfo=LONDON)
            elif found is not None:
                value = found
            else:
                return None
            return value.astimezone(UTC) if 1900 < value.year < 2200 else None

        return read

    def day(self, name: str, meant: str, *, latest: date | None = None) -> date | None:
        """Return a day, written 2011-03-14 or 14/03/2011; one after `latest` is doubtful."""
        value = self._checked(name, meant, _day, "is not a date that exists", "Send a date as 2011-03-14.")
        if value is not None and latest is not None and value > latest:
            self.notes.doubt(self.where(name), meant, self.text(name) or "", "lies in the future", "Correct the date.")
            return None
        return value

    def flag(self, name: str, meant: str) -> bool | None:
        """Return true or false."""
        return self._checked(name, meant, _flag, "is neither true nor false", "Send true or false.")

    def count(self, name: str, meant: str) -> int | None:
        """Return a number from 0 to 9999."""
        return self._checked(name, meant, _count, "is not a whole number", "Send digits only.")

    def nhs_number(self, name: str) -> str | None:
        """Return an NHS number, spaces and hyphens taken out."""
        detail, remedy = "is not a valid NHS number", "Check its ten digits; the last is a check digit."
        return self._checked(name, "identifiers.nhs_number", _nhs_number, detail, remedy)

    def word(self, name: str, meant: str, words: Mapping[str, E]) -> E | None:
        """Return a word of a closed list; an unknown word becomes `unknown` if the list has it, with a warning."""
        remedy = "Use a word of the profile."
        value = self._checked(name, meant, lambda text: words.get(plain(text)), "is not a word of the profile", remedy)
        return words.get("unknown") if value is None and self.text(name) is not None else value

    def words(self, name: str, meant: str, words: Mapping[str, E]) -> tuple[E, ...]:
        """Return each known word of a repeated field once; others are kept as doubtful."""
        found: dict[E, None] = {}
        for text in self.many(name):
            value = words.get(plain(text))
            if value is None:
                self.notes.doubt(
                    self.where(name), meant, text, "is not a word of the profile", "Use a word of the profile."
                )
            else:
                found[value] = None
        return tuple(found)

    def authority(self, name: str, meant: str) -> tuple[str | None, bool]:
        """Return an authority's code, and whether it is surely one: only then may anything be matched by it.

        A code that is well-formed but not listed is passed on, since a new authority must still be told.
        """
        code = self._checked(name, meant, _gss, "is not an authority's GSS code", "Send a code such as E08000018.")
        if code is None:
            return None, False
        if county := county_of(code):
            self.notes.warn(self.where(name), "is a district; its county is used", "Send the code of the county.")
            code = county
        if not is_known_authority(code) or not code.startswith(AUTHORITY_PREFIXES):
            self.notes.doubt(self.where(name), meant, code, "is not the code of a known authority", "Check the code.")
            return (code if code.startswith(AUTHORITY_PREFIXES) else None), False
        return code, True


def _iso(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _day(text: str) -> date | None:
    try:
        if _ISO_DATE.fullmatch(text):
            value = date.fromisoformat(text)
        elif found := _UK_DATE.fullmatch(text):
            value = date(int(found[3]), int(found[2]), int(found[1]))
        else:
            return None
    except ValueError:
        return None
    return value if 1900 < value.year < 2200 else None


def _flag(text: str) -> bool | None:
    word = plain(text)
    return True if word in YES else False if word in NO else None


def _count(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def _nhs_number(text: str) -> str | None:
    digits = text.replace(" ", "").replace("-", "")
    return digits if is_nhs_number(digits) else None


def _gss(text: str) -> str | None:
    return code if text.isascii() and is_gss_code(code := text.upper()) else None
