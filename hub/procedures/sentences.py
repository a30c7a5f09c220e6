"""From a written procedure's text to the sentences that may hold a duty, each with its place and digest. Pure.

Places are cited as the rules cite them: `P7` is the seventh paragraph that is neither blank nor a bullet, counted from
the title, and `P7 b2` the second bullet after it; a document with numbered headings is cited by them (`6.4`, `App 3`).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Citing = Literal["paragraphs", "headings"]

# Words by which a document may lay a duty on somebody; the month of May is not one of them.
_DUTY = re.compile(
    r"\b(?:must|should|shall|will|needs? to|required|is to|are to|may(?! \d)|consider)\b",
    re.IGNORECASE,
)
_BULLET = re.compile(r"[•\-] (?=\S)")
_FURNITURE = re.compile(r"Skip to content|Company Logo|Last Updated: .*|v\d+", re.IGNORECASE)
_HEADING = re.compile(
    r"(?P<number>\d{1,2}(?:\.\d{1,2})?)\.? (?=[A-Z])(?P<title>[^.;]{2,119})|App(?:endix) (?P<app>\d+): .+"
)
_ABBREVIATION = re.compile(r"(?:^\s*\d+|\b(?:e\.g|i\.e|cf|vs|Dr|Mr|Mrs|Ms|No|App|[A-Z](?:\.[A-Z])*))\.$")
_END = re.compile(r"[.?!][\"'\u2019\u201d)]*(?=\s+[\"'\u2018\u201c(]?[A-Z0-9])")
DIGEST_LENGTH = 12


@dataclass(frozen=True)
class Block:
    """One paragraph or bullet: the section by which it is cited, and its words on one line."""

    section: str
    text: str


@dataclass(frozen=True)
class Sentence:
    """One sentence: the nth (from 1) of its section. The text stays in memory; what is kept of it is the digest."""

    section: str
    ordinal: int
    text: str

    @property
    def place(self) -> str:
        """The place as people cite it: section and number of the sentence."""
        return f"{self.section} s{self.ordinal}"

    @property
    def digest(self) -> str:
        """A short digest of the words alone: case, spaces and the shape of quotation marks do not change it."""
        plain = re.sub(r"[\u2018\u2019\u201c\u201d\"']", "'", " ".join(self.text.split())).casefold()
        return hashlib.sha256(plain.encode()).hexdigest()[:DIGEST_LENGTH]


def duty_sentences(text: str, title: str, citing: Citing) -> tuple[Sentence, ...]:
    """Return every sentence of a document that has a word of duty in it, in the document's order."""
    return tuple(one for one in sentences(text, title, citing) if _DUTY.search(one.text))


def sentences(text: str, title: str, citing: Citing) -> Iterator[Sentence]:
    """Yield every sentence from the title on. Raises ValueError when no line is the title."""
    counts: dict[str, int] = {}
    for block in blocks(text, title, citing):
        for words in split_sentences(block.text):
            counts[block.section] = counts.get(block.section, 0) + 1
            yield Sentence(block.section, counts[block.section], words)


def blocks(text: str, title: str, citing: Citing) -> Iterator[Block]:
    """Yield paragraphs and bullets from the title on, without page furniture. Raises ValueError without the title."""
    lines = list(_joined(_from_title(text, title)))
    return _by_paragraph(lines) if citing == "paragraphs" else _by_heading(lines)


def split_sentences(text: str) -> Iterator[str]:
    """Yield the sentences of one paragraph; together they are the paragraph, spaces at their ends aside."""
    start = 0
    for match in _END.finditer(text):
        if match.group()[0] == "." and _ABBREVIATION.search(text[start : match.start() + 1]):
            continue
        yield text[start : match.end()].strip()
        start = match.end()
    if rest := text[start:].strip():
        yield rest


def _from_title(text: str, title: str) -> Iterator[str]:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    if title not in lines:
        raise ValueError(f"no line reads `{title}`; correct the document's title")
    return (line for line in lines[lines.index(title) :] if line and not _FURNITURE.fullmatch(line))


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """Put together what a page break has torn apart: a line that goes on in the middle of a sentence."""
    whole = ""
    for line in lines:
        if whole and line[0].islower() and whole[-1] not in ".:;?!":
            whole = f"{whole} {line}"
            continue
        if whole:
            yield whole
        whole = line
    if whole:
        yield whole


def _by_paragraph(lines: Iterable[str]) -> Iterator[Block]:
    paragraph = bullet = 0
    for line in lines:
        if match := _BULLET.match(line):
            bullet += 1
            yield Block(f"P{paragraph} b{bullet}", line[match.end() :])
        else:
            paragraph, bullet = paragraph + 1, 0
            yield Block(f"P{paragraph}", line)


def _by_heading(lines: Iterable[str]) -> Iterator[Block]:
    section = "0"
    for line in lines:
        match = _HEADING.fullmatch(line)
        if match and _follows(section, match["number"]):
            section = match["number"] or f"App {match['app']}"
        bullet = _BULLET.match(line)
        yield Block(section, line[bullet.end() :] if bullet else line)


def _follows(section: str, number: str | None) -> bool:
    """Say whether a number can be the next heading; a telephone number at the start of a line cannot."""
    if number is None:
        return True
    if section.startswith("App"):
        return False
    before, after = ([int(part) for part in one.split(".")] for one in (section, number))
    return before < after and after[0] - before[0] <= 1
