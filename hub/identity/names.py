"""How alike two people's names are: other scripts, order, aliases, double surnames, short forms, spelling. Pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from anyascii import anyascii
from jellyfish import metaphone
from nicknames import NickNamer
from rapidfuzz.distance import OSA

from contracts.person import Person

Tokens = tuple[str, ...]
_SHORT_FORMS = NickNamer()
# Small words that one sender writes and the next leaves out.
_PARTICLES = frozenset(
    ("al", "el", "ul", "de", "da", "do", "dos", "di", "del", "la", "van", "von", "bin", "ibn", "bint")
)
_SILENT = str.maketrans("", "", "AEIOUHWY")
_VOWELS = str.maketrans("", "", "aeiouwy")
_SIBLINGS_TOO = "twins and siblings can have names like these"
_SURNAME_LETTERS, _GIVEN_LETTERS, _LONG_LETTERS = 4, 5, 8


class Alike(StrEnum):
    """How two names compare. `variant`: other words for one name, perhaps; `unknown`: one of the two is not given."""

    SAME = "same"
    VARIANT = "variant"
    UNKNOWN = "unknown"
    DIFFERENT = "different"


@dataclass(frozen=True)
class Name:
    """One name that a person goes by, in small Latin letters; `transcribed`: it was written in another script."""

    surname: Tokens
    given: Tokens
    transcribed: bool = False


@dataclass(frozen=True)
class Part:
    """How one part of two names compares, and why, in words that hold no name."""

    alike: Alike
    why: str


@dataclass(frozen=True)
class NamesAlike:
    """The best of all the ways in which two people's names compare. `alias`: it is not the first name of each."""

    surname: Part
    given: Part
    alias: bool = False

    @property
    def rank(self) -> int:
        """How much they agree: the higher the more."""
        return sum(_RANK[part.alike] for part in (self.surname, self.given))


_RANK = {Alike.SAME: 6, Alike.VARIANT: 4, Alike.UNKNOWN: 1, Alike.DIFFERENT: -20}


def names_of(person: Person) -> tuple[Name, ...]:
    """Return every name of a person, the recorded one first. An alias of one word stands for the given name."""
    recorded = _name(person.surname, person.forenames)
    found = [recorded]
    for alias in person.known_as:
        words = alias.split()
        if len(words) == 1:
            found.append(_name(person.surname, alias))
        elif words:
            found.append(_name(words[-1], " ".join(words[:-1])))
    return tuple(dict.fromkeys(name for name in found if name.surname or name.given))


def compare_names(ones: Iterable[Name], others: Iterable[Name]) -> NamesAlike | None:
    """Return how two people's names compare at their best, the same for both orders; None when one has no name."""
    others = tuple(others)
    pairs = [
        (_compared(one, other), first + second) for first, one in enumerate(ones) for second, other in enumerate(others)
    ]
    if not pairs:
        return None
    best, place = max(pairs, key=lambda pair: (pair[0].rank, -pair[1], pair[0].surname.why, pair[0].given.why))
    return NamesAlike(best.surname, best.given, alias=place > 0)


@lru_cache(maxsize=10_000)
def sound(word: str) -> str:
    """Return how a word sounds without its vowels, in which transcriptions differ most; a word of vowels is itself."""
    return metaphone(word).translate(_SILENT) or word


def _name(surname: str | None, given: str | None) -> Name:
    written = f"{surname or ''}{given or ''}"
    other_script = any(ord(letter) > 0x2FF for letter in written)
    return Name(_tokens(surname, particles=False), _tokens(given, particles=True), other_script)


@lru_cache(maxsize=10_000)
def _tokens(text: str | None, *, particles: bool) -> Tokens:
    plain = anyascii(text or "").casefold()
    words = re.findall(r"[a-z]+", re.sub(r"['`]", "", plain))
    kept = [word for word in words if particles or word not in _PARTICLES]
    return tuple(kept or words)


def _compared(one: Name, other: Name) -> NamesAlike:
    transcribed = one.transcribed or other.transcribed
    straight = NamesAlike(
        _surnames(one.surname, other.surname, transcribed), _given(one.given, other.given, transcribed)
    )
    crossed = [
        part
        for part in (
            _given(one.surname, other.given, transcribed),
            _given(one.given, other.surname, transcribed),
        )
        if part.alike in (Alike.SAME, Alike.VARIANT)
    ]
    if straight.rank < 0 and len(crossed) == len(("surname", "given")):
        turned = "Surname and given name are the same, in the opposite order."
        return NamesAlike(Part(Alike.VARIANT, turned), Part(Alike.VARIANT, "The names were taken in that order."))
    return straight


def _surnames(one: Tokens, other: Tokens, transcribed: bool) -> Part:
    if not one or not other:
        return Part(Alike.UNKNOWN, "One of the two has no surname.")
    if sorted(one) == sorted(other) or "".join(one) == "".join(other):
        return _same("The surnames are the same", transcribed)
    if set(one) & set(other):
        return Part(Alike.VARIANT, "The surnames have a part in common.")
    pairs = [(a, b) for a in one for b in other]
    if any(_nearly(a, b, _SURNAME_LETTERS, transcribed) for a, b in pairs):
        return Part(Alike.VARIANT, "The surnames are spelled, or sound, nearly alike.")
    return Part(Alike.DIFFERENT, "The surnames differ, and no other name is shared.")


def _given(one: Tokens, other: Tokens, transcribed: bool) -> Part:
    if not one or not other:
        return Part(Alike.UNKNOWN, "One of the two has no given name: it may be a twin or another sibling.")
    if one[0] == other[0] or "".join(one) == "".join(other):
        return _same("The given names are the same", transcribed)
    if one[0] in other or other[0] in one:
        return Part(Alike.VARIANT, "One's first given name is among the other's further ones.")
    if _short_form(one[0], other[0]):
        return Part(Alike.VARIANT, f"The given names can be forms of one name: {_SIBLINGS_TOO}.")
    if _nearly(one[0], other[0], _GIVEN_LETTERS, transcribed):
        return Part(Alike.VARIANT, f"The given names are spelled, or sound, nearly alike: {_SIBLINGS_TOO}.")
    return Part(Alike.DIFFERENT, "The given names differ: it may be a twin, another sibling or a cousin.")


def _same(what: str, transcribed: bool) -> Part:
    return Part(Alike.SAME, f"{what}, written in two scripts." if transcribed else f"{what}.")


def _short_form(one: str, other: str) -> bool:
    short, long = _SHORT_FORMS.nicknames_of, _SHORT_FORMS.canonicals_of
    return one in short(other) or other in short(one) or bool(long(one) & long(other))


def _nearly(one: str, other: str, letters: int, transcribed: bool) -> bool:
    if transcribed and one.translate(_VOWELS) == other.translate(_VOWELS):
        return True
    if transcribed and sound(one) == sound(other):
        return True
    shortest = min(len(one), len(other))
    if shortest < letters:
        return False
    apart = OSA.distance(one, other)
    same_start = one[0] == other[0]
    same_sound = same_start and metaphone(one) == metaphone(other)
    return same_sound or (apart == 1 and same_start) or (apart <= len("ab") and shortest >= _LONG_LETTERS)
