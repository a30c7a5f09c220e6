"""Good documents of partners, each made bad in one way; every one has the word CANARY in it, to be repeated nowhere."""

import json
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from hub.app import now
from tests.journeys.stage import sample

CANARY = "CANARY"
Body = Callable[[str], bytes]


def report(tag: str, days_ago: int = 0) -> str:
    """A good report of Norfolk's, the only one with this tag."""
    own = {"MP-26-004127": f"R-{tag}", "NFK-P-310552": f"P-{tag}", "ROT-204417": f"C-{tag}", "Ashdown": CANARY}
    # At home in Norfolk: few are told, and the rows are not about that.
    home = {"E08000018": "E10000020", ">care_order_section_31<": ">not_looked_after<", "edAfter>true": "edAfter>false"}
    return sample("police", "away-1-report.xml", own | home, days_ago=days_ago)


def put(**values: str) -> Body:
    """Other values in the first element of each name."""

    def body(tag: str) -> bytes:
        text = report(tag)
        for name, value in values.items():
            text = re.sub(f"(?s)<{name}>.*?</{name}>|<{name}/>", f"<{name}>{value}</{name}>", text, count=1)
        return text.encode()

    return body


def without(*names: str) -> Body:
    """Without every element of these names."""

    def body(tag: str) -> bytes:
        text = report(tag)
        for name in names:
            text = re.sub(f"(?s)<{name}>.*?</{name}>|<{name}/>", "", text)
        return text.encode()

    return body


def with_doctype(inside: str) -> Body:
    """With a document type, and a reference to what it declares."""
    doctype = f"<!DOCTYPE missingReport [{inside}]>"
    return lambda tag: report(tag).replace("?>", f"?>{doctype}", 1).replace("COMPACT", "&x;").encode()


def context(**changes: Any) -> Body:
    """Rotherham's care context with other header fields."""

    def body(tag: str) -> bytes:
        text = sample("authorities", "away-2-care-context.json", {"ROT-204417": f"C-{tag}", "ROT-OUT": f"M-{tag}"})
        return json.dumps({**json.loads(text), **changes}).encode()

    return body


def facts(*stated: dict[str, Any], **header: Any) -> Body:
    """An authority's message with these facts."""

    def body(tag: str) -> bytes:
        message = {"profile": "authority-message", "version": 1, "messageId": f"F-{tag}", "issuedAt": now().isoformat()}
        return json.dumps({**message, **header, "facts": stated}).encode()

    return body


def event(type: str = "missing.person.reported.v1", source: str = "norfolk-police", **data: Any) -> Body:
    """A canonical CloudEvent of Norfolk Police."""

    def body(tag: str) -> bytes:
        subjects = [{"person": {"surname": CANARY}, "identifiers": {"police_person_reference": f"P-{tag}"}}]
        attributes = {"specversion": "1.0", "id": str(uuid4()), "source": f"/partners/{source}", "type": type}
        reference = {"kind": "police_report", "issuer": "E23000024", "value": f"R-{tag}"}
        attributes |= {"time": now().isoformat()}
        return json.dumps({**attributes, "references": [reference], "data": {"subjects": subjects, **data}}).encode()

    return body


def plain(content: bytes) -> Body:
    return lambda _: content
