"""Reading a police report: XML to a plain mapping of the fields that anybody is told."""

from typing import Any

from lxml import etree

NAMESPACE = "{urn:missing-children-hub:police-missing-report}"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
_ONE = {
    "police": ("header", ("forceCode", "forceName", "reportReference")),
    "risk": ("risk", ("category", "riskLevel", "assessedAt", "assessedBy", "rationale")),
    "missing": ("missing", ("missingSince", "reportedAt", "reportCompletedAt")),
    "last_seen": ("lastSeen", ("at", "place", "postcode", "circumstances")),
    "officer": ("officer", ("name", "contact")),
    "person": ("person", ("personReference", "surname", "forenames", "knownAs", "dob", "sex", "nhsNumber")),
    "description": ("person", ("height", "build", "hair", "eyes", "marks", "photoRef")),
    "address": (
        "person/address",
        ("home", "homePostcode", "homeLA", "missingFrom", "socialCareReference", "lookedAfter"),
    ),
    "health": ("person/health", ("conditions", "medicationDependent", "medication")),
}
_MANY = {"clothing": "person/clothing", "possessions": "person/possessions", "phones": "person/contact/phones"}


def read(body: bytes) -> dict[str, Any]:
    """Return a report's groups; ValueError when it is not a report or says neither who nor what."""
    root = etree.fromstring(body, _PARSER)
    if root.tag != f"{NAMESPACE}missingReport":
        raise ValueError("not a missing report")
    found: dict[str, Any] = {name: _fields(root, path, fields) for name, (path, fields) in _ONE.items()}
    found |= {name: [each.text for each in root.iterfind(_path(path))] for name, path in _MANY.items()}
    if not found["police"]["reportReference"] or not found["person"]["surname"]:
        raise ValueError("no reference or no name")
    return found


def _fields(root: Any, path: str, fields: tuple[str, ...]) -> dict[str, str | None]:
    group = root.find(_path(path))
    return {name: None if group is None else group.findtext(NAMESPACE + name) for name in fields}


def _path(path: str) -> str:
    return "/".join(NAMESPACE + part for part in path.split("/"))
