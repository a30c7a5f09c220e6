"""What the partners' sample files say about people, as the words to look for where none of them may stand."""

import json
import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from tests.live.journeys.compose import ROOT

_PERSONAL = {"person", "lastSeen", "informant", "officer"}
# Shorter words, and the plain yes and no of a form, may stand anywhere without saying anything about anybody.
_SHORTEST = 4
_PLAIN = re.compile(r"true|false|[EW]\d{8}")


def personal_words(story: str) -> frozenset[str]:
    """Return names, dates of birth, NHS numbers, addresses and whatever else a story's files say about people."""
    adapters = ROOT / "adapters"
    report = etree.parse(adapters / "police" / "samples" / f"{story}-1-report.xml").getroot()
    context = json.loads((adapters / "authorities" / "samples" / f"{story}-2-care-context.json").read_text())
    found = {*_of_report(report), *_strings(context["subjects"])}
    spelt = found | {word.replace(" ", "") for word in found}
    return frozenset(word for word in spelt if len(word) >= _SHORTEST and not _PLAIN.fullmatch(word))


def _of_report(report: Any) -> Iterator[str]:
    for element in report.iter():
        if isinstance(element.tag, str) and etree.QName(element).localname in _PERSONAL:
            yield from (text.strip() for text in element.itertext() if text.strip())


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from _strings(each)
