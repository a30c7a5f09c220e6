"""From what a person calls a place to the authorities that may be meant. Pure."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from hub.reference.areas import Authority

MOST_CANDIDATES = 12
_NO_LETTER = re.compile(r"[^a-z0-9]+")
# What is written before or after the name proper; dropped only when the whole name is known to nobody.
_BEFORE = ("london borough of", "royal borough of", "county borough of", "borough of", "city of", "the")
_AFTER = (
    "metropolitan borough council",
    "county borough council",
    "borough council",
    "district council",
    "county council",
    "city council",
    "council",
)
# Scraps of names such as "Bristol, City of", which mean no place alone.
_SCRAPS = frozenset({"", "city of", "county of", "ua"})


def plain(name: str) -> str:
    """Return a name for comparison: small letters, no signs, `&` as `and`."""
    return _NO_LETTER.sub(" ", name.casefold().replace("&", " and ").replace("'", "")).strip()


def names_of(authorities: Iterable[Authority]) -> dict[str, frozenset[str]]:
    """Return every name, plain, with the codes of the authorities that go by it or went by it."""
    found: dict[str, set[str]] = {}
    for authority in authorities:
        for name in (authority.name, *authority.names):
            if plain(name) not in _SCRAPS:
                found.setdefault(plain(name), set()).add(authority.code)
    return {name: frozenset(codes) for name, codes in found.items()}


def called(name: str, names: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the codes of those that go by exactly this name, with or without `council` and the like."""
    wanted = plain(name)
    return names.get(wanted) or names.get(_proper(wanted)) or frozenset()


def alike(name: str, names: Mapping[str, frozenset[str]]) -> frozenset[str]:
    """Return the codes of those whose names hold all its words, or else are written much like it."""
    words = set(_proper(plain(name)).split())
    holding = [one for one in names if words and words <= set(one.split())]
    near = holding or get_close_matches(_proper(plain(name)), names, n=MOST_CANDIDATES, cutoff=0.75)
    return frozenset(code for one in near for code in names[one])


def _proper(wanted: str) -> str:
    for before in _BEFORE:
        wanted = wanted.removeprefix(f"{before} ")
    for after in _AFTER:
        wanted = wanted.removesuffix(f" {after}")
    return wanted
