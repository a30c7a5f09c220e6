"""One child for each written procedure: what police and the authority send of her, made from the samples of `away`."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from hub.demo.stories import Step

ROTHERHAM, NORFOLK, LAMBETH, ESSEX, DERBY = "E08000018", "E10000020", "E09000022", "E10000012", "E06000015"
COUNCILS = {
    ROTHERHAM: "rotherham-council",
    NORFOLK: "norfolk-council",
    LAMBETH: "lambeth-council",
    ESSEX: "essex-council",
    DERBY: "derby-council",
}
_TOLD = yaml.safe_load((Path(__file__).parent / "documents.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Child:
    """A child of an authority, looked after and placed in `host` where that is given, else living at home there.

    `found` is the authority where she is found, by police.
    """

    number: int
    surname: str
    nhs_number: str
    authority: str
    found: str
    host: str | None = None

    def replace(self) -> Mapping[str, str]:
        """Return what stands in her documents instead of the sample's words."""
        n = f"{self.number:03}"
        return {
            "MP-26-004127": f"MP-26-777{n}",
            "NFK-P-310552": f"NFK-P-777{n}",
            "36-88120-26": f"36-77{n}-26",
            "ROT-204417": f"DOC-{n}",
            "999 323 7418": self.nhs_number,
            "Ashdown": self.surname,
            "Rowan Elise": f"Imogen {self.surname[:4]}",
            "2011-03-14": f"2011-06-{self.number:02}",
            "ROT-OUT-70112": f"DOC-OUT-{n}-1",
            "ROT-OUT-70118": f"DOC-OUT-{n}-2",
            **self._seats(),
        }

    def steps(self) -> tuple[Step, ...]:
        """Return the documents in the order in which they are sent."""
        council = COUNCILS[self.authority]
        return (
            Step("police", "away-1-report.xml", "norfolk-police", "reported missing"),
            Step("authorities", "away-2-care-context.json", council, "the authority says what it knows"),
            Step("police", "away-9-found.xml", "norfolk-police", "found"),
        )

    def _seats(self) -> Mapping[str, str]:
        host = self.host or self.authority
        return {
            "<homeLA>E08000018": f"<homeLA>{self.authority}",
            "<responsibleLA>E08000018": f"<responsibleLA>{self.authority}",
            "<hostLA>E10000020": f"<hostLA>{host}",
            "<lookedAfter>true": f"<lookedAfter>{'true' if self.host else 'false'}",
            "<legalStatus>care_order_section_31</legalStatus>": (
                "<legalStatus>care_order_section_31</legalStatus>" if self.host else ""
            ),
            "<authority>E09000022": f"<authority>{self.found}",
            '"authority": "E08000018"': f'"authority": "{self.authority}"',
            '"homeAuthority": "E08000018"': f'"homeAuthority": "{self.authority}"',
            '"responsibleAuthority": "E08000018"': f'"responsibleAuthority": "{self.authority}"',
            '"hostAuthority": "E10000020"': f'"hostAuthority": "{host}"',
            '"lookedAfter": true': f'"lookedAfter": {"true" if self.host else "false"}',
            '"legalStatus": "careOrder",': '"legalStatus": "careOrder",' if self.host else "",
        }


CHILDREN: Mapping[str, Child] = {
    "rotherham": Child(1, "Tarrant", "999 968 0119", ROTHERHAM, found=ROTHERHAM),
    "essex": Child(2, "Wickham", "999 968 0224", ESSEX, found=ESSEX, host=ESSEX),
    "norfolk": Child(3, "Burnham", "999 968 0348", NORFOLK, found=NORFOLK, host=NORFOLK),
    "lambeth": Child(4, "Larkhall", "999 968 0445", LAMBETH, found=LAMBETH, host=LAMBETH),
    "childrens-home": Child(5, "Aireton", "999 968 0550", DERBY, found=DERBY, host=DERBY),
    "three authorities": Child(6, "Wharfe", "999 968 0666", DERBY, found=LAMBETH, host=NORFOLK),
}


def told_while_missing(name: str) -> frozenset[str]:
    """Return who is told of a child before she is found: `recipient thread`."""
    return frozenset(_TOLD[name]["missing"])


def told(name: str) -> frozenset[str]:
    """Return everything that is told of a child until the end: `recipient thread`."""
    return told_while_missing(name) | frozenset(_TOLD[name]["found"])
