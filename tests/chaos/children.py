"""Invented children, one for each number: a story's samples with names, references and NHS numbers of their own."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from adapters.simulation import redated

ADAPTERS = Path(__file__).resolve().parents[2] / "adapters"
_SYLLABLES = (
    "ba",
    "del",
    "fen",
    "gor",
    "hal",
    "kin",
    "lor",
    "mar",
    "nor",
    "pel",
    "rin",
    "sol",
    "tam",
    "vel",
    "wen",
    "yar",
)
_JSON, _XML = "application/json", "application/xml"


@dataclass(frozen=True)
class Document:
    """What a partner sends: to which path of the hub, in whose name, and the bytes, which a repeat does not change."""

    partner: str
    path: str
    content_type: str
    body: bytes = field(repr=False)


@dataclass(frozen=True)
class Sample:
    """A partner's sample file and the way that it takes."""

    file: str
    partner: str
    path: str

    @property
    def content_type(self) -> str:
        """The media type, by the file's ending."""
        return _XML if self.file.endswith(".xml") else _JSON


def _police(file: str, partner: str) -> Sample:
    return Sample(f"police/samples/{file}", partner, "/intake/police/reports")


def _authority(file: str, way: str = "facts") -> Sample:
    return Sample(f"authorities/samples/{file}", "rotherham-council", f"/intake/authorities/{way}")


def _home_office(file: str) -> Sample:
    return Sample(f"homeoffice/samples/{file}", "home-office", "/intake/homeoffice/notifications")


SAMPLES: Mapping[str, Mapping[str, Sample]] = {
    "away": {
        "report": _police("away-1-report.xml", "norfolk-police"),
        "context": _authority("away-2-care-context.json", "care-context"),
        "whereabouts": _authority("away-4-whereabouts.json"),
        "decision": _authority("away-6-decision-case-team.json"),
        "found": _police("away-9-found.xml", "norfolk-police"),
    },
    "unborn": {
        "report": _police("unborn-1-report.xml", "south-yorkshire-police"),
        "context": _authority("unborn-2-care-context.json", "care-context"),
        "decision": _authority("unborn-4-decision.json"),
        "found": _police("unborn-9-found.xml", "south-yorkshire-police"),
    },
    "restricted": {
        "report": _police("restricted-1-report.xml", "south-yorkshire-police"),
        "context": _authority("restricted-2-care-context.json", "care-context"),
        "contact": _home_office("restricted-5-weekly-contact.json"),
        "found": _home_office("restricted-7-found.json"),
    },
}


@dataclass(frozen=True)
class Child:
    """One child (or pregnant woman) of a story, which ends for her with a step: `found`, or one before it.

    All that identifies her is made of the number.
    """

    number: int
    story: str
    last: str

    @property
    def found(self) -> bool:
        """Whether she will be found."""
        return self.last == "found"

    @property
    def name(self) -> str:
        """How reports of a run call her: by story and number."""
        return f"{self.story} {self.number}"

    @property
    def surname(self) -> str:
        """A surname of her own."""
        left, made = self.number, ""
        for _ in range(4):
            left, part = divmod(left, len(_SYLLABLES))
            made += _SYLLABLES[part]
        return made.capitalize()

    def document(self, step: str, now: datetime) -> Document:
        """Return what a partner sends at a step of her story, dated today."""
        sample = SAMPLES[self.story][step]
        text = (ADAPTERS / sample.file).read_text(encoding="utf-8")
        for old, new in self._own().items():
            text = text.replace(old, new)
        return Document(sample.partner, sample.path, sample.content_type, redated(text, now).encode())

    def steps(self) -> Sequence[str]:
        """Return the steps of her story, in order."""
        every = list(SAMPLES[self.story])
        return every[: every.index(self.last) + 1]

    def _own(self) -> Mapping[str, str]:
        n, nhs = f"{self.number:06}", nhs_number(self.number)
        return {
            "away": {
                "MP-26-004127": f"MP-26-{n}",
                "NFK-P-310552": f"NFK-P-{n}",
                "36-88120-26": f"36-{n}-26",
                "ROT-204417": f"ROT-{n}",
                "999 323 7418": nhs,
                "Ashdown": self.surname,
                "ROT-OUT-70112": f"ROT-OUT-{n}-1",
                "ROT-OUT-70118": f"ROT-OUT-{n}-2",
                "ROT-OUT-70121": f"ROT-OUT-{n}-3",
            },
            "unborn": {
                "SYP-MP-118204": f"SYP-MP-{n}",
                "SYP-P-771043": f"SYP-P-{n}",
                "14-220871-26": f"14-{n}-26",
                "ROT-198830": f"ROT-{n}",
                "9997976630": nhs,
                "NP112233C": f"NP{n}C",
                "Marlow": self.surname,
                "ROT-OUT-70231": f"ROT-OUT-{n}-1",
                "ROT-OUT-70240": f"ROT-OUT-{n}-2",
            },
            "restricted": {
                "SYP-MP-118251": f"SYP-MP-{n}",
                "SYP-P-771190": f"SYP-P-{n}",
                "14-221340-26": f"14-{n}-26",
                "ROT-211906": f"ROT-{n}",
                "9995480204": nhs,
                "Danesh": self.surname,
                "HO-5501932": f"HO-{n}",
                "ROT-OUT-70310": f"ROT-OUT-{n}-1",
                "HO-OUT-33107": f"HO-OUT-{n}-1",
                "HO-OUT-33164": f"HO-OUT-{n}-2",
            },
        }[self.story]


def nhs_number(number: int) -> str:
    """Return the test-range NHS number (999...) that belongs to a number: the first valid one of its eleven."""
    bodies = (f"999{11 * number + step:06}" for step in range(11))
    checked = ((body, _check_digit(body)) for body in bodies)
    return next(f"{body}{digit}" for body, digit in checked if digit is not None)


def _check_digit(body: str) -> int | None:
    digit = 11 - sum(int(sign) * weight for sign, weight in zip(body, range(10, 1, -1), strict=True)) % 11
    return None if digit == 10 else digit % 11
